//! A good list, and the means to spoil it, made by hand: no encoder of ours writes such lists.

use super::{CrlFacts, CrlRule, EntryFacts, lint_crl};
use crate::lint::testing::issuer;
use identity::Certificate;
use identity::crl::CertificateListView;

pub(super) use crate::lint::testing::tlv;

/// A list that can be spoilt.
#[derive(Clone)]
pub(super) struct List {
    pub(super) version: Option<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) this_update: Vec<u8>,
    pub(super) next_update: Vec<u8>,
    /// Encoded entries; `None`: the field is absent.
    pub(super) entries: Option<Vec<Vec<u8>>>,
    pub(super) extensions: Vec<Vec<u8>>,
    /// The AlgorithmIdentifier of the signature.
    pub(super) algorithm: Vec<u8>,
}

pub(super) fn utc(text: &str) -> Vec<u8> {
    tlv(0x17, &[text.as_bytes()])
}

/// An extension by the last octets of its identifier under id-ce (2.5.29).
pub(super) fn extension(arc: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let oid = tlv(0x06, &[&[0x55, 0x1d, arc]]);
    let flag = if critical { vec![1, 1, 0xff] } else { Vec::new() };
    tlv(0x30, &[&oid, &flag, &tlv(0x04, &[value])])
}

pub(super) fn entry(serial: &[u8], date: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions {
        [] => Vec::new(),
        some => tlv(0x30, &[&some.concat()]),
    };
    tlv(0x30, &[&tlv(0x02, &[serial]), date, &extensions])
}

pub(super) fn reason(code: u8) -> Vec<u8> {
    extension(21, false, &[0x0a, 1, code])
}

/// The day that the example issuer's validity begins, an hour later, as UTCTime.
pub(super) fn made() -> String {
    (issuer().not_before() + chrono::TimeDelta::hours(1))
        .format("%y%m%d%H%M%SZ")
        .to_string()
}

pub(super) fn later(hours: i64) -> String {
    (issuer().not_before() + chrono::TimeDelta::hours(hours))
        .format("%y%m%d%H%M%SZ")
        .to_string()
}

pub(super) fn good() -> List {
    let key = issuer().subject_key_identifier().unwrap();
    List {
        version: Some(1),
        issuer: issuer().subject().der().to_vec(),
        this_update: utc(&made()),
        next_update: utc(&later(48)),
        entries: Some(vec![
            entry(&[1], &utc(&made()), &[]),
            entry(&[2], &utc(&made()), &[reason(1)]),
        ]),
        extensions: vec![
            extension(35, false, &tlv(0x30, &[&tlv(0x80, &[key])])),
            extension(20, false, &[2, 1, 5]),
        ],
        algorithm: tlv(0x30, &[&tlv(0x06, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]])]),
    }
}

/// Encodes a list; nobody asks for the signature here.
fn encode(list: &List) -> Vec<u8> {
    let algorithm = &list.algorithm;
    let version = list
        .version
        .map_or_else(Vec::new, |version| tlv(0x02, &[&[version]]));
    let entries = list
        .entries
        .as_ref()
        .map_or_else(Vec::new, |entries| tlv(0x30, &[&entries.concat()]));
    let extensions = match list.extensions.as_slice() {
        [] => Vec::new(),
        some => tlv(0xa0, &[&tlv(0x30, &[&some.concat()])]),
    };
    let tbs = tlv(
        0x30,
        &[
            &version,
            algorithm,
            &list.issuer,
            &list.this_update,
            &list.next_update,
            &entries,
            &extensions,
        ],
    );
    tlv(0x30, &[&tbs, algorithm, &tlv(0x03, &[&[0, 1, 2, 3]])])
}

/// Returns the good list, spoilt.
pub(super) fn with(spoil: impl FnOnce(&mut List)) -> List {
    let mut list = good();
    spoil(&mut list);
    list
}

/// Returns the good list with this one entry.
pub(super) fn with_entry(serial: &[u8], date: &[u8], extensions: &[Vec<u8>]) -> List {
    with(|list| list.entries = Some(vec![entry(serial, date, extensions)]))
}

/// Returns what one rule says of a list.
pub(super) fn judged(rule: &CrlRule, list: &List, issuer: &Certificate) -> Option<String> {
    let der = encode(list);
    let view = CertificateListView::from_der(&der).unwrap();
    let mut entries = EntryFacts::default();
    for entry in view.entries() {
        entries.add(&entry.unwrap(), &view);
    }
    let issuer = Some(issuer);
    (rule.check)(&CrlFacts {
        view: &view,
        issuer,
        entries,
    })
}

/// Returns the names of the rules that a list breaks.
pub(super) fn broken(list: &List) -> Vec<&'static str> {
    let der = encode(list);
    let view = CertificateListView::from_der(&der).unwrap();
    let findings = lint_crl(&view, Some(issuer())).unwrap();
    findings.iter().map(|finding| finding.rule).collect()
}

/// Asserts that a list breaks one rule and no other, and that it is said how.
pub(super) fn assert_breaks_only(rule: &CrlRule, list: &List, words: &str) {
    assert_eq!(broken(list), [rule.name]);
    let said = judged(rule, list, issuer()).unwrap();
    assert!(said.contains(words), "{said}");
}
