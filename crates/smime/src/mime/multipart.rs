//! Multipart bodies, split without losing an octet (RFC 2046 5.1).

use std::borrow::Cow;

use super::header::split_line;
use super::{ContentType, Message, MimeError, with_crlf};
use crate::Limits;

pub(crate) mod reader;

/// The parts of a multipart entity and what stands around them.
#[derive(Clone, Debug)]
pub struct Multipart<'a> {
    preamble: &'a [u8],
    parts: Vec<Message<'a>>,
    epilogue: &'a [u8],
    closed: bool,
}

impl<'a> Multipart<'a> {
    /// Splits `body` at the boundary that `content_type` names.
    ///
    /// The line end before a delimiter belongs to the delimiter. A body whose closing delimiter is missing ends its
    /// last part at its end ([`Multipart::is_closed`] tells).
    ///
    /// # Errors
    /// [`MimeError::NoBoundary`], [`MimeError::BoundaryMissing`] and [`MimeError::TooMany`].
    pub fn split(content_type: &ContentType, body: &'a [u8], limits: &Limits) -> Result<Self, MimeError> {
        let boundary = boundary(content_type)?;
        let mut parts = Vec::new();
        let mut preamble = None;
        let mut start = 0;
        // Nested parts are searched once for each level, and most of their lines are no delimiters: the search jumps.
        let needle = format!("--{boundary}");
        let needle = memchr::memmem::Finder::new(&needle);
        for position in needle.find_iter(body) {
            let at_line_start = position == 0 || body.get(position - 1) == Some(&b'\n');
            // (An occurrence inside a delimiter line that was just read is not at the start of a line.)
            if !at_line_start {
                continue;
            }
            let (line, after) = split_line(body.get(position..).unwrap_or_default());
            let delimiter = delimiter(line, boundary.as_bytes());
            if delimiter == Delimiter::None {
                continue;
            }
            let before = trim_line_end(body.get(start..position).unwrap_or_default());
            match preamble {
                None => preamble = Some(before),
                Some(_) => parts.push(Message::parse(before)),
            }
            if parts.len() > limits.max_parts {
                return Err(MimeError::TooMany {
                    what: "parts",
                    limit: limits.max_parts,
                });
            }
            start = position + line.len();
            if delimiter == Delimiter::Close {
                return Ok(Self {
                    preamble: preamble.unwrap_or_default(),
                    parts,
                    epilogue: after,
                    closed: true,
                });
            }
        }
        let Some(preamble) = preamble else {
            return Err(MimeError::BoundaryMissing {
                boundary: boundary.to_owned(),
            });
        };
        parts.push(Message::parse(body.get(start..).unwrap_or_default()));
        Ok(Self {
            preamble,
            parts,
            epilogue: &[],
            closed: false,
        })
    }

    /// Returns what stands before the first part; mail programs do not show it.
    pub fn preamble(&self) -> &'a [u8] {
        self.preamble
    }

    /// Returns the parts in order.
    pub fn parts(&self) -> &[Message<'a>] {
        &self.parts
    }

    /// Returns what stands after the closing delimiter; mail programs do not show it.
    pub fn epilogue(&self) -> &'a [u8] {
        self.epilogue
    }

    /// Tells whether the closing delimiter was there.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Returns the octets that a `multipart/signed` signature covers: the first part with CRLF line ends
    /// (RFC 1847 2.1, RFC 8551 3.1.1), or `None` if there is none.
    pub fn signed_content(&self) -> Option<Cow<'a, [u8]>> {
        self.parts.first().map(|part| with_crlf(part.raw()))
    }
}

/// The boundary that `content_type` names.
pub(crate) fn boundary(content_type: &ContentType) -> Result<&str, MimeError> {
    content_type
        .parameter("boundary")
        .filter(|b| !b.is_empty() && b.len() <= LONGEST_BOUNDARY)
        .ok_or_else(|| MimeError::NoBoundary {
            content_type: content_type.to_string(),
        })
}

/// RFC 2046 5.1.1 allows 70 octets; looking for a very long one in a stream would be slow.
const LONGEST_BOUNDARY: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delimiter {
    None,
    Open,
    Close,
}

/// What `line` is: `--boundary`, `--boundary--`, each with trailing blanks allowed, or something else.
fn delimiter(line: &[u8], boundary: &[u8]) -> Delimiter {
    let Some(rest) = line.strip_prefix(b"--").and_then(|l| l.strip_prefix(boundary)) else {
        return Delimiter::None;
    };
    let blank = |tail: &[u8]| tail.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
    match rest.strip_prefix(b"--") {
        _ if blank(rest) => Delimiter::Open,
        Some(tail) if blank(tail) => Delimiter::Close,
        _ => Delimiter::None,
    }
}

/// Takes off the one line end that belongs to the delimiter after it.
fn trim_line_end(bytes: &[u8]) -> &[u8] {
    bytes
        .strip_suffix(b"\r\n")
        .or_else(|| bytes.strip_suffix(b"\n"))
        .unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(body: &[u8]) -> Result<Multipart<'_>, MimeError> {
        let content_type = ContentType::parse("multipart/mixed; boundary=b").unwrap();
        Multipart::split(&content_type, body, &Limits::default())
    }

    #[test]
    fn parts_keep_every_octet() {
        let m =
            split(b"pre\r\n--b\r\n\r\none\r\n\r\n--b  \nA: b\n\n--bb\ntwo \n--b--\t\r\npost\r\n").unwrap();
        assert_eq!(m.preamble(), b"pre");
        assert_eq!(m.parts()[0].raw(), b"\r\none\r\n");
        assert_eq!(m.parts()[0].body(), b"one\r\n");
        assert_eq!(m.parts()[1].raw(), b"A: b\n\n--bb\ntwo ");
        assert_eq!(m.epilogue(), b"post\r\n");
        assert!(m.is_closed());
    }

    #[test]
    fn a_body_cut_off_is_told() {
        let m = split(b"--b\n\none\n").unwrap();
        assert!(!m.is_closed());
        assert_eq!(m.parts()[0].body(), b"one\n");
        assert!(matches!(
            split(b"nothing here"),
            Err(MimeError::BoundaryMissing { .. })
        ));
    }

    #[test]
    fn an_empty_part_is_a_part() {
        let m = split(b"--b\r\n--b\r\n\r\n--b--").unwrap();
        assert_eq!(m.parts().len(), 2);
        assert_eq!(m.parts()[0].raw(), b"");
        assert_eq!(m.preamble(), b"");
    }
}
