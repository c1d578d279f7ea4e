//! Distinguished names in a form that compares as RFC 5280 7.1 asks, and as prefixes for name constraints.

use der::{Decode, Encode};
use identity::DistinguishedName;
use x509_cert::name::RdnSequence;

/// A name normalised for comparison: each RDN a sorted list of (type, normalised value) octets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(Vec<Vec<(Vec<u8>, Vec<u8>)>>);

impl Key {
    /// Normalises a name; one that cannot be taken apart compares by its octets only.
    pub(super) fn of(name: &DistinguishedName) -> Self {
        let Ok(sequence) = RdnSequence::from_der(name.der()) else {
            return Self(vec![vec![(Vec::new(), name.der().to_vec())]]);
        };
        let rdns = sequence.iter().map(|rdn| {
            let mut attributes: Vec<_> = rdn
                .iter()
                .map(|ava| (ava.oid.as_bytes().to_vec(), normalise(&ava.value)))
                .collect();
            attributes.sort();
            attributes
        });
        Self(rdns.collect())
    }

    /// Tells whether this name lies in the subtree of `base` (RFC 5280 4.2.1.10: its RDNs are a prefix).
    pub(super) fn is_within(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }
}

/// Folds case and inner white space of a directory string (RFC 5280 7.1); other types compare by their encoding.
fn normalise(value: &der::Any) -> Vec<u8> {
    use der::{Tag, Tagged};
    let text = match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::VisibleString => {
            String::from_utf8(value.value().to_vec()).ok()
        }
        Tag::TeletexString => Some(value.value().iter().map(|&b| char::from(b)).collect()),
        Tag::BmpString => {
            let (pairs, _) = value.value().as_chunks::<2>();
            String::from_utf16(
                &pairs
                    .iter()
                    .map(|pair| u16::from_be_bytes(*pair))
                    .collect::<Vec<_>>(),
            )
            .ok()
        }
        _ => None,
    };
    match text {
        Some(text) => {
            let mut folded = Vec::with_capacity(text.len() + 1);
            folded.push(0); // keeps texts apart from encodings, which begin with a tag
            for (index, word) in text.split_whitespace().enumerate() {
                if index > 0 {
                    folded.push(b' ');
                }
                folded.extend_from_slice(word.to_lowercase().as_bytes());
            }
            folded
        }
        None => value.to_der().unwrap_or_else(|_| value.value().to_vec()),
    }
}
