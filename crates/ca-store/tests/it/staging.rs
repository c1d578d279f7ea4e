use std::fs;

use ca_store::{StagedKey, StagingError};
use identity::{KeyAlgorithm, Passphrase, PrivateKey};

use crate::support::{key, mode, passphrase};

#[test]
fn a_later_run_finds_the_keys_and_removes_them_when_done() {
    let temporary = tempfile::tempdir().unwrap();
    let destination = temporary.path().join("alice@example.org.p12");
    let keys = [key(), PrivateKey::generate(KeyAlgorithm::EcP384).unwrap()];
    assert_eq!(StagedKey::find(&destination), None);
    let staged = StagedKey::create(&destination, &keys, &passphrase()).unwrap();
    let path = temporary.path().join("alice@example.org.p12.part");
    assert_eq!(staged.path(), path);
    assert_eq!(mode(&path), 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        text.matches("-----BEGIN ENCRYPTED PRIVATE KEY-----").count(),
        2,
        "{text}"
    );
    assert_eq!(text.matches("-----BEGIN").count(), 2);

    let found = StagedKey::find(&destination).unwrap();
    assert_eq!(StagedKey::at(&path), Some(found));
    let found = StagedKey::find(&destination).unwrap();
    let opened = found.open(&passphrase()).unwrap();
    assert_eq!(opened.len(), 2);
    for (opened, key) in opened.iter().zip(&keys) {
        assert_eq!(opened.public_key().spki_der(), key.public_key().spki_der());
    }
    found.remove().unwrap();
    assert_eq!(StagedKey::find(&destination), None);
    assert!(temporary.path().read_dir().unwrap().next().is_none());
}

#[test]
fn keys_of_an_earlier_run_are_never_replaced() {
    let temporary = tempfile::tempdir().unwrap();
    let destination = temporary.path().join("alice.p12");
    let staged = StagedKey::create(&destination, &[key()], &passphrase()).unwrap();
    let before = fs::read(staged.path()).unwrap();
    let error = StagedKey::create(&destination, &[key()], &passphrase()).unwrap_err();
    assert!(matches!(error, StagingError::AlreadyStaged { .. }), "{error:?}");
    assert_eq!(fs::read(staged.path()).unwrap(), before);
}

#[test]
fn a_wrong_passphrase_or_a_damaged_file_is_an_error() {
    let temporary = tempfile::tempdir().unwrap();
    let destination = temporary.path().join("alice.p12");
    let staged = StagedKey::create(&destination, &[key()], &passphrase()).unwrap();
    let wrong = Passphrase::from_secret_file_line(b"wrong").unwrap();
    assert!(matches!(staged.open(&wrong), Err(StagingError::Key { .. })));
    let text = fs::read(staged.path()).unwrap();
    for damaged in [&text[..text.len() / 2], b"", b"\xff\xfe", b"-----BEGIN ", b"none"] {
        fs::write(staged.path(), damaged).unwrap();
        let error = staged.open(&passphrase()).unwrap_err();
        assert!(matches!(error, StagingError::Key { .. }), "{error:?}");
    }
}
