//! Archived keys.

use super::sample::{now, sample_event, sample_intent, sample_issued};
use super::{fine, refused};
use crate::ledger::{AgentName, ArchivedKey, Ledger, LedgerError, SealedKey, SerialNumber};

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
