//! Listing certificates.

use super::sample::{class, now, sample_intent, sample_issued};
use super::{fine, refused};
use crate::ledger::{Abandonment, CertificateFilter, Intent, Ledger, LedgerError, SerialNumber, Status};
use chrono::TimeDelta;

pub(super) fn the_newest_comes_first_in_pages(ledger: &dyn Ledger) {
    let intents: Vec<Intent> = (0..5)
        .map(|n| sample_intent(&format!("u{n}@example.org")))
        .collect();
    fine(ledger.reserve(&intents[..3], &[]), "reserving");
    fine(ledger.reserve(&intents[3..], &[]), "reserving");
    let newest_first: Vec<SerialNumber> = intents.iter().rev().map(|i| i.serial).collect();
    assert_eq!(serials(ledger, &CertificateFilter::default()), newest_first);
    let page = CertificateFilter {
        limit: Some(2),
        ..CertificateFilter::default()
    };
    assert_eq!(serials(ledger, &page), newest_first[..2]);
    let next = CertificateFilter {
        after: Some(newest_first[1]),
        ..page
    };
    assert_eq!(serials(ledger, &next), newest_first[2..4]);
}

pub(super) fn people_are_told_from_the_authority_itself(ledger: &dyn Ledger) {
    let person = sample_intent("a@example.org");
    let mut own = sample_intent("ca@example.org");
    own.own_mail = true;
    fine(ledger.reserve(&[person.clone(), own.clone()], &[]), "reserving");
    let everything = CertificateFilter::default();
    assert_eq!(serials(ledger, &everything), [own.serial, person.serial]);
    let people = CertificateFilter {
        people_only: true,
        ..everything
    };
    assert_eq!(serials(ledger, &people), [person.serial]);
}

pub(super) fn filters_combine(ledger: &dyn Ledger) {
    let mut other = sample_intent("b@example.org");
    other.class = class(2);
    other.name = "Bob 100% Under_score".to_owned();
    other.not_after = other.not_before + TimeDelta::days(10);
    let (first, pending) = (sample_intent("a@example.org"), sample_intent("p@example.org"));
    let given_up = sample_intent("x@example.org");
    let all = [first.clone(), other.clone(), pending.clone(), given_up.clone()];
    fine(ledger.reserve(&all, &[]), "reserving");
    fine(
        ledger.record_issued(&[sample_issued(&first), sample_issued(&other)], &[]),
        "recording signatures",
    );
    let end = Abandonment {
        serial: given_up.serial,
        reason: "no".to_owned(),
        at: now(),
    };
    fine(ledger.abandon(&[end], &[]), "abandoning");

    let any = CertificateFilter::default;
    for (what, filter, expected) in [
        (
            "everything but the abandoned",
            any(),
            vec![pending.serial, other.serial, first.serial],
        ),
        (
            "abandoned",
            CertificateFilter {
                status: Some(Status::Abandoned),
                ..any()
            },
            vec![given_up.serial],
        ),
        (
            "pending",
            CertificateFilter {
                status: Some(Status::Pending),
                ..any()
            },
            vec![pending.serial],
        ),
        (
            "valid",
            CertificateFilter {
                status: Some(Status::Valid),
                ..any()
            },
            vec![other.serial, first.serial],
        ),
        (
            "expired",
            CertificateFilter {
                status: Some(Status::Expired),
                ..any()
            },
            vec![],
        ),
        (
            "email",
            CertificateFilter {
                email: Some("A@EXAMPLE.org".to_owned()),
                ..any()
            },
            vec![first.serial],
        ),
        (
            "class",
            CertificateFilter {
                class: Some(class(2)),
                ..any()
            },
            vec![other.serial],
        ),
        (
            "name",
            CertificateFilter {
                name_prefix: Some("bob 100%".to_owned()),
                ..any()
            },
            vec![other.serial],
        ),
        (
            "name with a joker",
            CertificateFilter {
                name_prefix: Some("B%".to_owned()),
                ..any()
            },
            vec![],
        ),
        (
            "name with another",
            CertificateFilter {
                name_prefix: Some("Bo_".to_owned()),
                ..any()
            },
            vec![],
        ),
        (
            "accented name",
            CertificateFilter {
                name_prefix: Some("ZOÉ".to_owned()),
                status: Some(Status::Valid),
                ..any()
            },
            vec![first.serial],
        ),
        (
            "key",
            CertificateFilter {
                key_id: Some(first.key_id),
                ..any()
            },
            vec![first.serial],
        ),
        (
            "expiring",
            CertificateFilter {
                expires_by: Some(now() + TimeDelta::days(30)),
                ..any()
            },
            vec![other.serial],
        ),
        (
            "nothing at all",
            CertificateFilter {
                limit: Some(0),
                ..any()
            },
            vec![],
        ),
        (
            "both of two conditions",
            CertificateFilter {
                email: Some("a@example.org".to_owned()),
                class: Some(class(2)),
                ..any()
            },
            vec![],
        ),
    ] {
        assert_eq!(serials(ledger, &filter), expected, "{what}");
    }
}

pub(super) fn an_unknown_page_mark_is_refused(ledger: &dyn Ledger) {
    let unknown = sample_intent("a@example.org").serial;
    let filter = CertificateFilter {
        after: Some(unknown),
        ..CertificateFilter::default()
    };
    let error = refused(ledger.list(&filter, now()), "a page after an unknown serial");
    assert!(
        matches!(error, LedgerError::UnknownSerial { serial } if serial == unknown),
        "{error}"
    );
}

fn serials(ledger: &dyn Ledger, filter: &CertificateFilter) -> Vec<SerialNumber> {
    fine(ledger.list(filter, now()), "listing")
        .iter()
        .map(|record| *record.serial())
        .collect()
}
