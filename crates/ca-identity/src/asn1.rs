//! Small helpers over the `der` reader, shared by the decoders and encoders of this crate.

use chrono::{DateTime, NaiveDate, Utc};
use der::Encode as _;
use der::asn1::ObjectIdentifier;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The bit of an identifier octet that says that there are elements inside.
const CONSTRUCTED: u8 = 0x20;

/// One DER element: identifier octet, whole encoding, content.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) raw: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl<'a> Element<'a> {
    /// Reads exactly one element.
    pub(crate) fn parse(der: &'a [u8]) -> Result<Self, String> {
        let mut cursor = Cursor::new(der);
        let element = cursor.next()?;
        cursor.finish()?;
        Ok(element)
    }

    /// Reads exactly one element with the given tag.
    pub(crate) fn parse_as(tag: u8, der: &'a [u8]) -> Result<Self, String> {
        Self::parse(der)?.expect_tag(tag)
    }

    pub(crate) fn expect_tag(self, tag: u8) -> Result<Self, String> {
        if self.tag == tag {
            Ok(self)
        } else {
            Err(format!("expected tag 0x{tag:02x}, found 0x{:02x}", self.tag))
        }
    }

    /// Returns a reader over the elements inside.
    pub(crate) fn children(self) -> Result<Cursor<'a>, String> {
        if self.tag & CONSTRUCTED == 0 {
            return Err(format!("tag 0x{:02x} holds no other elements", self.tag));
        }
        Ok(Cursor::new(self.value))
    }

    pub(crate) fn oid(self) -> Result<ObjectIdentifier, String> {
        self.expect_tag(OBJECT_IDENTIFIER)?;
        ObjectIdentifier::from_bytes(self.value).map_err(|error| format!("object identifier: {error}"))
    }

    pub(crate) fn boolean(self) -> Result<bool, String> {
        match (self.expect_tag(BOOLEAN)?.value, self.raw.len()) {
            ([0], 3) => Ok(false),
            ([0xff], 3) => Ok(true),
            _ => Err("malformed BOOLEAN".to_owned()),
        }
    }

    /// Returns the content of an INTEGER, checked to be in the shortest form.
    pub(crate) fn integer(self) -> Result<&'a [u8], String> {
        match self.expect_tag(INTEGER)?.value {
            [] => Err("empty INTEGER".to_owned()),
            [0, next, ..] if next & 0x80 == 0 => Err("INTEGER with a superfluous leading byte".to_owned()),
            [0xff, next, ..] if next & 0x80 != 0 => Err("INTEGER with a superfluous leading byte".to_owned()),
            value => Ok(value),
        }
    }

    pub(crate) fn small_integer(self) -> Result<u32, String> {
        let value = self.integer()?;
        if value.first().is_some_and(|byte| byte & 0x80 != 0) {
            return Err("negative INTEGER".to_owned());
        }
        if value.len() > 5 {
            return Err("INTEGER out of range".to_owned());
        }
        let number = value
            .iter()
            .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        u32::try_from(number).map_err(|_| "INTEGER out of range".to_owned())
    }

    /// Returns the content of a BIT STRING of whole bytes.
    pub(crate) fn bit_string(self) -> Result<&'a [u8], String> {
        match self.expect_tag(BIT_STRING)?.value {
            [0, content @ ..] => Ok(content),
            _ => Err("BIT STRING that does not end at a byte".to_owned()),
        }
    }

    /// Reads a signature's BIT STRING. No signature ends within a byte: one that does is read as an empty one, which no key
    /// made, so that its certificate or list gets a verdict instead of an error.
    pub(crate) fn signature(self) -> Result<&'a [u8], String> {
        match self.expect_tag(BIT_STRING)?.value {
            [0, content @ ..] => Ok(content),
            [1..=7, _, ..] => Ok(&[]),
            _ => Err("malformed BIT STRING".to_owned()),
        }
    }

    /// Reads a UTCTime or GeneralizedTime in the form that RFC 5280, 4.1.2.5 demands.
    pub(crate) fn time(self) -> Result<DateTime<Utc>, String> {
        let malformed = || format!("malformed time \"{}\"", self.value.escape_ascii());
        let text = std::str::from_utf8(self.value).map_err(|_| malformed())?;
        let digits = text.strip_suffix('Z').ok_or_else(malformed)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        let (year, rest) = match (self.tag, digits.len()) {
            (UTC_TIME, 12) => {
                let (year, rest) = digits.split_at(2);
                let year: i32 = year.parse().map_err(|_| malformed())?;
                // RFC 5280, 4.1.2.5.1: 50 to 99 is the twentieth century.
                (if year >= 50 { 1900 + year } else { 2000 + year }, rest)
            }
            (GENERALIZED_TIME, 14) => {
                let (year, rest) = digits.split_at(4);
                (year.parse().map_err(|_| malformed())?, rest)
            }
            _ => return Err(malformed()),
        };
        let two = |from: usize| rest.get(from..from + 2).and_then(|text| text.parse::<u32>().ok());
        let moment =
            || NaiveDate::from_ymd_opt(year, two(0)?, two(2)?)?.and_hms_opt(two(4)?, two(6)?, two(8)?);
        Ok(moment().ok_or_else(malformed)?.and_utc())
    }
}

/// A reader over consecutive DER elements.
///
/// Universal types that the `der` crate does not know (UniversalString) occur in old names, so the headers are read here.
#[derive(Clone)]
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn new(der: &'a [u8]) -> Self {
        Self(der)
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn next(&mut self) -> Result<Element<'a>, String> {
        let Some((&tag, rest)) = self.0.split_first() else {
            return Err("a field is missing at the end".to_owned());
        };
        if tag & 0x1f == 0x1f {
            return Err("tag number above 30".to_owned());
        }
        let (length, rest) = definite_length(rest)?;
        let (value, rest) = rest.split_at_checked(length).ok_or_else(|| {
            format!(
                "an element of {length} bytes, of which only {} are there",
                rest.len()
            )
        })?;
        let raw = self.0.get(..self.0.len() - rest.len()).unwrap_or_default();
        self.0 = rest;
        Ok(Element { tag, raw, value })
    }

    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, String> {
        self.next()?.expect_tag(tag)
    }

    /// Reads the next element if it has the given tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, String> {
        if self.0.first() == Some(&tag) {
            self.next().map(Some)
        } else {
            Ok(None)
        }
    }

    pub(crate) fn finish(self) -> Result<(), String> {
        if self.is_finished() {
            Ok(())
        } else {
            Err("unexpected data at the end".to_owned())
        }
    }
}

/// Reads a length in DER: definite and as short as possible.
fn definite_length(bytes: &[u8]) -> Result<(usize, &[u8]), String> {
    let truncated = || "the data ends too early".to_owned();
    let (&first, rest) = bytes.split_first().ok_or_else(truncated)?;
    let count = match first {
        0..=0x7f => return Ok((usize::from(first), rest)),
        0x80 => return Err("indefinite length (BER) where DER is needed".to_owned()),
        _ => usize::from(first & 0x7f),
    };
    if count > 4 {
        return Err("length out of range".to_owned());
    }
    let (octets, rest) = rest.split_at_checked(count).ok_or_else(truncated)?;
    let length = octets
        .iter()
        .fold(0_usize, |sum, octet| (sum << 8) | usize::from(*octet));
    if octets.first() == Some(&0) || length < 0x80 {
        return Err("a length that is longer than needed".to_owned());
    }
    Ok((length, rest))
}

/// Encodes an element of one identifier octet from the concatenation of `parts`.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = encode_header(tag, length);
    out.reserve_exact(length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Encodes an object identifier.
pub(crate) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    tlv(OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

/// Encodes an AlgorithmIdentifier; `parameters` are DER or empty for absent ones.
pub(crate) fn algorithm_identifier(algorithm: ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&oid(algorithm), parameters])
}

/// Encodes a BIT STRING of whole bytes.
pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], bytes])
}

/// Encodes a non-negative INTEGER.
pub(crate) fn unsigned(number: u64) -> Vec<u8> {
    // Encoding a u64 into memory cannot fail; an empty answer would not decode.
    number.to_der().unwrap_or_default()
}

/// Encodes a SET OF with its elements in DER order.
pub(crate) fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    tlv(SET, &parts)
}

/// Reads an AlgorithmIdentifier: the algorithm and the encoding of its parameters.
pub(crate) fn parse_algorithm(der: &[u8]) -> Result<(ObjectIdentifier, Option<&[u8]>), String> {
    let mut fields = Element::parse_as(SEQUENCE, der)?.children()?;
    let algorithm = fields.next()?.oid()?;
    let parameters = if fields.is_finished() {
        None
    } else {
        Some(fields.next()?.raw)
    };
    fields.finish()?;
    Ok((algorithm, parameters))
}

/// Rewrites BER as elements of definite length and primitive OCTET STRINGs, leaving all else as it is.
///
/// Files from NSS and from streaming programs are BER; what is DER already comes out unchanged.
pub(crate) fn to_definite(ber: &[u8]) -> Result<Vec<u8>, String> {
    // Headers grow by two bytes at most where an element has four at least: one buffer holds it all, and the caller who
    // wipes it leaves no copy behind.
    let mut out = Vec::with_capacity(2 * ber.len());
    let rest = definite_element(ber, 0, false, &mut out)?;
    if rest.iter().any(|byte| *byte != 0) {
        return Err("unexpected data at the end".to_owned());
    }
    Ok(out)
}

/// Tells whether as many bytes are there as the outermost header announces; an indefinite length announces nothing.
pub(crate) fn is_whole(ber: &[u8]) -> bool {
    matches!(header(ber), Ok((_, Some(length), rest)) if rest.len() >= length)
}

/// What [`to_definite`] says if an element reaches beyond the data.
pub(crate) const ENDS_TOO_EARLY: &str = "the data ends too early";

const MAX_DEPTH: usize = 32;

/// Appends one element in definite form, or, if it is a piece of an OCTET STRING, its content alone.
fn definite_element<'a>(
    input: &'a [u8],
    depth: usize,
    piece: bool,
    out: &mut Vec<u8>,
) -> Result<&'a [u8], String> {
    if depth > MAX_DEPTH {
        return Err(format!("nested more than {MAX_DEPTH} deep"));
    }
    let (tag, length, rest) = header(input)?;
    let constructed = tag & CONSTRUCTED != 0;
    let string = tag == OCTET_STRING | CONSTRUCTED;
    if piece && !string && tag != OCTET_STRING {
        return Err(format!("tag 0x{tag:02x} among the pieces of an OCTET STRING"));
    }
    let start = out.len();
    let after = match length {
        Some(length) => {
            let (mut content, after) = rest.split_at_checked(length).ok_or(ENDS_TOO_EARLY)?;
            if constructed {
                while !content.is_empty() {
                    content = definite_element(content, depth + 1, string, out)?;
                }
            } else {
                out.extend_from_slice(content);
            }
            after
        }
        None if !constructed => return Err("indefinite length in a primitive element".to_owned()),
        None => {
            let mut rest = rest;
            loop {
                if let Some(after) = rest.strip_prefix(&[0, 0]) {
                    break after;
                }
                rest = definite_element(rest, depth + 1, string, out)?;
            }
        }
    };
    if !piece {
        let tag = if string { OCTET_STRING } else { tag };
        let header = encode_header(tag, out.len() - start);
        out.splice(start..start, header);
    }
    Ok(after)
}

/// Splits a BER header off: identifier octet, length if it is definite, and what follows.
fn header(input: &[u8]) -> Result<(u8, Option<usize>, &[u8]), String> {
    let (&tag, rest) = input.split_first().ok_or(ENDS_TOO_EARLY)?;
    if tag & 0x1f == 0x1f {
        return Err("tag number above 30".to_owned());
    }
    let (&first, rest) = rest.split_first().ok_or(ENDS_TOO_EARLY)?;
    match first {
        0x80 => Ok((tag, None, rest)),
        0..=0x7f => Ok((tag, Some(usize::from(first)), rest)),
        _ => {
            let (bytes, rest) = rest
                .split_at_checked(usize::from(first & 0x7f))
                .ok_or(ENDS_TOO_EARLY)?;
            if bytes.iter().skip_while(|byte| **byte == 0).count() > 4 {
                return Err("length out of range".to_owned());
            }
            let length = bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
            Ok((tag, Some(length), rest))
        }
    }
}

fn encode_header(tag: u8, length: usize) -> Vec<u8> {
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
        out.push(0x80 | (bytes.len() - skipped) as u8);
        out.extend(bytes.iter().skip(skipped));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        assert_eq!(tlv(4, &[&[0; 127]])[..2], [4, 0x7f]);
        assert_eq!(tlv(4, &[&[0; 128]])[..3], [4, 0x81, 0x80]);
        assert_eq!(tlv(4, &[&[0; 256]])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn times() {
        let time = |tag, text: &str| {
            Element::parse(&tlv(tag, &[text.as_bytes()]))
                .unwrap()
                .time()
                .map(|time| time.to_rfc3339())
        };
        assert_eq!(
            time(UTC_TIME, "500101000000Z").unwrap(),
            "1950-01-01T00:00:00+00:00"
        );
        assert_eq!(
            time(UTC_TIME, "491231235959Z").unwrap(),
            "2049-12-31T23:59:59+00:00"
        );
        assert_eq!(
            time(GENERALIZED_TIME, "99991231235959Z").unwrap(),
            "9999-12-31T23:59:59+00:00"
        );
        for (tag, text) in [
            (UTC_TIME, "4912312359Z"),
            (UTC_TIME, "491231235959+0100"),
            (GENERALIZED_TIME, "20491331235959Z"),
            (GENERALIZED_TIME, "20490229000000Z"),
            (GENERALIZED_TIME, "2049é231235959Z"),
        ] {
            assert!(time(tag, text).is_err(), "{text}");
        }
    }

    #[test]
    fn indefinite_lengths_become_definite() {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 7, 4, 2, 8, 9, 0, 0, 2, 1, 5, 0, 0];
        assert_eq!(to_definite(&ber).unwrap(), [0x30, 8, 4, 3, 7, 8, 9, 2, 1, 5]);
        assert!(to_definite(&ber[..ber.len() - 1]).is_err());
        assert!(to_definite(&[0x30, 0x80].repeat(100_000)).is_err());
        let nested = [0x24, 0x80, 0x24, 4, 4, 2, 1, 2, 4, 1, 3, 0, 0];
        assert_eq!(to_definite(&nested).unwrap(), [4, 3, 1, 2, 3]);
        assert!(
            to_definite(&[0x24, 3, 2, 1, 5]).is_err(),
            "an INTEGER is no piece of a string"
        );
        assert_eq!(to_definite(&[0x30, 0x82, 0, 2, 5, 0]).unwrap(), [0x30, 2, 5, 0]);
        assert!(is_whole(&[0x30, 2, 5, 0]) && !is_whole(&[0x30, 3, 5, 0]) && !is_whole(&ber));
    }
}
