//! Content transfer encodings (RFC 2045 6).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::MimeError;

pub(crate) mod reader;

/// A Content-Transfer-Encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferEncoding {
    /// Lines of ASCII, at most 998 octets long.
    SevenBit,
    /// Lines of octets, at most 998 long.
    EightBit,
    /// Anything.
    Binary,
    /// Base64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
}

impl TransferEncoding {
    /// Takes the encoding off `body`.
    ///
    /// # Errors
    /// [`MimeError::BadEncoding`] for base64 that is cut off.
    pub fn decode(self, body: &[u8]) -> Result<Cow<'_, [u8]>, MimeError> {
        match self {
            Self::SevenBit | Self::EightBit | Self::Binary => Ok(Cow::Borrowed(body)),
            Self::Base64 => decode_base64(body).map(Cow::Owned),
            Self::QuotedPrintable => Ok(Cow::Owned(decode_quoted_printable(body))),
        }
    }
}

impl fmt::Display for TransferEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SevenBit => "7bit",
            Self::EightBit => "8bit",
            Self::Binary => "binary",
            Self::Base64 => "base64",
            Self::QuotedPrintable => "quoted-printable",
        })
    }
}

impl FromStr for TransferEncoding {
    type Err = MimeError;

    fn from_str(value: &str) -> Result<Self, MimeError> {
        // A comment or a stray parameter may follow.
        let token = value
            .split(|c: char| c == ';' || c == '(' || c.is_whitespace())
            .next()
            .unwrap_or_default();
        match token.to_ascii_lowercase().as_str() {
            "" | "7bit" => Ok(Self::SevenBit),
            "8bit" => Ok(Self::EightBit),
            "binary" => Ok(Self::Binary),
            "base64" => Ok(Self::Base64),
            "quoted-printable" => Ok(Self::QuotedPrintable),
            _ => Err(MimeError::UnknownEncoding {
                value: value.to_owned(),
            }),
        }
    }
}

/// Decodes base64; octets outside its alphabet are skipped (RFC 2045 6.8), and what follows the padding is ignored.
///
/// # Errors
/// [`MimeError::BadEncoding`] if a group of four is cut off.
pub fn decode_base64(body: &[u8]) -> Result<Vec<u8>, MimeError> {
    let mut digits = Vec::with_capacity(body.len());
    for &byte in body {
        match byte {
            b'=' => break,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => digits.push(byte),
            _ => {}
        }
    }
    LENIENT.decode(&digits).map_err(|_| MimeError::BadEncoding {
        encoding: TransferEncoding::Base64,
    })
}

/// Encodes as base64 in lines of 64 digits, each ending in CRLF.
pub fn encode_base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 48 * 66 + 70);
    let mut line = [0; 64];
    for chunk in bytes.chunks(48) {
        // 48 octets become exactly 64 digits, fewer become fewer.
        let length = STANDARD.encode_slice(chunk, &mut line).unwrap_or_default();
        out.extend_from_slice(line.get(..length).unwrap_or_default());
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Decodes quoted-printable (RFC 2045 6.7); what is not valid is left as it stands.
pub fn decode_quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = super::header::split_line(rest);
        let end = if line.ends_with(b"\r\n") {
            2
        } else {
            usize::from(line.ends_with(b"\n"))
        };
        let (text, line_end) = line.split_at(line.len() - end);
        // Trailing blanks were added on the way (RFC 2045 6.7 rule 3).
        let mut text = text.trim_ascii_end();
        let soft = text.ends_with(b"=") && end > 0;
        if soft {
            text = text.get(..text.len() - 1).unwrap_or_default();
        }
        decode_quoted_line(text, &mut out);
        if !soft {
            out.extend_from_slice(line_end);
        }
        rest = after;
    }
    out
}

fn decode_quoted_line(text: &[u8], out: &mut Vec<u8>) {
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            // Both digits are below 16, so the octet fits.
            (b'=', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
}

/// Encodes text as quoted-printable with CRLF line ends, so that no mail server has a reason to touch it.
///
/// Line ends of any kind become CRLF. Besides what RFC 2045 demands, `From ` and a dot at the beginning of a line are
/// encoded (RFC 8551 3.1.2 and SMTP), and so are the characters that gateways mangle.
pub fn encode_quoted_printable(text: &[u8]) -> Vec<u8> {
    let text = super::canonicalize(text);
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    let mut rest: &[u8] = &text;
    while !rest.is_empty() {
        let (line, after) = super::header::split_line(rest);
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                encode_quoted_line(line, &mut out);
                out.extend_from_slice(b"\r\n");
            }
            None => encode_quoted_line(line, &mut out),
        }
        rest = after;
    }
    out
}

fn encode_quoted_line(line: &[u8], out: &mut Vec<u8>) {
    let mut column = 0;
    for (at, &byte) in line.iter().enumerate() {
        let last = at + 1 == line.len();
        let plain = match byte {
            b' ' | b'\t' => !last,
            b'=' => false,
            b'.' => column > 0,
            b'F' => !(column == 0 && line.get(at..).is_some_and(|l| l.starts_with(b"From "))),
            33..=126 => true,
            _ => false,
        };
        let width = if plain { 1 } else { 3 };
        // 76 octets to a line, the `=` of a soft break among them.
        if column + width > if last { 76 } else { 75 } {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        // After a soft break the octet may have come to the beginning of a line.
        let plain = plain && !(column == 0 && (byte == b'.' || byte == b'F'));
        if plain {
            out.push(byte);
            column += 1;
        } else {
            let digit = |nibble: u8| {
                if nibble < 10 {
                    b'0' + nibble
                } else {
                    b'A' + nibble - 10
                }
            };
            out.extend_from_slice(&[b'=', digit(byte >> 4), digit(byte & 0x0F)]);
            column += 3;
        }
    }
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_survives_transport() {
        let nasty = "From here\r\n.\r\n..x\r\ntrailing \t\r\nümlaut = done\r\n\0\x7f\r\n".as_bytes();
        let encoded = encode_quoted_printable(nasty);
        assert!(encoded.is_ascii());
        for line in encoded.split(|&b| b == b'\n') {
            assert!(line.len() <= 77 && !line.starts_with(b"From ") && !line.starts_with(b"."));
            assert!(!line.ends_with(b" \r") && !line.ends_with(b"\t\r"));
        }
        assert_eq!(decode_quoted_printable(&encoded), nasty);
    }

    #[test]
    fn long_lines_are_broken_softly() {
        for filler in ["a", "ü", " ", "F", "."] {
            for length in 60..90 {
                let text = format!("{}\r\nend", filler.repeat(length));
                let encoded = encode_quoted_printable(text.as_bytes());
                assert!(encoded.split(|&b| b == b'\n').all(|l| l.len() <= 77));
                assert_eq!(decode_quoted_printable(&encoded), text.as_bytes());
            }
        }
    }

    #[test]
    fn base64_skips_what_is_not_base64() {
        assert_eq!(decode_base64(b" aG\r\nVs\tbG8=\r\n-- \r\n").unwrap(), b"hello");
        assert!(decode_base64(b"aGVsb").is_err());
        for length in 0..200 {
            let bytes = vec![0xA5; length];
            assert_eq!(decode_base64(&encode_base64(&bytes)).unwrap(), bytes);
        }
    }
}
