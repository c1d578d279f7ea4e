//! The certificates of OCSP responders, and what responders ask.

use super::sample::{now, sample_authority, sample_event, sample_intent, sample_issued};
use super::{fine, refused};
use crate::ledger::{
    CertificateFilter, IssuedRecord, Ledger, LedgerError, ResponderIntent, Revocation, RevocationReason,
    SerialNumber, Standing,
};

pub(super) fn a_responder_is_recorded_before_it_is_signed(ledger: &dyn Ledger) {
    let (first, second) = (sample("a"), sample("b"));
    for intent in [&first, &second] {
        let event = sample_event("responder");
        fine(ledger.reserve_responder(intent, &[event]), "reserving");
    }
    let authority = sample_authority().id;
    assert_eq!(fine(ledger.responders(&authority), "listing"), []);
    assert_eq!(
        fine(ledger.standing(&authority, &first.serial), "asking"),
        None,
        "it is not signed"
    );
    for intent in [&first, &second] {
        fine(ledger.record_responder(&signed(intent), &[]), "recording");
    }
    let listed = fine(ledger.responders(&authority), "listing");
    let serials: Vec<SerialNumber> = listed.iter().map(|responder| responder.serial).collect();
    assert_eq!(serials, [second.serial, first.serial], "the newest first");
    assert_eq!(
        listed.last().map(|r| (&r.certificate, r.key_id)),
        Some((&signed(&first).certificate, first.key_id))
    );
    assert_eq!(fine(ledger.responders("other-ca"), "listing"), []);
    let standing = fine(ledger.standing(&authority, &first.serial), "asking");
    assert_eq!(standing, Some(Standing { revocation: None }));

    let error = refused(
        ledger.record_responder(&signed(&first), &[]),
        "a second signature",
    );
    assert!(matches!(error, LedgerError::WrongState { .. }), "{error}");
    let error = refused(
        ledger.record_responder(&signed(&sample("c")), &[]),
        "an unknown serial",
    );
    assert!(matches!(error, LedgerError::UnknownSerial { .. }), "{error}");
    let people = ledger.list(&CertificateFilter::default(), now());
    assert_eq!(fine(people, "listing people"), [], "a responder is no person");
}

pub(super) fn responders_share_no_serial(ledger: &dyn Ledger) {
    let person = sample_intent("a@example.org");
    fine(ledger.reserve(std::slice::from_ref(&person), &[]), "reserving");
    let mut responder = sample("a");
    fine(ledger.reserve_responder(&responder, &[]), "reserving");
    let again = refused(ledger.reserve_responder(&responder, &[]), "the same serial again");
    assert!(matches!(again, LedgerError::SerialExists { .. }), "{again}");
    let mut other = sample_intent("b@example.org");
    other.serial = responder.serial;
    let taken = refused(ledger.reserve(&[other], &[]), "a responder's serial");
    assert!(matches!(taken, LedgerError::SerialExists { .. }), "{taken}");
    responder.serial = person.serial;
    let taken = refused(ledger.reserve_responder(&responder, &[]), "a person's serial");
    assert!(matches!(taken, LedgerError::SerialExists { .. }), "{taken}");
    let mut stray = sample("c");
    stray.authority = "other-ca".to_owned();
    let unknown = refused(ledger.reserve_responder(&stray, &[]), "an unknown authority");
    assert!(
        matches!(unknown, LedgerError::UnknownAuthority { .. }),
        "{unknown}"
    );
}

pub(super) fn a_standing_is_that_of_the_issuer(ledger: &dyn Ledger) {
    let intent = sample_intent("a@example.org");
    let (serial, authority) = (intent.serial, sample_authority().id);
    let standing = |issuer: &str| fine(ledger.standing(issuer, &serial), "asking");
    assert_eq!(standing(&authority), None, "it was never heard of");
    fine(ledger.reserve(std::slice::from_ref(&intent), &[]), "reserving");
    assert_eq!(standing(&authority), None, "it is not signed");
    fine(
        ledger.record_issued(&[sample_issued(&intent)], &[]),
        "recording a signature",
    );
    assert_eq!(standing(&authority), Some(Standing { revocation: None }));
    assert_eq!(standing("other-ca"), None, "another CA issued it");
    let revocation = Revocation {
        serial,
        reason: RevocationReason::KeyCompromise,
        at: now(),
        invalidity_date: Some(now()),
        recorded_at: now(),
    };
    fine(ledger.revoke(std::slice::from_ref(&revocation), &[]), "revoking");
    let revocation = Some(revocation);
    assert_eq!(standing(&authority), Some(Standing { revocation }));
}

fn sample(mark: &str) -> ResponderIntent {
    let like = sample_intent(mark);
    ResponderIntent {
        serial: like.serial,
        authority: like.authority,
        key_id: like.key_id,
        tbs: like.tbs,
        created_at: like.created_at,
        acted_at: like.acted_at,
    }
}

fn signed(intent: &ResponderIntent) -> IssuedRecord {
    IssuedRecord {
        serial: intent.serial,
        certificate: [intent.tbs.as_slice(), intent.serial.as_bytes()].concat(),
        sha256: [1; 32],
        at: now(),
    }
}
