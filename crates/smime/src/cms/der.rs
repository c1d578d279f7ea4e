//! Writing DER (X.690 10): the handful of types that CMS is made of.

use const_oid::ObjectIdentifier;

use super::ber::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, context};

/// Appends a value whose content is `pieces`, one after the other.
pub(crate) fn push(out: &mut Vec<u8>, tag: u8, pieces: &[&[u8]]) {
    let length: usize = pieces.iter().map(|p| p.len()).sum();
    out.push(tag);
    push_length(out, length as u64);
    for piece in pieces {
        out.extend_from_slice(piece);
    }
}

/// A value whose content is `pieces`.
pub(crate) fn value(tag: u8, pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pieces.iter().map(|p| p.len()).sum::<usize>() + 10);
    push(&mut out, tag, pieces);
    out
}

pub(crate) fn sequence(fields: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, fields)
}

/// The identifier and length octets of a value whose content is `length` octets long and follows.
pub(crate) fn head(tag: u8, length: u64) -> Vec<u8> {
    let mut out = vec![tag];
    push_length(&mut out, length);
    out
}

/// The beginning of nested values that have `inside` octets of content, and as many as `after` says after it.
///
/// Each level is a tag, the encoding of what precedes the next level in it, and the length of what follows that.
pub(crate) fn nested(levels: &[(u8, &[u8], u64)], inside: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let mut length = inside;
    for (tag, before, after) in levels.iter().rev() {
        length += before.len() as u64 + after;
        let mut octets = head(*tag, length);
        length += octets.len() as u64;
        octets.extend_from_slice(before);
        octets.append(&mut out);
        out = octets;
    }
    out
}

/// SET OF, sorted as DER demands (X.690 11.6).
pub(crate) fn set_of(elements: Vec<Vec<u8>>) -> Vec<u8> {
    implicit_set_of(SET, elements)
}

/// SET OF under another tag.
pub(crate) fn implicit_set_of(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    value(tag, &elements.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

pub(crate) fn octet_string(bytes: &[u8]) -> Vec<u8> {
    value(OCTET_STRING, &[bytes])
}

pub(crate) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    value(OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

/// An INTEGER below 128.
pub(crate) fn small_integer(number: u8) -> Vec<u8> {
    debug_assert!(number < 0x80);
    value(INTEGER, &[&[number]])
}

/// An INTEGER from its content octets.
pub(crate) fn integer(content: &[u8]) -> Vec<u8> {
    value(INTEGER, &[content])
}

/// `[number] EXPLICIT`.
pub(crate) fn explicit(number: u8, inner: &[u8]) -> Vec<u8> {
    value(context(number), &[inner])
}

/// `encoded` with another tag in place of its own, as IMPLICIT tagging has it.
pub(crate) fn retagged(tag: u8, mut encoded: Vec<u8>) -> Vec<u8> {
    // All tags here are one octet.
    encoded.iter_mut().take(1).for_each(|first| *first = tag);
    encoded
}

/// An AlgorithmIdentifier; `parameters` are DER, empty if absent.
pub(crate) fn algorithm(algorithm: ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
    sequence(&[&oid(algorithm), parameters])
}

pub(crate) const NULL: &[u8] = &[5, 0];

fn push_length(out: &mut Vec<u8>, length: u64) {
    if length < 0x80 {
        // Checked just now.
        out.push(length as u8);
        return;
    }
    let octets = length.to_be_bytes();
    let skip = octets.iter().take_while(|b| **b == 0).count();
    // A length has at most eight octets.
    out.push(0x80 | (octets.len() - skip) as u8);
    out.extend(octets.iter().skip(skip));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_shortest() {
        assert_eq!(octet_string(&[0; 127])[..2], [4, 127]);
        assert_eq!(octet_string(&[0; 128])[..3], [4, 0x81, 128]);
        assert_eq!(octet_string(&[0; 256])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn nested_values_are_framed() {
        let whole = sequence(&[
            &small_integer(1),
            &explicit(0, &sequence(&[&octet_string(&[7; 300])])),
            NULL,
        ]);
        let begin = nested(
            &[
                (SEQUENCE, &small_integer(1), 2),
                (context(0), &[], 0),
                (SEQUENCE, &[], 0),
                (OCTET_STRING, &[], 0),
            ],
            300,
        );
        assert_eq!([&begin[..], &[7; 300], NULL].concat(), whole);
    }

    #[test]
    fn sets_are_sorted() {
        assert_eq!(
            set_of(vec![small_integer(2), small_integer(1)]),
            [0x31, 6, 2, 1, 1, 2, 1, 2]
        );
    }
}
