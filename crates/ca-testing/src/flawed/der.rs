//! DER by hand: encoders refuse to write what is wrong on purpose.

use der::asn1::ObjectIdentifier;

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// An element.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = length
        .iter()
        .position(|octet| *octet != 0)
        .unwrap_or(length.len() - 1);
    let octets = &length[significant..];
    if let [short @ 0..0x80] = octets {
        out.push(*short);
    } else {
        out.push(0x80 | u8::try_from(octets.len()).unwrap());
        out.extend(octets);
    }
    out.extend(content);
    out
}

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, parts)
}

pub(super) fn set(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SET, parts)
}

pub(super) fn oid(text: &str) -> Vec<u8> {
    tlv(0x06, &[ObjectIdentifier::new_unwrap(text).as_bytes()])
}

pub(super) fn integer(content: &[u8]) -> Vec<u8> {
    tlv(0x02, &[content])
}

pub(super) fn octets(content: &[u8]) -> Vec<u8> {
    tlv(0x04, &[content])
}

/// A BIT STRING without unused bits.
pub(super) fn bits(content: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], content])
}

/// A time: UTCTime to 2049, then GeneralizedTime (RFC 5280, 4.1.2.5), as in `2026-01-31T12:00:00Z`.
pub(super) fn time(text: &str) -> Vec<u8> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = format!("{digits}Z");
    if ("1950".."2050").contains(&text) {
        tlv(0x17, &[&digits.as_bytes()[2..]])
    } else {
        tlv(0x18, &[digits.as_bytes()])
    }
}

/// A name of one attribute in each set: identifier, string type, value.
pub(super) fn name(attributes: &[(&str, u8, &str)]) -> Vec<u8> {
    let sets: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, tag, value)| set(&[&sequence(&[&oid(kind), &tlv(*tag, &[value.as_bytes()])])]))
        .collect();
    sequence(&sets.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

pub(super) const COMMON_NAME: &str = "2.5.4.3";
pub(super) const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";
pub(super) const UTF8: u8 = 0x0c;
pub(super) const IA5: u8 = 0x16;

/// ecdsa-with-SHA256 (RFC 5758, 3.2).
pub(super) fn ecdsa_sha256() -> Vec<u8> {
    sequence(&[&oid("1.2.840.10045.4.3.2")])
}

/// id-sha256 without parameters (RFC 5754, 2).
pub(super) fn sha256() -> Vec<u8> {
    sequence(&[&oid("2.16.840.1.101.3.4.2.1")])
}
