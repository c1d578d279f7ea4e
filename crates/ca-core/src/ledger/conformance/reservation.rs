//! Reserving serials.

use super::sample::{class, now, sample_authority, sample_event, sample_intent, sample_issued};
use super::{fine, refused};
use crate::ledger::{Abandonment, CertificateRecord, Ledger, LedgerError, Status};
use crate::request::CertificateUsage;
use chrono::TimeDelta;

pub(super) fn records_come_back_as_given(ledger: &dyn Ledger) {
    let mut first = sample_intent("a@example.org");
    first.emails.push("second@example.org".to_owned());
    let second = sample_intent("b@example.org");
    fine(ledger.reserve(&[first.clone(), second.clone()], &[]), "reserving");
    for intent in [first, second] {
        let record = fine(ledger.certificate(&intent.serial), "reading a certificate");
        assert_eq!(
            record,
            Some(CertificateRecord::new(intent)),
            "an intent comes back as it was given"
        );
    }
    let unknown = sample_intent("c@example.org").serial;
    assert_eq!(
        fine(ledger.certificate(&unknown), "reading an unknown certificate"),
        None
    );
}

pub(super) fn serials_are_unique(ledger: &dyn Ledger) {
    let first = sample_intent("a@example.org");
    fine(ledger.reserve(std::slice::from_ref(&first), &[]), "reserving");
    let mut same = sample_intent("b@example.org");
    same.serial = first.serial;
    let error = refused(ledger.reserve(&[same], &[]), "a serial on record");
    assert!(
        matches!(error, LedgerError::SerialExists { serial } if serial == first.serial),
        "{error}"
    );
    let (one, mut two) = (sample_intent("c@example.org"), sample_intent("d@example.org"));
    two.serial = one.serial;
    let error = refused(ledger.reserve(&[one, two], &[]), "a serial twice in a batch");
    assert!(matches!(error, LedgerError::SerialExists { .. }), "{error}");
}

pub(super) fn addresses_are_unique_per_class_and_usage(ledger: &dyn Ledger) {
    let first = sample_intent("a@example.org");
    fine(ledger.reserve(std::slice::from_ref(&first), &[]), "reserving");

    let mut same = sample_intent("other@example.org");
    same.emails.push("A@Example.org".to_owned());
    let error = refused(
        ledger.reserve(std::slice::from_ref(&same), &[]),
        "a live address, whatever the case",
    );
    let LedgerError::DuplicateAddress {
        email,
        existing,
        serial,
        status,
        ..
    } = error
    else {
        panic!("a duplicate address was refused for another reason: {error}");
    };
    assert_eq!(
        (email.as_str(), existing, serial),
        ("A@Example.org", first.serial, same.serial)
    );
    assert_eq!(
        status,
        Status::Pending,
        "the error says how the other certificate stands"
    );

    fine(
        ledger.record_issued(&[sample_issued(&first)], &[]),
        "recording a signature",
    );
    let error = refused(
        ledger.reserve(std::slice::from_ref(&same), &[]),
        "an address with a valid certificate",
    );
    assert!(
        matches!(
            error,
            LedgerError::DuplicateAddress {
                status: Status::Valid,
                ..
            }
        ),
        "{error}"
    );

    let mut other_class = sample_intent("a@example.org");
    other_class.class = class(2);
    fine(
        ledger.reserve(&[other_class], &[]),
        "another class of the same address",
    );
    let mut other_usage = sample_intent("a@example.org");
    other_usage.usage = CertificateUsage::Sign;
    fine(
        ledger.reserve(&[other_usage], &[]),
        "another usage of the same address",
    );
    let mut another = sample_intent("a@example.org");
    another.another = true;
    fine(ledger.reserve(&[another], &[]), "a second certificate on purpose");

    let twice = [
        sample_intent("twice@example.org"),
        sample_intent("twice@example.org"),
    ];
    let error = refused(ledger.reserve(&twice, &[]), "an address twice in a batch");
    assert!(matches!(error, LedgerError::DuplicateAddress { .. }), "{error}");
}

pub(super) fn an_address_is_free_again_after_its_certificate_ended(ledger: &dyn Ledger) {
    let first = sample_intent("a@example.org");
    fine(ledger.reserve(std::slice::from_ref(&first), &[]), "reserving");
    let given_up = Abandonment {
        serial: first.serial,
        reason: "signing failed".to_owned(),
        at: now(),
    };
    fine(ledger.abandon(&[given_up], &[]), "abandoning");
    let second = sample_intent("a@example.org");
    fine(
        ledger.reserve(std::slice::from_ref(&second), &[]),
        "an address whose intent was abandoned",
    );
    fine(
        ledger.record_issued(&[sample_issued(&second)], &[]),
        "recording a signature",
    );

    let mut last_second = sample_intent("a@example.org");
    last_second.acted_at = second.not_after;
    refused(
        ledger.reserve(&[last_second], &[]),
        "the last second of validity, which is inclusive,",
    );
    let mut later = sample_intent("a@example.org");
    later.acted_at = second.not_after + TimeDelta::seconds(1);
    later.not_after = later.acted_at + TimeDelta::days(1);
    fine(
        ledger.reserve(&[later], &[]),
        "an address whose certificate expired",
    );

    let forgotten = sample_intent("b@example.org");
    fine(ledger.reserve(std::slice::from_ref(&forgotten), &[]), "reserving");
    let mut later = sample_intent("b@example.org");
    later.acted_at = forgotten.not_after + TimeDelta::seconds(1);
    later.not_after = later.acted_at + TimeDelta::days(1);
    fine(
        ledger.reserve(&[later], &[]),
        "an address whose intent was never signed and is out of date",
    );
}

pub(super) fn a_batch_is_all_or_nothing(ledger: &dyn Ledger) {
    let (good, mut bad) = (sample_intent("a@example.org"), sample_intent("b@example.org"));
    bad.authority = "nobody-00000000".to_owned();
    let error = refused(
        ledger.reserve(&[good.clone(), bad], &[sample_event("batch")]),
        "an unknown CA",
    );
    assert!(matches!(error, LedgerError::UnknownAuthority { .. }), "{error}");
    assert_eq!(
        fine(ledger.certificate(&good.serial), "reading"),
        None,
        "half a batch was recorded"
    );
    fine(
        ledger.reserve(std::slice::from_ref(&good), &[]),
        "the good half alone",
    );

    let unknown = sample_issued(&sample_intent("c@example.org"));
    let error = refused(
        ledger.record_issued(&[sample_issued(&good), unknown], &[]),
        "an unknown serial",
    );
    assert!(matches!(error, LedgerError::UnknownSerial { .. }), "{error}");
    let record = fine(ledger.certificate(&good.serial), "reading");
    assert!(
        record.is_some_and(|r| r.issued.is_none()),
        "half a batch was recorded"
    );
}

pub(super) fn authorities_are_recorded_once(ledger: &dyn Ledger) {
    let mut other = sample_authority();
    other.id = "other-00000001".to_owned();
    let error = refused(
        ledger.add_authorities(&[other, sample_authority()], &[]),
        "a CA on record",
    );
    assert!(
        matches!(&error, LedgerError::AuthorityExists { id } if *id == sample_authority().id),
        "{error}"
    );
    assert_eq!(
        fine(ledger.authorities(), "reading the CAs"),
        vec![sample_authority()]
    );
}
