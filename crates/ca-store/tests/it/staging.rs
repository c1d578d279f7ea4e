use std::fs;

use ca_store::{StagedKey, StagingError, StagingLock};
use identity::{KeyAlgorithm, Passphrase, PrivateKey};

use crate::directory::made;
use crate::support::{key, mode, passphrase};

#[test]
fn a_later_run_finds_the_keys_and_removes_them_when_done() {
    let temporary = tempfile::tempdir().unwrap();
    let ca = made(&temporary.path().join("ca"));
    let out = temporary.path().join("out");
    fs::create_dir(&out).unwrap();
    let destination = out.join("alice@example.org.p12");
    let keys = [key(), PrivateKey::generate(KeyAlgorithm::EcP384).unwrap()];
    assert_eq!(StagedKey::find(&ca, &destination).unwrap(), None);
    let staged = StagedKey::create(&ca, &destination, &keys, &passphrase()).unwrap();
    let path = fs::canonicalize(&out).unwrap().join("alice@example.org.p12.part");
    assert_eq!(staged.path(), path);
    assert_eq!(mode(&path), 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        text.matches("-----BEGIN ENCRYPTED PRIVATE KEY-----").count(),
        2,
        "{text}"
    );
    assert_eq!(text.matches("-----BEGIN").count(), 2);

    let found = StagedKey::find(&ca, &destination).unwrap().unwrap();
    assert_eq!(found, staged);
    let ids: Vec<[u8; 20]> = keys
        .iter()
        .map(|key| key.public_key().subject_key_identifier())
        .collect();
    assert_eq!(found.key_ids(), ids);
    assert_eq!(found.destination(), path.with_extension(""));
    assert_eq!(StagedKey::all(&ca).unwrap(), [found]);
    // By another way to the same place.
    let detour = temporary.path().join("detour");
    std::os::unix::fs::symlink(&out, &detour).unwrap();
    let found = StagedKey::find(&ca, &detour.join("alice@example.org.p12"))
        .unwrap()
        .unwrap();
    assert_eq!(found, staged);
    let opened = found.open(&passphrase()).unwrap();
    assert_eq!(opened.len(), 2);
    for (opened, key) in opened.iter().zip(&keys) {
        assert_eq!(opened.public_key().spki_der(), key.public_key().spki_der());
    }
    found.remove().unwrap();
    assert_eq!(StagedKey::find(&ca, &destination).unwrap(), None);
    assert_eq!(StagedKey::all(&ca).unwrap(), []);
    assert!(out.read_dir().unwrap().next().is_none());
    assert!(ca.path().join("staging").read_dir().unwrap().next().is_none());
}

#[test]
fn keys_of_an_earlier_run_are_never_replaced() {
    let temporary = tempfile::tempdir().unwrap();
    let ca = made(&temporary.path().join("ca"));
    let out = temporary.path().join("out");
    fs::create_dir(&out).unwrap();
    let destination = out.join("alice.p12");
    let staged = StagedKey::create(&ca, &destination, &[key()], &passphrase()).unwrap();
    let before = fs::read(staged.path()).unwrap();
    let error = StagedKey::create(&ca, &destination, &[key()], &passphrase()).unwrap_err();
    assert!(matches!(error, StagingError::AlreadyStaged { .. }), "{error:?}");
    assert_eq!(fs::read(staged.path()).unwrap(), before);
}

#[test]
fn a_wrong_passphrase_or_a_damaged_file_is_an_error() {
    let temporary = tempfile::tempdir().unwrap();
    let ca = made(&temporary.path().join("ca"));
    let out = temporary.path().join("out");
    fs::create_dir(&out).unwrap();
    let destination = out.join("alice.p12");
    let staged = StagedKey::create(&ca, &destination, &[key()], &passphrase()).unwrap();
    let wrong = Passphrase::from_secret_file_line(b"wrong").unwrap();
    assert!(matches!(staged.open(&wrong), Err(StagingError::Key { .. })));
    let text = fs::read(staged.path()).unwrap();
    for damaged in [&text[..text.len() / 2], b"", b"\xff\xfe", b"-----BEGIN ", b"none"] {
        fs::write(staged.path(), damaged).unwrap();
        let error = staged.open(&passphrase()).unwrap_err();
        assert!(matches!(error, StagingError::Key { .. }), "{error:?}");
    }
}

#[test]
fn a_destination_is_locked_for_one_process_at_a_time() {
    let temporary = tempfile::tempdir().unwrap();
    let ca = made(&temporary.path().join("ca"));
    // Not there yet when the first one locks, there when the second does, and named by a detour.
    let out = temporary.path().join("out");
    let link = temporary.path().join("link");
    std::os::unix::fs::symlink(temporary.path(), &link).unwrap();
    let first = StagingLock::take(&ca, &out.join("alice@example.org.p12")).unwrap();
    let other = StagingLock::take(&ca, &out.join("bob@example.org.p12")).unwrap();
    fs::create_dir(&out).unwrap();
    let released = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            let lock = StagingLock::take(&ca, &link.join("out/alice@example.org.p12")).unwrap();
            (lock, released.load(std::sync::atomic::Ordering::SeqCst))
        });
        std::thread::sleep(std::time::Duration::from_millis(150));
        released.store(true, std::sync::atomic::Ordering::SeqCst);
        drop(first);
        let (_lock, waited) = second.join().unwrap();
        assert!(waited, "the second waits for the first");
    });
    drop(other);
    assert_eq!(fs::read_dir(ca.path().join("staging")).unwrap().count(), 0);
}
