//! What becomes of an intent.

use super::sample::{now, sample_intent, sample_issued};
use super::{fine, refused};
use crate::ledger::{
    Abandonment, CertificateRecord, Collection, Intent, Ledger, LedgerError, Revocation, RevocationReason,
    Status,
};
use chrono::TimeDelta;

pub(super) fn an_intent_becomes_a_certificate_once(ledger: &dyn Ledger) {
    let intent = reserved(ledger, "a@example.org");
    let issued = sample_issued(&intent);
    fine(
        ledger.record_issued(std::slice::from_ref(&issued), &[]),
        "recording a signature",
    );
    let record = read(ledger, &intent);
    assert_eq!(record.issued.as_ref(), Some(&issued));
    assert_eq!(
        record.intent, intent,
        "recording a signature changes nothing else"
    );
    for (moment, status) in [
        (intent.not_before - TimeDelta::seconds(1), Status::NotYetValid),
        (intent.not_before, Status::Valid),
        (intent.not_after, Status::Valid),
        (intent.not_after + TimeDelta::seconds(1), Status::Expired),
    ] {
        assert_eq!(record.status(moment), status, "at {moment}");
    }
    let mut other = issued.clone();
    other.certificate.push(0);
    let error = refused(
        ledger.record_issued(&[other], &[]),
        "a second signature under one serial",
    );
    assert!(
        matches!(error, LedgerError::WrongState { state: "issued", .. }),
        "{error}"
    );
    assert_eq!(
        read(ledger, &intent).issued,
        Some(issued),
        "the first signature stays"
    );

    let twice = reserved(ledger, "b@example.org");
    let both = [sample_issued(&twice), sample_issued(&twice)];
    refused(
        ledger.record_issued(&both, &[]),
        "two signatures under one serial in one batch",
    );
    assert!(read(ledger, &twice).issued.is_none());
}

pub(super) fn an_intent_can_be_abandoned(ledger: &dyn Ledger) {
    let intent = reserved(ledger, "a@example.org");
    let end = Abandonment {
        serial: intent.serial,
        reason: "lint: e_subject".to_owned(),
        at: now(),
    };
    fine(ledger.abandon(std::slice::from_ref(&end), &[]), "abandoning");
    let record = read(ledger, &intent);
    assert_eq!(record.abandoned.as_ref(), Some(&end));
    assert_eq!(record.status(now()), Status::Abandoned);
    let error = refused(
        ledger.record_issued(&[sample_issued(&intent)], &[]),
        "signing an abandoned intent",
    );
    assert!(
        matches!(
            error,
            LedgerError::WrongState {
                state: "abandoned",
                ..
            }
        ),
        "{error}"
    );
    refused(ledger.abandon(&[end], &[]), "abandoning twice");

    let signed = issued(ledger, "b@example.org");
    let late = Abandonment {
        serial: signed.serial,
        reason: "late".to_owned(),
        at: now(),
    };
    refused(
        ledger.abandon(&[late], &[]),
        "abandoning a certificate that exists",
    );
}

pub(super) fn collection_is_marked_once(ledger: &dyn Ledger) {
    let intent = reserved(ledger, "a@example.org");
    let mark = Collection {
        serial: intent.serial,
        at: now(),
    };
    refused(
        ledger.mark_collected(std::slice::from_ref(&mark), &[]),
        "handing out what is not signed",
    );
    fine(
        ledger.record_issued(&[sample_issued(&intent)], &[]),
        "recording a signature",
    );
    fine(ledger.mark_collected(&[mark], &[]), "marking as handed out");
    let later = Collection {
        serial: intent.serial,
        at: now() + TimeDelta::hours(1),
    };
    fine(ledger.mark_collected(&[later], &[]), "marking again");
    assert_eq!(
        read(ledger, &intent).collected_at,
        Some(now()),
        "the first mark stays"
    );
}

pub(super) fn revocation_is_final_but_for_a_hold(ledger: &dyn Ledger) {
    let pending = reserved(ledger, "p@example.org");
    let revocation = |intent: &Intent, reason| Revocation {
        serial: intent.serial,
        reason,
        at: now() + TimeDelta::hours(2),
        invalidity_date: Some(now() - TimeDelta::days(2)),
        recorded_at: now(),
    };
    refused(
        ledger.revoke(&[revocation(&pending, RevocationReason::Superseded)], &[]),
        "revoking an intent",
    );

    let intent = issued(ledger, "a@example.org");
    let hold = revocation(&intent, RevocationReason::CertificateHold);
    fine(ledger.revoke(std::slice::from_ref(&hold), &[]), "a hold");
    refused(
        ledger.revoke(std::slice::from_ref(&hold), &[]),
        "a hold on a hold",
    );
    let record = read(ledger, &intent);
    assert_eq!(
        record.status(now()),
        Status::Valid,
        "a revocation counts from its moment on"
    );
    assert_eq!(record.status(hold.at), Status::Held);
    let last = revocation(&intent, RevocationReason::KeyCompromise);
    fine(
        ledger.revoke(std::slice::from_ref(&last), &[]),
        "revoking a held certificate",
    );
    assert_eq!(read(ledger, &intent).status(last.at), Status::Revoked);
    let again = revocation(&intent, RevocationReason::Superseded);
    let error = refused(ledger.revoke(&[again], &[]), "revoking twice");
    assert!(
        matches!(error, LedgerError::WrongState { state: "revoked", .. }),
        "{error}"
    );
    assert_eq!(
        read(ledger, &intent).revocation,
        Some(last),
        "the first revocation stays"
    );

    let mut next = sample_intent("a@example.org");
    next.acted_at = now() + TimeDelta::hours(3);
    fine(
        ledger.reserve(&[next], &[]),
        "an address whose certificate is revoked",
    );
}

pub(super) fn unfinished_work_is_reported(ledger: &dyn Ledger) {
    let pending = reserved(ledger, "pending@example.org");
    let signed = issued(ledger, "signed@example.org");
    let abandoned = reserved(ledger, "abandoned@example.org");
    let end = Abandonment {
        serial: abandoned.serial,
        reason: String::new(),
        at: now(),
    };
    fine(ledger.abandon(&[end], &[]), "abandoning");
    let done = issued(ledger, "done@example.org");
    fine(
        ledger.mark_collected(
            &[Collection {
                serial: done.serial,
                at: now(),
            }],
            &[],
        ),
        "marking",
    );
    let unfinished = fine(ledger.unfinished(), "reading unfinished work");
    let serials: Vec<_> = unfinished.iter().map(|record| *record.serial()).collect();
    assert_eq!(
        serials,
        [pending.serial, signed.serial],
        "pending and never collected, oldest first"
    );
}

fn reserved(ledger: &dyn Ledger, email: &str) -> Intent {
    let intent = sample_intent(email);
    fine(ledger.reserve(std::slice::from_ref(&intent), &[]), "reserving");
    intent
}

fn issued(ledger: &dyn Ledger, email: &str) -> Intent {
    let intent = reserved(ledger, email);
    fine(
        ledger.record_issued(&[sample_issued(&intent)], &[]),
        "recording a signature",
    );
    intent
}

fn read(ledger: &dyn Ledger, intent: &Intent) -> CertificateRecord {
    match fine(ledger.certificate(&intent.serial), "reading a certificate") {
        Some(record) => record,
        None => panic!("a recorded certificate is not found"),
    }
}
