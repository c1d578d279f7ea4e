//! Makes an entity safe from what mail servers do to messages: a signature must survive them (RFC 8551 3.1.3).

use std::borrow::Cow;

use crate::Limits;
use crate::mime::{
    ContentType, Field, Header, Message, TransferEncoding, canonicalize, encode_base64,
    encode_quoted_printable, is_canonical,
};

/// Whether octets pass through mail servers unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Safety {
    Safe,
    Unsafe,
}

impl Safety {
    /// Judges octets whose line ends may still be of any kind.
    ///
    /// Octets outside ASCII, NUL, lines over 998 octets (RFC 5322 2.1.1), blanks at the end of a line, and lines that
    /// begin with `From ` or a dot have all been seen to be altered.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if !bytes.is_ascii() || memchr::memchr(0, bytes).is_some() {
            return Self::Unsafe;
        }
        let risky = |line: &[u8]| {
            line.len() > 998
                || line.ends_with(b" ")
                || line.ends_with(b"\t")
                || line.starts_with(b"From ")
                || line.starts_with(b".")
        };
        let lines = canonicalize(bytes);
        match lines
            .split(|b| *b == b'\n')
            .any(|line| risky(line.strip_suffix(b"\r").unwrap_or(line)))
        {
            true => Self::Unsafe,
            false => Self::Safe,
        }
    }
}

/// Writes an entity in canonical form, re-encoding each body that mail servers could alter; what cannot be re-encoded
/// is noted.
pub(super) fn protect(header: Header, body: &[u8], limits: &Limits, notes: &mut Vec<String>) -> Vec<u8> {
    Protector { limits, notes }.entity(header, body, 0)
}

struct Protector<'n> {
    limits: &'n Limits,
    notes: &'n mut Vec<String>,
}

impl Protector<'_> {
    fn entity(&mut self, header: Header, body: &[u8], depth: usize) -> Vec<u8> {
        if header.fields().iter().any(|f| !f.raw().is_ascii()) {
            self.note(
                "a header field of a part holds characters outside ASCII, which a mail server may alter",
            );
        }
        let content_type = header
            .get("Content-Type")
            .and_then(|f| ContentType::parse(&f.value()))
            .unwrap_or_default();
        let encoding = match header.get("Content-Transfer-Encoding") {
            None => Ok(TransferEncoding::SevenBit),
            Some(field) => field.value().parse(),
        };
        let Ok(encoding) = encoding else {
            return self.untouched(header, body, &content_type);
        };
        let identity = matches!(
            encoding,
            TransferEncoding::SevenBit | TransferEncoding::EightBit | TransferEncoding::Binary
        );
        match (content_type.kind(), content_type.subtype()) {
            // What is signed or encrypted already must keep every octet.
            ("multipart", "signed" | "encrypted") => self.untouched(header, body, &content_type),
            ("multipart", _) if identity && depth < self.limits.max_depth => {
                self.multipart(header, body, &content_type, depth)
            }
            ("message", "rfc822" | "global") if identity && depth < self.limits.max_depth => {
                // It may not be re-encoded as a whole (RFC 2046 5.2.1), but its own body may.
                let message = Message::parse(body);
                let inner = self.entity(message.header().clone(), message.body(), depth + 1);
                write(relabel(header, TransferEncoding::SevenBit), &inner)
            }
            ("multipart" | "message", _) => self.untouched(header, body, &content_type),
            _ => self.leaf(header, body, &content_type, encoding),
        }
    }

    fn multipart(
        &mut self,
        header: Header,
        body: &[u8],
        content_type: &ContentType,
        depth: usize,
    ) -> Vec<u8> {
        let parts = crate::mime::Multipart::split(content_type, body, self.limits);
        let (Ok(parts), Some(boundary)) = (parts, content_type.parameter("boundary")) else {
            return self.untouched(header, body, content_type);
        };
        let mut out = Vec::with_capacity(body.len());
        if Safety::of(parts.preamble()) == Safety::Safe && !parts.preamble().is_empty() {
            out.extend_from_slice(&canonicalize(parts.preamble()));
            out.extend_from_slice(b"\r\n");
        }
        for part in parts.parts() {
            out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            out.extend_from_slice(&self.entity(part.header().clone(), part.body(), depth + 1));
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        if Safety::of(parts.epilogue()) == Safety::Safe {
            out.extend_from_slice(&canonicalize(parts.epilogue()));
        }
        write(relabel(header, TransferEncoding::SevenBit), &out)
    }

    fn leaf(
        &mut self,
        header: Header,
        body: &[u8],
        content_type: &ContentType,
        encoding: TransferEncoding,
    ) -> Vec<u8> {
        let is_text = content_type.kind() == "text" && !is_wide(content_type);
        // Line ends of what is not text mean something: they may only be rewritten where the encoding has lines.
        let exact = encoding == TransferEncoding::Binary && !is_text && !is_canonical(body);
        if Safety::of(body) == Safety::Safe && !exact {
            let header = match encoding {
                TransferEncoding::EightBit | TransferEncoding::Binary => {
                    relabel(header, TransferEncoding::SevenBit)
                }
                _ => header,
            };
            return write(header, &canonicalize(body));
        }
        let Ok(decoded) = encoding.decode(body) else {
            return self.untouched(header, body, content_type);
        };
        if is_text && encoding != TransferEncoding::Base64 {
            let header = relabel(header, TransferEncoding::QuotedPrintable);
            return write(header, &encode_quoted_printable(&decoded));
        }
        write(
            relabel(header, TransferEncoding::Base64),
            &encode_base64(&decoded),
        )
    }

    /// The entity as it stands but for its line ends.
    fn untouched(&mut self, header: Header, body: &[u8], content_type: &ContentType) -> Vec<u8> {
        if Safety::of(body) == Safety::Unsafe {
            self.notes.push(format!(
                "a {content_type} part may not be re-encoded and holds lines that a mail server may alter"
            ));
        }
        write(header, &canonicalize(body))
    }

    fn note(&mut self, note: &str) {
        if !self.notes.iter().any(|n| n == note) {
            self.notes.push(note.to_owned());
        }
    }
}

/// Character sets in which a line end is more than one octet.
fn is_wide(content_type: &ContentType) -> bool {
    let charset = content_type
        .parameter("charset")
        .unwrap_or_default()
        .to_ascii_lowercase();
    ["utf-16", "utf-32", "ucs-2", "ucs-4", "iso-10646-ucs"]
        .iter()
        .any(|wide| charset.starts_with(wide))
}

/// The header with its Content-Transfer-Encoding changed, if it says otherwise.
fn relabel(mut header: Header, encoding: TransferEncoding) -> Header {
    const NAME: &str = "Content-Transfer-Encoding";
    let stated = header
        .get(NAME)
        .map_or(Ok(TransferEncoding::SevenBit), |f| f.value().parse());
    if stated != Ok(encoding) {
        header.replace(Field::new(NAME, &encoding.to_string()));
    }
    header
}

fn write(header: Header, body: &[u8]) -> Vec<u8> {
    let mut out = header.canonical().to_bytes();
    out.extend_from_slice(b"\r\n");
    let body: Cow<'_, [u8]> = canonicalize(body);
    out.extend_from_slice(&body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &[u8]) -> (String, Vec<String>) {
        let message = Message::parse(input);
        let mut notes = Vec::new();
        let out = protect(
            message.header().clone(),
            message.body(),
            &Limits::default(),
            &mut notes,
        );
        assert!(is_canonical(&out));
        (String::from_utf8(out).unwrap(), notes)
    }

    #[test]
    fn nested_parts_are_re_encoded() {
        let mut input =
            b"Content-Type: multipart/mixed; boundary=o\nContent-Transfer-Encoding: 8bit\n\npre\n--o\n\
            Content-Type: multipart/alternative; boundary=i\n\n--i\nContent-Type: text/plain; charset=utf-8\n\
            Content-Transfer-Encoding: 8bit\n\n\xC3\xBC\n--i--\n--o\nContent-Type: image/png\n\
            Content-Transfer-Encoding: binary\n\n"
                .to_vec();
        input.extend_from_slice(b"\x89PNG\n\r\x00\n--o--\n");
        let (out, notes) = run(&input);
        assert!(out.is_ascii() && notes.is_empty());
        assert!(out.starts_with(
            "Content-Type: multipart/mixed; boundary=o\r\nContent-Transfer-Encoding: 7bit\r\n\r\npre\r\n--o\r\n"
        ));
        assert!(
            out.contains("Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n--i--\r\n"),
            "{out}"
        );
        let message = Message::parse(out.as_bytes());
        let parts = message.multipart(&Limits::default()).unwrap().unwrap();
        assert_eq!(&*parts.parts()[1].decoded_body().unwrap(), b"\x89PNG\n\r\x00");
    }

    #[test]
    fn what_is_safe_stays_as_it_is() {
        let input = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: \
                     application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n";
        assert_eq!(run(input.as_bytes()).0, input);
    }

    #[test]
    fn a_signed_part_is_left_alone() {
        let input = "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\ntrailing \r\n--b--\r\n";
        let (out, notes) = run(input.as_bytes());
        assert_eq!(out, input);
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn an_attached_message_is_re_encoded_inside() {
        let input = "Content-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\
                     Content-Transfer-Encoding: 8bit\r\n\r\nü\r\n";
        let (out, _) = run(input.as_bytes());
        assert!(
            out.ends_with("Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n"),
            "{out}"
        );
    }
}
