//! BER values (X.690 8), pulled one by one: definite and indefinite lengths, constructed strings.
//!
//! The `der` crate is not used for reading here: decoding BER, its `Any` silently flattens an indefinite, constructed
//! OCTET STRING by one level, so that the content of a streamed SignedData comes out as wrong octets without an error.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

use super::CmsError;
use super::der;

/// How deep values may nest; CMS needs about ten levels, certificates inside are not descended into.
pub(super) const MAX_DEPTH: usize = 64;

/// How deep the pieces of a string may nest: programs in use write one level. Every level of indefinite length is
/// scanned for its end once more.
pub(super) const MAX_PIECES_DEPTH: usize = 8;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The tag octet of a context-specific, constructed value: `[number]`.
pub(crate) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// One value: its identifier octet and its content, end-of-contents octets left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// All octets of the value.
    pub(crate) raw: &'a [u8],
}

impl<'a> Value<'a> {
    /// Reads the one value that `bytes` opens with.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, CmsError> {
        Reader::new(bytes).next()?.ok_or(CmsError::Encoding {
            offset: 0,
            reason: "there is nothing",
        })
    }

    pub(crate) fn is_constructed(&self) -> bool {
        self.tag & CONSTRUCTED != 0
    }

    /// Tells whether this is `tag`, primitive or constructed.
    pub(crate) fn is(&self, tag: u8) -> bool {
        self.tag & !CONSTRUCTED == tag & !CONSTRUCTED
    }

    /// The values inside a constructed one.
    pub(crate) fn children(&self) -> Reader<'a> {
        Reader::new(if self.is_constructed() { self.content } else { &[] })
    }

    /// The octets of an OCTET STRING, whatever its tag: the pieces of a constructed one joined.
    pub(crate) fn octets(&self) -> Result<Cow<'a, [u8]>, CmsError> {
        if !self.is_constructed() {
            return Ok(Cow::Borrowed(self.content));
        }
        let mut joined = Vec::with_capacity(self.content.len());
        join(self.content, &mut joined, 0)?;
        Ok(Cow::Owned(joined))
    }

    pub(crate) fn oid(&self) -> Result<ObjectIdentifier, CmsError> {
        if self.tag != OBJECT_IDENTIFIER {
            return Err(structure("OBJECT IDENTIFIER", "another type stands there"));
        }
        ObjectIdentifier::from_bytes(self.content)
            .map_err(|_| structure("OBJECT IDENTIFIER", "its encoding is invalid"))
    }

    /// A small, non-negative INTEGER.
    pub(crate) fn small_integer(&self) -> Result<u32, CmsError> {
        match (self.tag, self.content) {
            (INTEGER, [first, ..]) if *first < 0x80 && self.content.len() <= 4 => {
                Ok(self.content.iter().fold(0, |n, b| n << 8 | u32::from(*b)))
            }
            _ => Err(structure("INTEGER", "a small number was expected")),
        }
    }

    /// The value re-encoded with definite, shortest lengths and primitive strings; sets keep their order.
    pub(crate) fn to_der(self) -> Result<Vec<u8>, CmsError> {
        let mut out = Vec::with_capacity(self.raw.len());
        self.write_der(&mut out, 0)?;
        Ok(out)
    }

    fn write_der(&self, out: &mut Vec<u8>, depth: usize) -> Result<(), CmsError> {
        if depth > MAX_DEPTH {
            return Err(too_deep(0));
        }
        match self.tag {
            CONSTRUCTED_OCTET_STRING => der::push(out, OCTET_STRING, &[&self.octets()?]),
            tag if tag & CONSTRUCTED == 0 => der::push(out, tag, &[self.content]),
            tag => {
                let mut content = Vec::with_capacity(self.content.len());
                let mut children = self.children();
                while let Some(child) = children.next()? {
                    child.write_der(&mut content, depth + 1)?;
                }
                der::push(out, tag, &[&content]);
            }
        }
        Ok(())
    }
}

/// Pulls values from a run of octets.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    all: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            all: bytes,
            position: 0,
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.all.get(self.position..).unwrap_or_default()
    }

    /// The next value, `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Value<'a>>, CmsError> {
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        let at = |reason| CmsError::Encoding {
            offset: self.position,
            reason,
        };
        let head = Head::parse(rest).map_err(at)?;
        let after = rest.get(head.length..).unwrap_or_default();
        let (content_length, total) = match head.content {
            Some(length) => {
                // What is longer than memory can be is not here.
                let length = usize::try_from(length).map_err(|_| at("the value is cut off"))?;
                let total = head.length.checked_add(length);
                (length, total.ok_or_else(|| at("the value is cut off"))?)
            }
            None => {
                let length = indefinite_length(after).map_err(at)?;
                (length, head.length + length + 2)
            }
        };
        let content = after
            .get(..content_length)
            .ok_or_else(|| at("the value is cut off"))?;
        let raw = rest.get(..total).ok_or_else(|| at("the value is cut off"))?;
        self.position += total;
        Ok(Some(Value {
            tag: head.tag,
            content,
            raw,
        }))
    }

    /// The next value, which must be there and have that tag (strings may be constructed).
    pub(crate) fn expect(&mut self, tag: u8, name: &'static str) -> Result<Value<'a>, CmsError> {
        match self.next()? {
            Some(value) if value.is(tag) => Ok(value),
            Some(_) => Err(structure(name, "a field has an unexpected type")),
            None => Err(structure(name, "a field is missing")),
        }
    }

    /// The next value if it has that tag (primitive or constructed).
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Value<'a>>, CmsError> {
        let is_next = self
            .rest()
            .first()
            .is_some_and(|first| first & !CONSTRUCTED == tag & !CONSTRUCTED);
        if is_next { self.next() } else { Ok(None) }
    }

    /// All values that are left.
    pub(crate) fn collect_all(mut self) -> Result<Vec<Value<'a>>, CmsError> {
        let mut values = Vec::new();
        while let Some(value) = self.next()? {
            values.push(value);
        }
        Ok(values)
    }
}

pub(crate) fn structure(structure: &'static str, reason: &'static str) -> CmsError {
    CmsError::Structure { structure, reason }
}

fn too_deep(offset: usize) -> CmsError {
    CmsError::Encoding {
        offset,
        reason: "values nest too deep",
    }
}

/// Joins the pieces of a constructed string.
fn join(content: &[u8], out: &mut Vec<u8>, depth: usize) -> Result<(), CmsError> {
    if depth > MAX_PIECES_DEPTH {
        return Err(too_deep(0));
    }
    let mut pieces = Reader::new(content);
    while let Some(piece) = pieces.next()? {
        match piece.tag {
            OCTET_STRING => out.extend_from_slice(piece.content),
            CONSTRUCTED_OCTET_STRING => join(piece.content, out, depth + 1)?,
            _ => return Err(structure("OCTET STRING", "one of its pieces is of another type")),
        }
    }
    Ok(())
}

/// Identifier and length octets.
pub(super) struct Head {
    pub(super) tag: u8,
    /// How many octets the head itself takes.
    pub(super) length: usize,
    /// The length of the content; `None` if indefinite.
    pub(super) content: Option<u64>,
}

impl Head {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let (&tag, rest) = bytes.split_first().ok_or("the value is cut off")?;
        if tag & 0x1F == 0x1F {
            return Err("a tag number above 30 does not occur in CMS");
        }
        let (&first, rest) = rest.split_first().ok_or("the value is cut off")?;
        match first {
            0..=0x7F => Ok(Self {
                tag,
                length: 2,
                content: Some(u64::from(first)),
            }),
            0x80 if tag & CONSTRUCTED != 0 => Ok(Self {
                tag,
                length: 2,
                content: None,
            }),
            0x80 => Err("a primitive value has an indefinite length"),
            _ => {
                let count = usize::from(first & 0x7F);
                let octets = rest.get(..count).ok_or("the value is cut off")?;
                let significant = octets.iter().skip_while(|b| **b == 0);
                if significant.clone().count() > 7 {
                    return Err("a length is absurd");
                }
                let content = significant.fold(0_u64, |n, b| n << 8 | u64::from(*b));
                Ok(Self {
                    tag,
                    length: 2 + count,
                    content: Some(content),
                })
            }
        }
    }
}

/// The length of the content that `bytes` opens with, up to its end-of-contents octets.
fn indefinite_length(bytes: &[u8]) -> Result<usize, &'static str> {
    let mut position = 0_usize;
    let mut open = 1_usize;
    loop {
        let rest = bytes.get(position..).unwrap_or_default();
        if rest.starts_with(&[0, 0]) {
            open -= 1;
            if open == 0 {
                return Ok(position);
            }
            position += 2;
            continue;
        }
        let head = Head::parse(rest)?;
        if head.tag == 0 {
            return Err("end-of-contents octets with a content");
        }
        position += head.length;
        match head.content {
            Some(length) => {
                let length = usize::try_from(length).map_err(|_| "the value is cut off")?;
                position = position.checked_add(length).ok_or("the value is cut off")?;
            }
            None => {
                open += 1;
                if open > MAX_DEPTH {
                    return Err("values nest too deep");
                }
            }
        }
    }
}

pub(super) const CONSTRUCTED: u8 = 0x20;
pub(super) const CONSTRUCTED_OCTET_STRING: u8 = OCTET_STRING | CONSTRUCTED;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indefinite_octet_string_is_joined() {
        // 24 80 (04 02 "ab") (24 03 (04 01 "c")) 00 00
        let bytes = [0x24, 0x80, 4, 2, b'a', b'b', 0x24, 3, 4, 1, b'c', 0, 0, 0xFF];
        let value = Value::parse(&bytes).unwrap();
        assert!(value.is(OCTET_STRING));
        assert_eq!(&*value.octets().unwrap(), b"abc");
        assert_eq!(value.to_der().unwrap(), [4, 3, b'a', b'b', b'c']);
        assert_eq!(value.raw.len(), bytes.len() - 1);
    }

    #[test]
    fn nested_indefinite_lengths_end_where_they_should() {
        let bytes = [0x30, 0x80, 0x30, 0x80, 2, 1, 5, 0, 0, 2, 1, 6, 0, 0];
        let value = Value::parse(&bytes).unwrap();
        let children = value.children().collect_all().unwrap();
        assert_eq!(children.len(), 2);
        assert_eq!(children[1].small_integer().unwrap(), 6);
        assert_eq!(value.to_der().unwrap(), [0x30, 8, 0x30, 3, 2, 1, 5, 2, 1, 6]);
    }

    #[test]
    fn nonsense_is_refused() {
        for bytes in [
            &[0x30u8, 0x80][..],
            &[0x04, 0x80, 0, 0],
            &[0x30, 5, 1],
            &[0x1F, 1, 1],
            &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[0x30, 0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x30],
            &[0x30, 0x80].repeat(1000),
        ] {
            assert!(Value::parse(bytes).is_err());
        }
    }
}
