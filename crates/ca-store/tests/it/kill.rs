//! A process killed at each step: what it leaves is whole or cleared away.

use ca_store::{CaDirectory, DirectoryState, NewCaDirectory, StoreUrl};

use crate::directory::{fill, tree};
use crate::support::{born, child, part};

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
        assert!(!killed.status.success(), "{step}: {killed:?}");
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
