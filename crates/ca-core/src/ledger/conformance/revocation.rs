//! Revocations, releases and the numbers of CRLs.

use super::sample::{now, sample_authority, sample_event, sample_intent, sample_issued};
use super::{fine, refused};
use crate::ledger::{
    AuthorityRecord, AuthorityRevocation, CrlIntent, CrlRecord, CrlSignature, DeltaBase, DeltaIntent, Intent,
    Ledger, LedgerError, Release, Revocation, RevocationQuery, RevocationReason, RevokedEntry, SerialNumber,
    Status,
};
use chrono::TimeDelta;

pub(super) fn a_hold_can_be_released(ledger: &dyn Ledger) {
    let intent = issued(ledger, "a@example.org");
    let release = Release {
        serial: intent.serial,
        at: now() + TimeDelta::hours(1),
        recorded_at: now(),
    };
    let error = refused(
        ledger.release(std::slice::from_ref(&release), &[]),
        "releasing what is not on hold",
    );
    assert!(
        matches!(error, LedgerError::WrongState { state: "issued", .. }),
        "{error}"
    );
    let hold = revocation(&intent.serial, RevocationReason::CertificateHold);
    fine(ledger.revoke(std::slice::from_ref(&hold), &[]), "a hold");
    assert_eq!(in_force(ledger, &intent.serial), Some(hold));
    fine(ledger.release(std::slice::from_ref(&release), &[]), "a release");
    assert_eq!(in_force(ledger, &intent.serial), None);
    let record = fine(ledger.certificate(&intent.serial), "reading");
    let status = record.map(|record| record.status(now() + TimeDelta::hours(3)));
    assert_eq!(status, Some(Status::Valid));
    refused(ledger.release(&[release], &[]), "releasing twice");
    let last = revocation(&intent.serial, RevocationReason::Superseded);
    fine(
        ledger.revoke(std::slice::from_ref(&last), &[]),
        "revoking after a release",
    );
    assert_eq!(in_force(ledger, &intent.serial), Some(last));
}

pub(super) fn changes_can_be_read_as_of_any_of_them(ledger: &dyn Ledger) {
    let issuer = sample_authority().id;
    assert_eq!(fine(ledger.last_revocation_change(&issuer), "counting"), 0);
    let [first, second, third] =
        ["a@example.org", "b@example.org", "c@example.org"].map(|email| issued(ledger, email));
    let revoke = |intent: &Intent, reason| {
        let revocation = revocation(&intent.serial, reason);
        fine(ledger.revoke(&[revocation], &[]), "revoking");
    };
    revoke(&first, RevocationReason::KeyCompromise);
    revoke(&second, RevocationReason::CertificateHold);
    revoke(&third, RevocationReason::CertificateHold);
    let release = Release {
        serial: second.serial,
        at: now() + TimeDelta::hours(4),
        recorded_at: now(),
    };
    fine(ledger.release(&[release], &[]), "a release");
    revoke(&third, RevocationReason::Superseded);
    assert_eq!(fine(ledger.last_revocation_change(&issuer), "counting"), 5);

    let hold = Some(RevocationReason::CertificateHold);
    let compromise = Some(RevocationReason::KeyCompromise);
    let superseded = Some(RevocationReason::Superseded);
    let all = [
        (1, first.serial, compromise),
        (2, second.serial, hold),
        (3, third.serial, hold),
    ];
    assert_eq!(visited(ledger, 3, None), all, "what came later does not show");
    let last = [(1, first.serial, compromise), (5, third.serial, superseded)];
    assert_eq!(visited(ledger, 5, None), last);
    assert_eq!(
        visited(ledger, u64::MAX, None),
        last,
        "nothing came after the last"
    );
    let since = [(4, second.serial, None), (5, third.serial, superseded)];
    assert_eq!(visited(ledger, 5, Some(1)), since);
    assert_eq!(visited(ledger, 4, Some(3)), [(4, second.serial, None)]);
    assert_eq!(visited(ledger, 5, Some(5)), []);

    let mut entries = Vec::new();
    let query = RevocationQuery {
        issuer: &issuer,
        upto: 1,
        after: None,
    };
    fine(
        ledger.visit_revocations(&query, &mut |entry| entries.push(entry)),
        "visiting",
    );
    let given = revocation(&first.serial, RevocationReason::KeyCompromise);
    assert_eq!(
        entries,
        [RevokedEntry {
            change: 1,
            serial: first.serial,
            reason: compromise,
            at: given.at,
            invalidity_date: given.invalidity_date,
            not_after: first.not_after,
        }]
    );
    let unknown = RevocationQuery {
        issuer: "nobody-00000000",
        ..query
    };
    refused(
        ledger.visit_revocations(&unknown, &mut |_| {}),
        "an unknown issuer",
    );
    refused(
        ledger.last_revocation_change("nobody-00000000"),
        "an unknown issuer",
    );
}

pub(super) fn a_batch_of_revocations_is_all_or_nothing(ledger: &dyn Ledger) {
    let one = issued(ledger, "a@example.org");
    let unknown = sample_intent("b@example.org");
    let batch =
        [&one.serial, &unknown.serial].map(|serial| revocation(serial, RevocationReason::KeyCompromise));
    refused(ledger.revoke(&batch, &[]), "a batch with an unknown serial");
    assert_eq!(in_force(ledger, &one.serial), None);
    assert_eq!(visited(ledger, u64::MAX, None), []);
}

pub(super) fn certificates_of_authorities_can_be_revoked(ledger: &dyn Ledger) {
    let root = AuthorityRecord {
        id: "sample-root-ffffffff".to_owned(),
        issuer: None,
        ..sample_authority()
    };
    fine(ledger.add_authorities(std::slice::from_ref(&root), &[]), "a root");
    let serial = sample_intent("").serial;
    let revoke = |issuer: &str, reason| {
        let one = AuthorityRevocation {
            issuer: issuer.to_owned(),
            not_after: now() + TimeDelta::days(900),
            revocation: revocation(&serial, reason),
        };
        ledger.revoke_authorities(&[one], &[sample_event("ca")])
    };
    let error = refused(
        revoke("nobody-00000000", RevocationReason::CaCompromise),
        "an unknown issuer",
    );
    assert!(matches!(error, LedgerError::UnknownAuthority { .. }), "{error}");
    fine(revoke(&root.id, RevocationReason::CertificateHold), "a hold");
    refused(
        revoke(&root.id, RevocationReason::CertificateHold),
        "a hold on a hold",
    );
    fine(revoke(&root.id, RevocationReason::CaCompromise), "a revocation");
    let error = refused(
        revoke(&root.id, RevocationReason::Superseded),
        "a second revocation",
    );
    assert!(
        matches!(error, LedgerError::WrongState { state: "revoked", .. }),
        "{error}"
    );
    let found = fine(ledger.revocation(&root.id, &serial), "looking up");
    assert_eq!(
        found,
        Some(revocation(&serial, RevocationReason::CaCompromise)),
        "the first revocation stays"
    );
    assert_eq!(
        in_force(ledger, &serial),
        None,
        "a serial counts under its issuer alone"
    );
    assert_eq!(fine(ledger.last_revocation_change(&root.id), "counting"), 2);
}

pub(super) fn numbers_that_were_published_are_given_up(ledger: &dyn Ledger) {
    let first = reserve(ledger, None);
    let authority = first.intent.authority.clone();
    fine(ledger.skip_crl_numbers(&authority, 41, now(), &[]), "skipping");
    fine(
        ledger.skip_crl_numbers(&authority, 7, now(), &[]),
        "skipping less",
    );
    assert_eq!(reserve(ledger, None).number, 42);
    assert_eq!(fine(ledger.crls(&authority, 9), "listing"), [], "none is signed");
    let error = refused(ledger.skip_crl_numbers("other-ca", 3, now(), &[]), "a stranger's");
    assert!(matches!(error, LedgerError::UnknownAuthority { .. }), "{error}");
}

pub(super) fn no_crl_number_is_used_twice(ledger: &dyn Ledger) {
    let first = reserve(ledger, None);
    let second = reserve(ledger, None);
    assert_eq!((first.number, second.number), (1, 2));
    assert!(
        fine(ledger.crls(&first.intent.authority, 9), "listing").is_empty(),
        "none is signed"
    );
    fine(ledger.record_crl(&signature(&second), &[]), "signing");
    let error = refused(ledger.record_crl(&signature(&second), &[]), "signing twice");
    assert!(
        matches!(error, LedgerError::UnknownCrl { number: 2, .. }),
        "{error}"
    );
    let delta = DeltaIntent {
        base: Some(DeltaBase { number: 2, upto: 0 }),
        next_update: now() + TimeDelta::days(1),
    };
    let third = reserve(ledger, Some(delta));
    let mut unknown = signature(&third);
    unknown.number = 4;
    refused(
        ledger.record_crl(&unknown, &[]),
        "signing what was never reserved",
    );
    let mut with_delta = signature(&third);
    with_delta.delta_sha256 = Some([4; 32]);
    fine(ledger.record_crl(&with_delta, &[]), "signing");
    let signed = fine(ledger.crls(&first.intent.authority, 9), "listing");
    let expected = [
        CrlRecord {
            signature: Some(with_delta),
            ..third
        },
        CrlRecord {
            signature: Some(signature(&second)),
            ..second
        },
    ];
    assert_eq!(signed, expected, "the newest first, as recorded");
    assert_eq!(fine(ledger.crls(&first.intent.authority, 1), "listing").len(), 1);
}

pub(super) fn a_crl_notes_what_it_takes_into_account(ledger: &dyn Ledger) {
    assert_eq!(reserve(ledger, None).upto, 0);
    let intent = issued(ledger, "a@example.org");
    let revoked = revocation(&intent.serial, RevocationReason::Superseded);
    fine(ledger.revoke(&[revoked], &[]), "revoking");
    assert_eq!(reserve(ledger, None).upto, 1);
    let mut unknown = crl_intent(None);
    unknown.authority = "nobody-00000000".to_owned();
    refused(ledger.reserve_crl(&unknown, &[]), "an unknown authority");
}

pub(super) fn concurrent_crls_get_numbers_of_their_own(ledger: &dyn Ledger) {
    let mut numbers: Vec<u64> = std::thread::scope(|scope| {
        let reserve = || {
            let several = (0..8).map(|_| reserve(ledger, None).number);
            several.collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(reserve)).collect();
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(numbers) => numbers,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=32).collect::<Vec<_>>());
}

pub(super) fn only_what_has_not_come_can_be_brought_forward(ledger: &dyn Ledger) {
    let one = issued(ledger, "a@example.org");
    let at = |hours: i64, reason| Revocation {
        at: now() + TimeDelta::hours(hours),
        ..revocation(&one.serial, reason)
    };
    let revoke = |revoked: Revocation| ledger.revoke(&[revoked], &[]);
    use RevocationReason::{CertificateHold, KeyCompromise, Superseded};
    fine(revoke(at(9, Superseded)), "a revocation to come");
    refused(revoke(at(10, KeyCompromise)), "a later one");
    refused(revoke(at(9, KeyCompromise)), "one at the same moment");
    refused(revoke(at(2, CertificateHold)), "a hold after a revocation");
    fine(revoke(at(2, KeyCompromise)), "an earlier one");
    assert_eq!(in_force(ledger, &one.serial), Some(at(2, KeyCompromise)));
    fine(revoke(at(-1, KeyCompromise)), "one that has come");
    refused(revoke(at(-2, Superseded)), "an earlier one, too late");
    assert_eq!(in_force(ledger, &one.serial), Some(at(-1, KeyCompromise)));
    let record = fine(ledger.certificate(&one.serial), "looking up");
    assert_eq!(
        record.and_then(|record| record.revocation),
        Some(at(-1, KeyCompromise))
    );
}

fn revocation(serial: &SerialNumber, reason: RevocationReason) -> Revocation {
    Revocation {
        serial: *serial,
        reason,
        at: now() + TimeDelta::hours(2),
        invalidity_date: Some(now() - TimeDelta::days(1)),
        recorded_at: now(),
    }
}

fn issued(ledger: &dyn Ledger, email: &str) -> Intent {
    let intent = sample_intent(email);
    fine(ledger.reserve(std::slice::from_ref(&intent), &[]), "reserving");
    fine(ledger.record_issued(&[sample_issued(&intent)], &[]), "signing");
    intent
}

fn in_force(ledger: &dyn Ledger, serial: &SerialNumber) -> Option<Revocation> {
    fine(ledger.revocation(&sample_authority().id, serial), "looking up")
}

fn visited(
    ledger: &dyn Ledger,
    upto: u64,
    after: Option<u64>,
) -> Vec<(u64, SerialNumber, Option<RevocationReason>)> {
    let mut found = Vec::new();
    let issuer = &sample_authority().id;
    let query = RevocationQuery { issuer, upto, after };
    let mut keep = |entry: RevokedEntry| found.push((entry.change, entry.serial, entry.reason));
    fine(ledger.visit_revocations(&query, &mut keep), "visiting");
    found
}

fn crl_intent(delta: Option<DeltaIntent>) -> CrlIntent {
    CrlIntent {
        authority: sample_authority().id,
        this_update: now(),
        next_update: now() + TimeDelta::days(7),
        delta,
        created_at: now(),
    }
}

fn reserve(ledger: &dyn Ledger, delta: Option<DeltaIntent>) -> CrlRecord {
    fine(ledger.reserve_crl(&crl_intent(delta), &[]), "reserving a number")
}

fn signature(crl: &CrlRecord) -> CrlSignature {
    CrlSignature {
        authority: crl.intent.authority.clone(),
        number: crl.number,
        entries: 3,
        sha256: [9; 32],
        delta_sha256: None,
        at: now(),
    }
}
