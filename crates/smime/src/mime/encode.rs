//! Transfer encodings written piece by piece (RFC 2045 6.7 and 6.8).

use base64_simd::{Out, STANDARD};

/// Encodes as base64 in lines of 64 digits, each ending in CRLF.
pub fn encode_base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / LINE_OCTETS * LINE + LINE + 2);
    let mut encoder = Base64Encoder::default();
    encoder.update(bytes, &mut out);
    encoder.finish(&mut out);
    out
}

/// Encodes text as quoted-printable with CRLF line ends, so that no mail server has a reason to touch it.
///
/// Line ends of any kind become CRLF. Besides what RFC 2045 demands, `From ` and a dot at the beginning of a line are
/// encoded (RFC 8551 3.1.2 and SMTP), and so are the characters that gateways mangle.
pub fn encode_quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    let mut encoder = QuotedPrintableEncoder::default();
    encoder.update(text, &mut out);
    encoder.finish(&mut out);
    out
}

/// Writes base64 in lines of 64 digits, each ending in CRLF, from pieces of any length.
#[derive(Default)]
pub(crate) struct Base64Encoder {
    /// Less than a line.
    waiting: Vec<u8>,
    digits: Vec<u8>,
}

impl Base64Encoder {
    /// Encodes a piece, appending whole lines to `out`.
    pub(crate) fn update(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        if !self.waiting.is_empty() {
            let (fill, rest) = bytes.split_at(bytes.len().min(LINE_OCTETS - self.waiting.len()));
            self.waiting.extend_from_slice(fill);
            bytes = rest;
            if self.waiting.len() < LINE_OCTETS {
                return;
            }
            let line = std::mem::take(&mut self.waiting);
            self.lines(&line, out);
            self.waiting = line;
            self.waiting.clear();
        }
        let (whole, rest) = bytes.split_at(bytes.len() / LINE_OCTETS * LINE_OCTETS);
        // Digits that stay in the cache until they stand in their lines.
        for piece in whole.chunks(LINE_OCTETS * 256) {
            self.lines(piece, out);
        }
        self.waiting.extend_from_slice(rest);
    }

    /// Appends the last line to `out`.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        let rest = std::mem::take(&mut self.waiting);
        self.lines(&rest, out);
    }

    /// Encodes whole lines, or the last one.
    fn lines(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let length = STANDARD.encoded_length(bytes.len());
        if self.digits.len() < length {
            self.digits.resize(length, 0);
        }
        let Some(room) = self.digits.get_mut(..length) else {
            return;
        };
        let digits: &[u8] = STANDARD.encode(bytes, Out::from_slice(room));
        out.reserve(length / DIGITS * LINE + LINE);
        for line in digits.chunks(DIGITS) {
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Writes quoted-printable from pieces of any length.
#[derive(Default)]
pub(crate) struct QuotedPrintableEncoder {
    /// What cannot be judged before more is known, its line ends CRLF already.
    waiting: Vec<u8>,
    line_ends: LineEnds,
    column: usize,
}

impl QuotedPrintableEncoder {
    /// Encodes a piece, appending to `out`.
    pub(crate) fn update(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.line_ends.update(bytes, &mut self.waiting);
        self.encode(false, out);
    }

    /// Appends the rest to `out`.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        self.line_ends.finish(&mut self.waiting);
        self.encode(true, out);
    }

    fn encode(&mut self, last: bool, out: &mut Vec<u8>) {
        let text = std::mem::take(&mut self.waiting);
        let mut at = 0;
        // An octet is judged by those after it: whether the line ends there, whether it begins `From `.
        while let Some(&byte) = text.get(at)
            && (last || at + AHEAD <= text.len())
        {
            let after = text.get(at + 1..).unwrap_or_default();
            if byte == b'\r' && after.starts_with(b"\n") {
                out.extend_from_slice(b"\r\n");
                self.column = 0;
                at += 2;
                continue;
            }
            self.octet(byte, after, out);
            at += 1;
        }
        self.waiting = text;
        self.waiting.drain(..at);
    }

    fn octet(&mut self, byte: u8, after: &[u8], out: &mut Vec<u8>) {
        let ends = after.is_empty() || after.starts_with(b"\r\n");
        let plain = match byte {
            b' ' | b'\t' => !ends,
            b'=' => false,
            b'.' => self.column > 0,
            b'F' => self.column > 0 || !after.starts_with(b"rom "),
            33..=126 => true,
            _ => false,
        };
        let width = if plain { 1 } else { 3 };
        // 76 octets to a line, the `=` of a soft break among them.
        if self.column + width > if ends { 76 } else { 75 } {
            out.extend_from_slice(b"=\r\n");
            self.column = 0;
        }
        // After a soft break the octet may have come to the beginning of a line.
        if plain && !(self.column == 0 && (byte == b'.' || (byte == b'F' && after.starts_with(b"rom ")))) {
            out.push(byte);
            self.column += 1;
        } else {
            let digit = |nibble: u8| {
                if nibble < 10 {
                    b'0' + nibble
                } else {
                    b'A' + nibble - 10
                }
            };
            out.extend_from_slice(&[b'=', digit(byte >> 4), digit(byte & 0x0F)]);
            self.column += 3;
        }
    }
}

/// Writes every line end (CRLF, LF, or CR alone) as CRLF, from pieces of any length.
#[derive(Default)]
pub(crate) struct LineEnds {
    /// A CR was written, and its LF was not yet.
    after_cr: bool,
}

impl LineEnds {
    /// Writes a piece, appending to `out`.
    pub(crate) fn update(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        if rest.is_empty() {
            return;
        }
        if self.after_cr {
            out.push(b'\n');
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            self.after_cr = false;
        }
        while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
            let (line, end) = rest.split_at(at);
            out.extend_from_slice(line);
            out.push(b'\r');
            rest = match end {
                [b'\r'] => {
                    self.after_cr = true;
                    return;
                }
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => &[],
            };
            out.push(b'\n');
        }
        out.extend_from_slice(rest);
    }

    /// Appends what is owed to `out`.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.after_cr) {
            out.push(b'\n');
        }
    }
}

/// Octets in a line of base64, and the digits that they become.
const LINE_OCTETS: usize = 48;
const DIGITS: usize = 64;
const LINE: usize = DIGITS + 2;
/// `From `.
const AHEAD: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mime::{canonicalize, decode_base64, decode_quoted_printable};

    #[test]
    fn any_chunking_gives_the_same() {
        let text: Vec<u8> = "From x\r\n.\rFF.\nümlaut From \t\r\n= \r\n"
            .bytes()
            .cycle()
            .take(3000)
            .collect();
        for size in [1, 2, 3, 5, 47, 48, 49, 100, 1000, 4000] {
            let (mut base64, mut quoted, mut lines) = (Vec::new(), Vec::new(), Vec::new());
            let mut encoders = (
                Base64Encoder::default(),
                QuotedPrintableEncoder::default(),
                LineEnds::default(),
            );
            for piece in text.chunks(size) {
                encoders.0.update(piece, &mut base64);
                encoders.1.update(piece, &mut quoted);
                encoders.2.update(piece, &mut lines);
            }
            encoders.0.finish(&mut base64);
            encoders.1.finish(&mut quoted);
            encoders.2.finish(&mut lines);
            assert_eq!(base64, encode_base64(&text));
            assert_eq!(quoted, encode_quoted_printable(&text));
            assert_eq!(lines, *canonicalize(&text));
            assert_eq!(decode_base64(&base64).unwrap(), text);
            assert_eq!(decode_quoted_printable(&quoted), lines);
        }
    }

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
        for filler in ["a", "ü", " ", "F", ".", "From "] {
            for length in 60..90 {
                let text = format!("{}\r\nend", filler.repeat(length));
                let encoded = encode_quoted_printable(text.as_bytes());
                assert!(
                    encoded
                        .split(|&b| b == b'\n')
                        .all(|l| l.len() <= 77 && !l.starts_with(b"From "))
                );
                assert_eq!(decode_quoted_printable(&encoded), text.as_bytes());
            }
        }
    }
}
