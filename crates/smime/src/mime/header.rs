//! Header fields, kept octet for octet.

use super::{decode_words, with_crlf};

/// One header field with its folds and its line end, as received.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    raw: Vec<u8>,
    colon: usize,
}

impl Field {
    /// Makes a field from a name and a value that is already encoded and folded; its line end is CRLF.
    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self {
            raw: format!("{name}: {value}\r\n").into_bytes(),
            colon: name.len(),
        }
    }

    /// Returns the field as received, line end included.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Returns the name as received.
    pub fn name(&self) -> &str {
        // The parser admits printable ASCII only, and the colon is inside `raw`.
        self.raw
            .get(..self.colon)
            .and_then(|n| std::str::from_utf8(n).ok())
            .unwrap_or_default()
            .trim_end()
    }

    /// Tells whether this is the field `name`, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// Returns the value unfolded (RFC 5322 2.2.3) and trimmed; octets that are not UTF-8 are replaced.
    pub fn value(&self) -> String {
        let value = self.raw.get(self.colon + 1..).unwrap_or_default();
        let text = String::from_utf8_lossy(value);
        text.chars()
            .filter(|c| !matches!(c, '\r' | '\n'))
            .collect::<String>()
            .trim()
            .to_owned()
    }

    /// Returns the value for people: unfolded, RFC 2047 words decoded.
    pub fn text(&self) -> String {
        decode_words(&self.value())
    }
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name(), self.value())
    }
}

/// The header of an entity: its fields in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    fields: Vec<Field>,
}

impl Header {
    /// Splits `raw` into header and body.
    ///
    /// The header ends at the first empty line (which belongs to neither), or before the first line that is no field.
    pub fn split(raw: &[u8]) -> (Self, &[u8]) {
        let (header, body, _) = Self::split_at_empty_line(raw);
        (header, body)
    }

    /// As [`Header::split`], and tells whether there was an empty line.
    pub(crate) fn split_at_empty_line(raw: &[u8]) -> (Self, &[u8], bool) {
        let mut fields: Vec<Field> = Vec::new();
        let mut rest = raw;
        while !rest.is_empty() {
            let (line, after) = split_line(rest);
            if line == b"\n" || line == b"\r\n" {
                return (Self { fields }, after, true);
            }
            if line.starts_with(b" ") || line.starts_with(b"\t") {
                match fields.last_mut() {
                    Some(field) => field.raw.extend_from_slice(line),
                    None => return (Self { fields }, rest, false),
                }
            } else if let Some(colon) = field_name_length(line) {
                fields.push(Field {
                    raw: line.to_vec(),
                    colon,
                });
            } else if !(fields.is_empty() && line.starts_with(b"From ")) {
                // (A first line `From …` separates the messages of an mbox file: it is not part of the message.)
                return (Self { fields }, rest, false);
            }
            rest = after;
        }
        (Self { fields }, rest, false)
    }

    /// Returns the fields in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Returns the first field of that name, in any case.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.is(name))
    }

    /// Returns all fields of that name, in any case.
    pub fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h Field> {
        self.fields.iter().filter(move |f| f.is(name))
    }

    /// Returns the addresses in all fields of that name (From, To, Cc …), display names and group names left out.
    ///
    /// What cannot be read as an address is returned as it stands, so that a comparison with it fails.
    pub fn addresses(&self, name: &str) -> Vec<String> {
        self.all(name).flat_map(|f| addresses(&f.value())).collect()
    }

    pub(crate) fn push(&mut self, field: Field) {
        self.fields.push(field);
    }

    /// Puts `field` in place of the first one of its name, drops the others, or adds it at the end.
    pub(crate) fn replace(&mut self, field: Field) {
        let position = self.fields.iter().position(|f| f.is(field.name()));
        let name = field.name().to_owned();
        self.fields.retain(|f| !f.is(&name));
        // Only fields at or after the first of the name were dropped, so the position still exists.
        let position = position.unwrap_or(self.fields.len());
        self.fields.insert(position, field);
    }

    /// The header with each field put through `change`.
    pub(crate) fn map(self, change: impl Fn(Field) -> Field) -> Self {
        Self {
            fields: self.fields.into_iter().map(change).collect(),
        }
    }

    /// The header with every line ending in CRLF.
    pub(crate) fn canonical(self) -> Self {
        let canonical = |field: Field| {
            // A CR that stands alone would become a line end, and what follows a field of its own.
            let mut raw = field.raw;
            for at in 0..raw.len() {
                if raw.get(at) == Some(&b'\r')
                    && raw.get(at + 1) != Some(&b'\n')
                    && let Some(octet) = raw.get_mut(at)
                {
                    *octet = b' ';
                }
            }
            let mut raw = with_crlf(&raw).into_owned();
            if !raw.ends_with(b"\r\n") {
                raw.extend_from_slice(b"\r\n");
            }
            Field {
                raw,
                colon: field.colon,
            }
        };
        self.map(canonical)
    }

    /// All fields, one after the other.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.fields.iter().flat_map(|f| f.raw.iter().copied()).collect()
    }

    /// Moves the fields that `keep` refuses into a header of their own.
    pub(crate) fn partition(self, keep: impl Fn(&Field) -> bool) -> (Self, Self) {
        let (kept, moved) = self.fields.into_iter().partition(|f| keep(f));
        (Self { fields: kept }, Self { fields: moved })
    }
}

/// The addresses of one value.
fn addresses(value: &str) -> Vec<String> {
    let Ok(list) = mailparse::addrparse(value) else {
        return vec![value.to_owned()];
    };
    let mut out = Vec::new();
    for entry in list.iter() {
        match entry {
            mailparse::MailAddr::Single(single) => out.push(single.addr.clone()),
            mailparse::MailAddr::Group(group) => out.extend(group.addrs.iter().map(|s| s.addr.clone())),
        }
    }
    out
}

/// The length of the field name that `line` opens with.
fn field_name_length(line: &[u8]) -> Option<usize> {
    let colon = memchr::memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(colon)
}

/// Splits after the first LF.
pub(crate) fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', bytes) {
        Some(at) => bytes.split_at(at + 1),
        None => (bytes, &[]),
    }
}
