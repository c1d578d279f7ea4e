//! The attributes of a bag (RFC 7292, 4.2).

use super::super::oids;
use crate::asn1::{Element, SEQUENCE, SET};

/// Those that this crate uses.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) friendly_name: Option<String>,
    pub(super) local_key_id: Option<Vec<u8>>,
}

impl Attributes {
    pub(super) fn parse(set: Element<'_>) -> Result<Self, String> {
        let mut found = Self::default();
        let mut list = set.children()?;
        while !list.is_finished() {
            let mut attribute = list.expect(SEQUENCE)?.children()?;
            let oid = attribute.next()?.oid()?;
            let mut values = attribute.expect(SET)?.children()?;
            if values.is_finished() {
                continue;
            }
            let value = values.next()?.value;
            match oid {
                oids::FRIENDLY_NAME => found.friendly_name = Some(utf16(value)),
                oids::LOCAL_KEY_ID => found.local_key_id = Some(value.to_vec()),
                _ => {}
            }
        }
        Ok(found)
    }
}

/// Reads a BMPString, with the surrogate pairs that many programs write into it.
fn utf16(bytes: &[u8]) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    String::from_utf16_lossy(&units)
}
