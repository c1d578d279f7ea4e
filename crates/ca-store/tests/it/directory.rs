use std::fs;
use std::path::Path;

use ca_store::{CaDirectory, DirectoryState, LayoutError, NewCaDirectory, StoreUrl};

use crate::support::{SmallDisk, born, certificate, key, mode, passphrase};

/// Fills a directory as `init` does.
pub(crate) fn fill(new: &NewCaDirectory) -> Result<(), LayoutError> {
    new.save_policy("class-1.yaml", "title: One\n")?;
    new.save_policy("root.yaml", "title: Root\n")?;
    new.save_root_key("root-00000001", &key(), &passphrase())?;
    new.save_certificate("root-00000001", &certificate("first.pem"))?;
    new.save_key("class-1-00000002", &key(), &passphrase())?;
    new.save_certificate("class-1-00000002", &certificate("second.pem"))?;
    new.save_unlock(&passphrase())
}

/// Makes a CA directory.
pub(crate) fn made(path: &Path) -> CaDirectory {
    let new = NewCaDirectory::begin(path, None, None, born()).unwrap();
    fill(&new).unwrap();
    new.commit().unwrap()
}

#[test]
fn a_committed_directory_holds_everything_with_its_mode() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("ca-data");
    let ca = made(&path);
    assert_eq!(mode(&path), 0o700);
    for directory in ["keys", "certs", "policies", "staging"] {
        assert_eq!(mode(&path.join(directory)), 0o700, "{directory}");
    }
    for secret in [
        "ca.db",
        "keys/root-00000001.key",
        "keys/class-1-00000002.key",
        "unlock",
    ] {
        assert_eq!(mode(&path.join(secret)), 0o600, "{secret}");
    }
    assert!(!path.join("init-pending").exists());
    assert_eq!(ca.certificate("root-00000001").unwrap(), certificate("first.pem"));
    let opened = ca.key("class-1-00000002", &passphrase()).unwrap();
    assert_eq!(opened.public_key().spki_der(), key().public_key().spki_der());
    let wrong = identity::Passphrase::from_secret_file_line(b"wrong").unwrap();
    let error = ca.key("class-1-00000002", &wrong).unwrap_err();
    assert!(matches!(error, LayoutError::Key { .. }), "{error:?}");
    let pem = fs::read_to_string(path.join("keys/root-00000001.key")).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{pem}");
    assert_eq!(ca.unlock().unwrap(), Some(passphrase()));
    let names: Vec<String> = ca.policies().unwrap().into_iter().map(|file| file.name).collect();
    assert_eq!(names, ["class-1.yaml", "root.yaml"]);
    ca.ledger().unwrap();
    // Made while the ledger is in use.
    assert_eq!(mode(&path.join("ca.db")), 0o600);
}

#[test]
fn begins_in_a_clone_and_keeps_what_is_there() {
    let temporary = tempfile::tempdir().unwrap();
    for name in ["README.md", ".gitignore"] {
        fs::write(temporary.path().join(name), name).unwrap();
    }
    let error = CaDirectory::open(temporary.path(), None).unwrap_err();
    assert!(matches!(error, LayoutError::NotInitialised { .. }), "{error:?}");
    made(temporary.path());
    assert_eq!(
        fs::read_to_string(temporary.path().join("README.md")).unwrap(),
        "README.md"
    );
}

#[test]
fn a_second_init_refuses_and_loses_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    made(temporary.path());
    let before = tree(temporary.path());
    let error = NewCaDirectory::begin(temporary.path(), None, None, born()).unwrap_err();
    assert!(
        matches!(error, LayoutError::AlreadyInitialised { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("--dir"), "{error}");
    // With another store too.
    let other = StoreUrl::Sqlite(temporary.path().join("other.db"));
    assert!(NewCaDirectory::begin(temporary.path(), Some(other), None, born()).is_err());
    assert_eq!(tree(temporary.path()), before);
}

#[test]
fn an_init_given_up_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("ca-data");
    let stick = temporary.path().join("stick");
    fs::create_dir(&stick).unwrap();
    let new = NewCaDirectory::begin(&path, None, Some(&stick), born()).unwrap();
    fill(&new).unwrap();
    assert!(stick.join("root-00000001.key").exists());
    drop(new);
    assert!(!path.exists());
    assert!(stick.read_dir().unwrap().next().is_none());
    // What was there before stays.
    fs::create_dir(&path).unwrap();
    fs::write(path.join("README.md"), "x").unwrap();
    drop(NewCaDirectory::begin(&path, None, None, born()).unwrap());
    assert_eq!(tree(&path), [("README.md".to_owned(), b"x".to_vec())]);
}

#[test]
fn two_inits_at_once_make_one_ca() {
    let temporary = tempfile::tempdir().unwrap();
    let first = NewCaDirectory::begin(temporary.path(), None, None, born()).unwrap();
    let error = NewCaDirectory::begin(temporary.path(), None, None, born()).unwrap_err();
    assert!(matches!(error, LayoutError::Busy { .. }), "{error:?}");
    fill(&first).unwrap();
    first.commit().unwrap();
    assert!(NewCaDirectory::begin(temporary.path(), None, None, born()).is_err());
}

#[test]
fn the_roots_key_may_live_elsewhere() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("ca-data");
    let stick = temporary.path().join("stick");
    let new = NewCaDirectory::begin(&path, None, Some(&stick), born()).unwrap();
    fill(&new).unwrap();
    let ca = new.commit().unwrap();
    assert!(!path.join("keys/root-00000001.key").exists());
    assert_eq!(mode(&stick.join("root-00000001.key")), 0o600);
    ca.key("root-00000001", &passphrase()).unwrap();
    ca.key("class-1-00000002", &passphrase()).unwrap();
    fs::rename(&stick, temporary.path().join("away")).unwrap();
    let error = ca.key("root-00000001", &passphrase()).unwrap_err();
    assert!(matches!(error, LayoutError::KeyMissing { .. }), "{error:?}");
}

#[test]
fn the_ledger_may_live_elsewhere() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("ca-data");
    let store = StoreUrl::Sqlite(temporary.path().join("records.db"));
    let new = NewCaDirectory::begin(&path, Some(store.clone()), None, born()).unwrap();
    fill(&new).unwrap();
    new.commit().unwrap().ledger().unwrap();
    CaDirectory::open(&path, Some(store)).unwrap();
    let error = CaDirectory::open(&path, None).unwrap_err();
    assert!(matches!(error, LayoutError::LedgerMissing { .. }), "{error:?}");
    assert!(error.to_string().contains("--store"), "{error}");
    let error = NewCaDirectory::begin(&path, None, None, born()).unwrap_err();
    assert!(matches!(error, LayoutError::LedgerMissing { .. }), "{error:?}");
}

#[test]
fn other_directories_are_recognised() {
    let temporary = tempfile::tempdir().unwrap();
    let store = StoreUrl::default_in(temporary.path());
    let state = || CaDirectory::state(temporary.path(), &store);
    assert_eq!(state().unwrap(), DirectoryState::Vacant);
    let version = temporary.path().join("version");
    fs::write(&version, "cachet CA directory, format 99\n").unwrap();
    let error = state().unwrap_err();
    assert!(matches!(error, LayoutError::Newer { found: 99, .. }), "{error:?}");
    assert_eq!(error.to_string().lines().count(), 1);
    fs::write(&version, "1.2.3\n").unwrap();
    assert!(matches!(
        state(),
        Err(LayoutError::Foreign { entry: "version", .. })
    ));
    fs::remove_file(&version).unwrap();
    fs::create_dir(temporary.path().join("trust")).unwrap();
    assert!(matches!(state(), Err(LayoutError::IsProfile { .. })));
    fs::remove_dir(temporary.path().join("trust")).unwrap();
    fs::create_dir(temporary.path().join("keys")).unwrap();
    assert!(matches!(state(), Err(LayoutError::Foreign { entry: "keys", .. })));
    assert!(NewCaDirectory::begin(temporary.path(), None, None, born()).is_err());
    assert!(temporary.path().join("keys").exists());
    fs::write(temporary.path().join("ca.db"), "x").unwrap();
    assert!(matches!(state(), Err(LayoutError::NoVersion { .. })));
    let file = temporary.path().join("ca.db");
    assert!(matches!(
        CaDirectory::open(&file, None),
        Err(LayoutError::NotADirectory { .. })
    ));
}

#[test]
fn ids_cannot_leave_the_directory() {
    let temporary = tempfile::tempdir().unwrap();
    let ca = made(temporary.path());
    for id in ["", "../x", "/etc/x", ".hidden", "a\nb", "a/b", &"x".repeat(300)] {
        let error = ca.certificate(id).unwrap_err();
        assert!(matches!(error, LayoutError::BadId { .. }), "{id:?}: {error:?}");
        assert!(ca.save_key(id, &key(), &passphrase()).is_err());
    }
    let error = ca
        .save_key("class-1-00000002", &key(), &passphrase())
        .unwrap_err();
    assert!(error.to_string().contains("exists already"), "{error}");
}

#[test]
fn a_missing_or_empty_policy_directory_is_named() {
    let temporary = tempfile::tempdir().unwrap();
    let ca = made(temporary.path());
    for name in ["class-1.yaml", "root.yaml"] {
        fs::remove_file(ca.policies_path().join(name)).unwrap();
    }
    assert!(matches!(ca.policies(), Err(LayoutError::Policies { .. })));
    fs::write(ca.policies_path().join("a.yaml"), [0xff]).unwrap();
    assert!(matches!(ca.policies(), Err(LayoutError::Policies { .. })));
    fs::remove_dir_all(ca.policies_path()).unwrap();
    let error = ca.policies().unwrap_err().to_string();
    assert!(error.contains("policies"), "{error}");
}

#[test]
fn a_full_or_read_only_disk_leaves_no_half_ca() {
    let Some(disk) = SmallDisk::mount(96) else { return };
    let path = disk.path().join("ca");
    let error = match NewCaDirectory::begin(&path, None, None, born()) {
        Err(error) => error,
        Ok(new) => new.save_policy("large.yaml", &"x".repeat(1 << 20)).unwrap_err(),
    };
    assert!(error.to_string().contains("no space left"), "{error}");
    assert!(!path.exists());
    disk.make_read_only();
    let error = NewCaDirectory::begin(&path, None, None, born()).unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
}

/// Every file below `path` with its content, sorted.
pub(crate) fn tree(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![path.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                open.push(entry);
            } else {
                let name = entry.strip_prefix(path).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read(&entry).unwrap()));
            }
        }
    }
    files.sort();
    files
}
