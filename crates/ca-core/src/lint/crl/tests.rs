//! A good example, and a bad one for each rule, made by hand: no encoder of ours writes such lists.

use super::rules::ALL;
use super::*;
use crate::lint::testing::{issuer, root};
use std::collections::BTreeSet;

/// A list that can be spoilt.
#[derive(Clone)]
struct List {
    version: Option<u8>,
    issuer: Vec<u8>,
    this_update: Vec<u8>,
    next_update: Vec<u8>,
    /// Encoded entries; `None`: the field is absent.
    entries: Option<Vec<Vec<u8>>>,
    extensions: Vec<Vec<u8>>,
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match content.len() {
        short @ 0..128 => der.push(u8::try_from(short).unwrap()),
        middle @ 128..256 => der.extend([0x81, u8::try_from(middle).unwrap()]),
        long => {
            der.push(0x82);
            der.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
    }
    der.extend(content);
    der
}

fn utc(text: &str) -> Vec<u8> {
    tlv(0x17, &[text.as_bytes()])
}

/// An extension by the last octets of its identifier under id-ce (2.5.29).
fn extension(arc: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let oid = tlv(0x06, &[&[0x55, 0x1d, arc]]);
    let flag = if critical { vec![1, 1, 0xff] } else { Vec::new() };
    tlv(0x30, &[&oid, &flag, &tlv(0x04, &[value])])
}

fn entry(serial: &[u8], date: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions {
        [] => Vec::new(),
        some => tlv(0x30, &[&some.concat()]),
    };
    tlv(0x30, &[&tlv(0x02, &[serial]), date, &extensions])
}

fn reason(code: u8) -> Vec<u8> {
    extension(21, false, &[0x0a, 1, code])
}

/// The day that the example issuer's validity begins, an hour later, as UTCTime.
fn made() -> String {
    (issuer().not_before() + chrono::TimeDelta::hours(1))
        .format("%y%m%d%H%M%SZ")
        .to_string()
}

fn later(hours: i64) -> String {
    (issuer().not_before() + chrono::TimeDelta::hours(hours))
        .format("%y%m%d%H%M%SZ")
        .to_string()
}

fn good() -> List {
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
    }
}

fn found(list: &List, issuer: &Certificate) -> BTreeSet<&'static str> {
    let algorithm = tlv(0x30, &[&tlv(0x06, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]])]);
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
            &algorithm,
            &list.issuer,
            &list.this_update,
            &list.next_update,
            &entries,
            &extensions,
        ],
    );
    // Nobody asks for the signature here.
    let der = tlv(0x30, &[&tbs, &algorithm, &tlv(0x03, &[&[0, 1, 2, 3]])]);
    let view = CertificateListView::from_der(&der).unwrap();
    let findings = lint_crl(&view, Some(issuer)).unwrap();
    findings.iter().map(|finding| finding.rule).collect()
}

/// Spoils a list.
type Spoil = fn(&mut List);

fn one_entry(list: &mut List, serial: &[u8], date: &[u8], extensions: &[Vec<u8>]) {
    list.entries = Some(vec![entry(serial, date, extensions)]);
}

#[test]
fn the_good_example_breaks_no_rule() {
    assert_eq!(found(&good(), issuer()), BTreeSet::new());
    let mut delta = good();
    delta.extensions.push(extension(27, true, &[2, 1, 4]));
    one_entry(&mut delta, &[1], &utc(&made()), &[reason(8)]);
    assert_eq!(found(&delta, issuer()), BTreeSet::new());
    let empty = List {
        entries: None,
        ..good()
    };
    assert_eq!(found(&empty, issuer()), BTreeSet::new());
}

#[test]
fn each_rule_has_a_bad_example() {
    let examples: [(&str, Spoil); 16] = [
        ("e_crl_version", |list| list.version = Some(0)),
        ("e_crl_issuer", |list| {
            list.issuer = root().subject().der().to_vec()
        }),
        ("e_crl_update_times", |list| list.next_update = utc(&later(0))),
        ("e_crl_issuer_validity", |list| {
            list.this_update = utc(&later(-1));
            list.entries = None;
        }),
        ("e_crl_empty_field", |list| list.entries = Some(Vec::new())),
        ("e_crl_entry_serial", |list| {
            one_entry(list, &[0xff], &utc(&made()), &[])
        }),
        ("e_crl_entry_date", |list| {
            // GeneralizedTime for a year that UTCTime knows.
            let date = tlv(0x18, &[format!("20{}", made()).as_bytes()]);
            one_entry(list, &[1], &date, &[]);
        }),
        ("e_crl_entry_reason", |list| {
            one_entry(list, &[1], &utc(&made()), &[reason(7)]);
        }),
        ("w_crl_entry_reason_unspecified", |list| {
            one_entry(list, &[1], &utc(&made()), &[reason(0)]);
        }),
        ("e_crl_entry_removed", |list| {
            one_entry(list, &[1], &utc(&made()), &[reason(8)]);
        }),
        ("w_crl_entry_future", |list| {
            one_entry(list, &[1], &utc(&later(2)), &[])
        }),
        ("w_crl_entry_critical", |list| {
            let unknown = extension(99, true, &[5, 0]);
            one_entry(list, &[1], &utc(&made()), &[unknown]);
        }),
        ("e_crl_authority_key_identifier", |list| {
            list.extensions.remove(0);
        }),
        ("e_crl_number", |list| {
            list.extensions.remove(1);
        }),
        ("e_crl_delta", |list| {
            list.extensions.push(extension(27, true, &[2, 1, 6]))
        }),
        ("e_crl_extension_criticality", |list| {
            list.extensions[1] = extension(20, true, &[2, 1, 5]);
        }),
    ];
    let mut shown = BTreeSet::new();
    for (rule, spoil) in examples {
        let mut list = good();
        spoil(&mut list);
        assert_eq!(found(&list, issuer()), BTreeSet::from([rule]));
        shown.insert(rule);
    }
    // This one is about the issuer.
    let leaf = crate::lint::testing::leaf(|_| {});
    let by_a_person = found(&good(), &leaf);
    assert!(by_a_person.contains("e_crl_issuer_key_usage"), "{by_a_person:?}");
    shown.insert("e_crl_issuer_key_usage");
    let all: BTreeSet<_> = ALL.iter().map(|rule| rule.name).collect();
    assert_eq!(shown, all, "a rule without an example");
}
