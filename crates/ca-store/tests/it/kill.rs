//! A process killed at each step: what it leaves is whole or cleared away.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use ca_core::audit::verify_chain;
use ca_core::ledger::conformance::{sample_authority, sample_event, sample_intent, sample_issued};
use ca_core::ledger::{CertificateFilter, Collection, Ledger, LedgerError};
use ca_store::{CaDirectory, DirectoryState, NewCaDirectory, StagedKey, StoreUrl};

use crate::directory::{fill, tree};
use crate::support::{born, child, key, part, passphrase};

/// SIGABRT, by which a process ends at a fail point.
const ABORTED: i32 = 6;

const INIT_STEPS: [&str; 11] = [
    "init.marked",
    "init.begun",
    "init.ledger-created",
    "atomic.written",
    "atomic.written:4",
    "init.root-key-noted",
    "init.root-key-saved",
    "init.key-saved",
    "init.version-written",
    "init.ledger-moved",
    "init.unmarked",
];

#[test]
fn a_killed_init_is_started_anew() {
    if let Some((_, directory)) = part() {
        let stick = directory.join("stick");
        let new = NewCaDirectory::begin(&directory.join("ca"), None, Some(&stick), born()).unwrap();
        fill(&new).unwrap();
        new.commit().unwrap();
        return;
    }
    const TEST: &str = "kill::a_killed_init_is_started_anew";
    for step in INIT_STEPS {
        let temporary = tempfile::tempdir().unwrap();
        let ca = temporary.path().join("ca");
        let store = StoreUrl::default_in(&ca);
        let killed = child(TEST, "init", temporary.path(), Some(step));
        assert_eq!(killed.status.signal(), Some(ABORTED), "{step}: {killed:?}");
        match CaDirectory::state(&ca, &store).unwrap() {
            DirectoryState::Initialised => {
                assert!(["init.ledger-moved", "init.unmarked"].contains(&step));
                let before = tree(&temporary.path().join("stick"));
                assert!(!child(TEST, "init", temporary.path(), None).status.success());
                assert_eq!(tree(&temporary.path().join("stick")), before);
            }
            state => {
                assert!(matches!(state, DirectoryState::Interrupted), "{step}: {state:?}");
                assert!(CaDirectory::open(&ca, None).is_err(), "{step}");
                let again = child(TEST, "init", temporary.path(), None);
                assert!(again.status.success(), "{step}: {again:?}");
            }
        }
        let opened = CaDirectory::open(&ca, None).unwrap();
        opened.ledger().unwrap();
        let files: Vec<String> = tree(temporary.path())
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !name.contains("ca.db-"))
            .collect();
        let expected = [
            "ca/ca.db",
            "ca/certs/class-1-00000002.pem",
            "ca/certs/root-00000001.pem",
            "ca/keys/class-1-00000002.key",
            "ca/policies/class-1.yaml",
            "ca/policies/root.yaml",
            "ca/root-dir",
            "ca/unlock",
            "ca/version",
            "stick/root-00000001.key",
        ];
        assert_eq!(files, expected, "{step}");
    }
}

#[test]
fn a_complete_ca_is_never_cleared_away() {
    const TEST: &str = "kill::a_complete_ca_is_never_cleared_away";
    let store = |directory: &Path| StoreUrl::Sqlite(directory.join("elsewhere.db"));
    if let Some((_, directory)) = part() {
        let new =
            NewCaDirectory::begin(&directory.join("ca"), Some(store(&directory)), None, born()).unwrap();
        fill(&new).unwrap();
        new.commit().unwrap();
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let ca = temporary.path().join("ca");
    let other = temporary.path().join("other.db");
    fs::write(&other, "another database").unwrap();

    // Not complete: another database that happens to exist does not make it so.
    let killed = child(TEST, "init", temporary.path(), Some("init.version-written"));
    assert_eq!(killed.status.signal(), Some(ABORTED), "{killed:?}");
    let state = CaDirectory::state(&ca, &StoreUrl::Sqlite(other)).unwrap();
    assert_eq!(state, DirectoryState::Interrupted);

    // Complete: an init that looks for the ledger in the usual place must not take it for remains.
    let killed = child(TEST, "init", temporary.path(), Some("init.ledger-moved"));
    assert_eq!(killed.status.signal(), Some(ABORTED), "{killed:?}");
    let before = tree(&ca);
    assert!(NewCaDirectory::begin(&ca, None, None, born()).is_err());
    assert_eq!(tree(&ca), before);
    CaDirectory::open(&ca, Some(store(temporary.path())))
        .unwrap()
        .ledger()
        .unwrap();
    assert!(!ca.join("init-pending").exists());
}

/// The steps of an issuance, and whether the ledger knows the certificate if it ends there: not at
/// all, as intended, as signed, or as handed out.
const ISSUE_STEPS: [(&str, [bool; 3]); 12] = [
    ("staging.noted", [false, false, false]),
    ("atomic.written:2", [false, false, false]),
    ("staging.created", [false, false, false]),
    ("ledger.reserve.uncommitted", [false, false, false]),
    ("ledger.reserve.committed", [true, false, false]),
    ("ledger.issued.uncommitted", [true, false, false]),
    ("ledger.issued.committed", [true, true, false]),
    ("atomic.written:3", [true, true, false]),
    ("ledger.collected.uncommitted", [true, true, false]),
    ("ledger.collected.committed", [true, true, true]),
    ("staging.remove", [true, true, true]),
    ("staging.removed", [true, true, true]),
];

#[test]
fn a_killed_issuance_is_on_record_with_its_key() {
    const TEST: &str = "kill::a_killed_issuance_is_on_record_with_its_key";
    const ADDRESS: &str = "alice@example.org";
    if let Some((_, directory)) = part() {
        let ca = CaDirectory::open(&directory.join("ca"), None).unwrap();
        let ledger = ca.ledger().unwrap();
        let destination = directory.join("alice.p12");
        let staged = StagedKey::create(&ca, &destination, &[key()], &passphrase()).unwrap();
        let intent = sample_intent(ADDRESS);
        let serial = intent.serial;
        let event = [sample_event(ADDRESS)];
        ledger.reserve(std::slice::from_ref(&intent), &event).unwrap();
        ledger.record_issued(&[sample_issued(&intent)], &event).unwrap();
        let (mode, overwrite) = (
            ca_store::atomic::Mode::Secret,
            ca_store::atomic::Overwrite::Refuse,
        );
        ca_store::atomic::write(&destination, b"p12", mode, overwrite).unwrap();
        ledger
            .mark_collected(&[Collection { serial, at: born() }], &event)
            .unwrap();
        staged.remove().unwrap();
        return;
    }
    for (step, [reserved, issued, collected]) in ISSUE_STEPS {
        let temporary = tempfile::tempdir().unwrap();
        let new = NewCaDirectory::begin(&temporary.path().join("ca"), None, None, born()).unwrap();
        new.ledger()
            .add_authorities(&[sample_authority()], &[sample_event("ca")])
            .unwrap();
        let ca = new.commit().unwrap();
        let killed = child(TEST, "issue", temporary.path(), Some(step));
        assert_eq!(killed.status.signal(), Some(ABORTED), "{step}: {killed:?}");

        let ledger = ca.ledger().unwrap();
        ledger.check_integrity().unwrap();
        let found = ledger.list(&CertificateFilter::default(), born()).unwrap();
        assert_eq!(found.len(), usize::from(reserved), "{step}");
        assert_eq!(
            found.iter().any(|record| record.issued.is_some()),
            issued,
            "{step}"
        );
        assert_eq!(
            found.iter().any(|record| record.collected_at.is_some()),
            collected,
            "{step}"
        );
        assert_eq!(
            ledger.unfinished().unwrap().len(),
            usize::from(reserved && !collected),
            "{step}"
        );
        let events = 1 + [reserved, issued, collected].iter().filter(|done| **done).count();
        let entries = ledger.audit_entries(0, usize::MAX).unwrap();
        assert_eq!(entries.len(), events, "{step}");
        verify_chain(&entries).unwrap();
        // Wherever it ended, no certificate is without its key, and the address is free only if nothing is on record.
        let all = StagedKey::all(&ca).unwrap();
        let staged = StagedKey::find(&ca, &temporary.path().join("alice.p12")).unwrap();
        assert_eq!(all.first(), staged.as_ref(), "{step}");
        let handed_out = temporary.path().join("alice.p12").exists();
        match staged {
            Some(staged) => {
                let keys = staged.open(&passphrase()).unwrap();
                assert_eq!(keys.len(), 1, "{step}");
                assert_eq!(staged.key_ids(), [keys[0].public_key().subject_key_identifier()]);
            }
            None => assert!(handed_out || !reserved, "{step}"),
        }
        match ledger.reserve(&[sample_intent(ADDRESS)], &[]) {
            Ok(()) => assert!(!reserved, "{step}"),
            Err(LedgerError::DuplicateAddress { existing, .. }) => {
                assert_eq!(existing, *found[0].serial(), "{step}");
            }
            Err(error) => panic!("{step}: {error}"),
        }
    }
}
