//! Archived keys.

use super::sample::{now, sample_event, sample_intent, sample_issued};
use super::{fine, refused};
use crate::ledger::{
    AgentName, ArchivedKey, KeyMark, Ledger, LedgerError, Revocation, RevocationReason, SealedKey,
    SerialNumber,
};

pub(super) fn a_key_is_archived_once(ledger: &dyn Ledger) {
    let intent = sample_intent("alice@example.org");
    let archived = sample(intent.serial, b"first");
    fine(ledger.reserve(std::slice::from_ref(&intent), &[]), "reserving");
    let error = refused(
        ledger.archive_keys(std::slice::from_ref(&archived), &[]),
        "archiving the key of a certificate that does not exist yet",
    );
    assert!(matches!(error, LedgerError::WrongState { .. }), "{error}");
    fine(ledger.record_issued(&[sample_issued(&intent)], &[]), "issuing");
    fine(
        ledger.archive_keys(std::slice::from_ref(&archived), &[sample_event("archived")]),
        "archiving",
    );
    // A run that was interrupted and is repeated.
    fine(
        ledger.archive_keys(&[sample(intent.serial, b"second")], &[]),
        "archiving again",
    );
    assert_eq!(
        fine(ledger.archived_keys(&[intent.serial]), "reading"),
        [archived]
    );

    let unknown = sample_intent("bob@example.org").serial;
    assert_eq!(fine(ledger.archived_keys(&[unknown]), "reading"), []);
    let error = refused(
        ledger.archive_keys(&[sample(unknown, b"")], &[]),
        "archiving the key of a certificate that is not on record",
    );
    assert!(matches!(error, LedgerError::UnknownSerial { .. }), "{error}");
}

pub(super) fn keys_are_marked_by_what_became_of_them(ledger: &dyn Ledger) {
    let key_ids: Vec<[u8; 20]> = (1..=4).map(|number| [number; 20]).collect();
    let mut serials = Vec::new();
    for (number, key_id) in key_ids.iter().take(3).enumerate() {
        let mut intent = sample_intent(&format!("u{number}@example.org"));
        intent.key_id = *key_id;
        fine(ledger.reserve(std::slice::from_ref(&intent), &[]), "reserving");
        fine(ledger.record_issued(&[sample_issued(&intent)], &[]), "issuing");
        serials.push(intent.serial);
    }
    let marks = || fine(ledger.key_marks(&key_ids), "looking up keys");
    assert_eq!(marks(), []);
    let [first, second, third] = serials.as_slice() else {
        return;
    };
    let revoke = |serial: &SerialNumber, reason| {
        let revocation = Revocation {
            serial: *serial,
            reason,
            at: now(),
            invalidity_date: None,
            recorded_at: now(),
        };
        fine(ledger.revoke(&[revocation], &[]), "revoking");
    };
    revoke(first, RevocationReason::KeyCompromise);
    revoke(second, RevocationReason::Superseded);
    fine(ledger.archive_keys(&[sample(*third, b"key")], &[]), "archiving");
    let mark = |key_id: [u8; 20], serial: &SerialNumber, compromised, archived| KeyMark {
        key_id,
        serial: *serial,
        compromised,
        archived,
    };
    let compromise = Some(RevocationReason::KeyCompromise);
    assert_eq!(
        marks(),
        [
            mark([1; 20], first, compromise, false),
            mark([3; 20], third, None, true)
        ]
    );
}

fn sample(serial: SerialNumber, message: &[u8]) -> ArchivedKey {
    let sealed = |together: bool, names: &[&str]| SealedKey {
        agents: names
            .iter()
            .map(|name| AgentName {
                subject: format!("CN={name}"),
                sha256: "00".repeat(32),
            })
            .collect(),
        together,
        message: message.to_vec(),
    };
    ArchivedKey {
        serial,
        sealed: vec![sealed(true, &["Ann", "Ben"]), sealed(false, &["Cem"])],
        at: now(),
    }
}
