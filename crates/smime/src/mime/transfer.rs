//! Content transfer encodings (RFC 2045 6).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

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

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mime::encode_base64;

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
