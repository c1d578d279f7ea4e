//! Transfer encodings taken off while reading.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use base64::Engine as _;
use base64_simd::{AsOut as _, STANDARD_NO_PAD};

use super::{LENIENT, TransferEncoding, decode_quoted_printable};
use crate::mime::MimeError;
use crate::stream::{Carried, FIRST, read_full};

impl TransferEncoding {
    /// Takes the encoding off what `body` gives; the result is that of [`TransferEncoding::decode`].
    pub(crate) fn reader<'a>(self, body: Box<dyn Read + 'a>) -> Box<dyn Read + 'a> {
        match self {
            Self::SevenBit | Self::EightBit | Self::Binary => body,
            Self::Base64 => Box::new(Base64Reader::new(body)),
            Self::QuotedPrintable => Box::new(QuotedPrintableReader::new(body)),
        }
    }
}

/// Decodes base64 as [`super::decode_base64`] does.
pub(crate) struct Base64Reader<R> {
    input: R,
    raw: Vec<u8>,
    /// Digits that are not decoded yet: fewer than four between two blocks.
    digits: Vec<u8>,
    decoded: Decoded,
    /// Padding was read: nothing after it counts.
    padded: bool,
    ended: bool,
    /// The last digits are too few to be an octet.
    broken: bool,
    /// Set if anything but blanks stands behind the padding.
    more: Rc<Cell<bool>>,
}

impl<R: Read> Base64Reader<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            raw: vec![0; FIRST],
            digits: Vec::new(),
            decoded: Decoded::default(),
            padded: false,
            ended: false,
            broken: false,
            more: Rc::default(),
        }
    }

    /// What tells, once all was read, whether there is text behind the padding.
    pub(crate) fn more(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.more)
    }

    /// Decodes the next block into `self.decoded`.
    fn advance(&mut self) -> io::Result<()> {
        let length = read_full(&mut self.input, &mut self.raw)?;
        let block = self.raw.get(..length).unwrap_or_default();
        let carried = self.digits.len();
        gather_lines(block, &mut self.digits);
        if !decode_whole_groups(&mut self.digits, &mut self.decoded.octets) {
            // Something else than digits in lines: look at every octet.
            self.digits.truncate(carried);
            self.padded = gather_digits(block, &mut self.digits);
            decode_whole_groups(&mut self.digits, &mut self.decoded.octets);
        }
        self.decoded.start = 0;
        if length < self.raw.len() || self.padded {
            self.ended = true;
            if self.padded {
                self.look_behind(length)?;
            }
            let mut last = Vec::new();
            // What stands before the broken end comes out first.
            self.broken = LENIENT.decode_vec(&self.digits, &mut last).is_err();
            if !self.broken {
                self.decoded.octets.extend_from_slice(&last);
            }
        } else {
            self.raw.resize(BLOCK, 0);
        }
        Ok(())
    }
}

impl<R: Read> Base64Reader<R> {
    /// Reads the input to its end, past the padding that is among the `length` octets at hand.
    fn look_behind(&mut self, mut length: usize) -> io::Result<()> {
        let block = self.raw.get(..length).unwrap_or_default();
        let padding = memchr::memchr(b'=', block).unwrap_or(length);
        let mut from = padding;
        while length > 0 {
            let block = self.raw.get(from..length).unwrap_or_default();
            if !block
                .iter()
                .all(|octet| *octet == b'=' || octet.is_ascii_whitespace())
            {
                self.more.set(true);
            }
            from = 0;
            length = read_full(&mut self.input, &mut self.raw)?;
        }
        Ok(())
    }
}

impl<R: Read> Read for Base64Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.decoded.is_empty() && !self.ended && !out.is_empty() {
            self.advance()?;
        }
        if self.broken && self.decoded.is_empty() && !out.is_empty() {
            return Err(Carried::Mime(bad(TransferEncoding::Base64)).into());
        }
        Ok(self.decoded.take(out))
    }
}

/// Appends the lines of `block` without their ends. What else is in them shows when they are decoded.
fn gather_lines(block: &[u8], digits: &mut Vec<u8>) {
    let mut rest = block;
    // Nearly always all lines are as long as the one before.
    let (mut width, mut line_end): (usize, &[u8]) = (0, b"");
    while !rest.is_empty() {
        if width > 0
            && let Some((line, after)) = rest.split_at_checked(width)
            && after.starts_with(line_end)
        {
            digits.extend_from_slice(line);
            rest = after.get(line_end.len()..).unwrap_or_default();
            continue;
        }
        match memchr::memchr(b'\n', rest) {
            None => {
                digits.extend_from_slice(rest.strip_suffix(b"\r").unwrap_or(rest));
                return;
            }
            Some(at) => {
                let line = rest.get(..at).unwrap_or_default();
                line_end = if line.ends_with(b"\r") { b"\r\n" } else { b"\n" };
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                width = line.len();
                digits.extend_from_slice(line);
                rest = rest.get(at + 1..).unwrap_or_default();
            }
        }
    }
}

/// Appends the digits of `block`, whatever stands between them, up to the padding; tells whether there was any.
fn gather_digits(block: &[u8], digits: &mut Vec<u8>) -> bool {
    for &byte in block {
        if is_digit(byte) {
            digits.push(byte);
        } else if byte == b'=' {
            return true;
        }
    }
    false
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// Decodes all groups of four and keeps the rest; leaves `digits` alone and tells if they are not all digits.
fn decode_whole_groups(digits: &mut Vec<u8>, out: &mut Vec<u8>) -> bool {
    let whole = digits.len() / 4 * 4;
    let (groups, rest) = digits.split_at(whole);
    if !rest.iter().all(|byte| is_digit(*byte)) {
        return false;
    }
    out.resize(whole / 4 * 3, 0);
    match STANDARD_NO_PAD.decode(groups, out.as_mut_slice().as_out()) {
        Ok(decoded) => {
            let length = decoded.len();
            out.truncate(length);
            digits.drain(..whole);
            true
        }
        Err(_) => {
            out.clear();
            false
        }
    }
}

/// Decodes quoted-printable as [`decode_quoted_printable`] does, whole lines at a time.
struct QuotedPrintableReader<R> {
    input: R,
    /// The last line, as far as it was read.
    pending: Vec<u8>,
    decoded: Decoded,
    /// How much is read next.
    block: usize,
    ended: bool,
}

impl<R: Read> QuotedPrintableReader<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            pending: Vec::new(),
            decoded: Decoded::default(),
            block: FIRST,
            ended: false,
        }
    }

    fn advance(&mut self) -> io::Result<()> {
        let old = self.pending.len();
        self.pending.resize(old + self.block, 0);
        let new = read_full(&mut self.input, self.pending.get_mut(old..).unwrap_or_default())?;
        self.pending.truncate(old + new);
        self.ended = new < self.block;
        self.block = BLOCK;
        let fresh = self.pending.get(old..).unwrap_or_default();
        let lines = match memchr::memrchr(b'\n', fresh) {
            _ if self.ended => self.pending.len(),
            Some(at) => old + at + 1,
            // RFC 2045 6.7: lines have at most 76 octets.
            None if self.pending.len() > LONGEST_LINE => {
                return Err(Carried::Mime(bad(TransferEncoding::QuotedPrintable)).into());
            }
            None => return Ok(()),
        };
        self.decoded.octets = decode_quoted_printable(self.pending.get(..lines).unwrap_or_default());
        self.decoded.start = 0;
        self.pending.drain(..lines);
        Ok(())
    }
}

impl<R: Read> Read for QuotedPrintableReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.decoded.is_empty() && !self.ended && !out.is_empty() {
            self.advance()?;
        }
        Ok(self.decoded.take(out))
    }
}

/// What is decoded and not yet read.
#[derive(Default)]
struct Decoded {
    octets: Vec<u8>,
    start: usize,
}

impl Decoded {
    fn is_empty(&self) -> bool {
        self.start >= self.octets.len()
    }

    fn take(&mut self, out: &mut [u8]) -> usize {
        let left = self.octets.get(self.start..).unwrap_or_default();
        let count = left.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.start += count;
        count
    }
}

fn bad(encoding: TransferEncoding) -> MimeError {
    MimeError::BadEncoding { encoding }
}

const BLOCK: usize = 128 << 10;
const LONGEST_LINE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(encoding: TransferEncoding, body: &[u8]) -> Result<Vec<u8>, ()> {
        let mut out = Vec::new();
        let mut reader = encoding.reader(Box::new(body));
        reader.read_to_end(&mut out).map(|_| out).map_err(|_| ())
    }

    fn agrees(encoding: TransferEncoding, body: &[u8]) {
        let whole = encoding.decode(body).map(|d| d.into_owned()).map_err(|_| ());
        assert_eq!(read(encoding, body), whole);
    }

    #[test]
    fn reading_gives_what_decoding_gives() {
        let long = crate::mime::encode_base64(&vec![0xA5; 3 * BLOCK]);
        let text = String::from_utf8(long.clone()).unwrap();
        for body in [
            &b""[..],
            b" aG\r\nVs\tbG8=\r\n-- \r\n",
            b"aGVsb",
            b"=",
            b"aGVsbG8",
            &long,
            text.replace("\r\n", "\n").as_bytes(),
            text.replace("\r\n", "").as_bytes(),
            text.replace("pa", "p a").as_bytes(),
            [&long[..], b"ab==\r\nabc"].concat().as_slice(),
        ] {
            agrees(TransferEncoding::Base64, body);
        }
        for body in [&b"a=\r\nb=20 \nc"[..], &b"=41 b \t\r\n".repeat(BLOCK / 5)] {
            agrees(TransferEncoding::QuotedPrintable, body);
        }
        assert!(read(TransferEncoding::QuotedPrintable, &vec![b'a'; LONGEST_LINE * 2]).is_err());
    }

    proptest! {
        #[test]
        fn any_octets_are_decoded_alike(body in "[A-Za-z0-9+/=\r\n -]{0,300}") {
            agrees(TransferEncoding::Base64, body.as_bytes());
            agrees(TransferEncoding::QuotedPrintable, body.as_bytes());
        }
    }
}
