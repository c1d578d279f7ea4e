use std::fs;
use std::path::Path;

use ca_store::{ContactError, ContactStore};
use identity::{Certificate, Mailbox};
use smime::contacts::{Announcement, Contact, KnownCertificate, Root, Source};

use crate::support::{certificate, child, mode, part};

fn address(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

fn known(certificate: Certificate) -> KnownCertificate {
    let root = Some(Root::of(&certificate));
    KnownCertificate::new(certificate, Source::Message, crate::support::born(), root)
}

/// Adds a certificate to whatever the contact has.
fn add(store: &ContactStore, to: &str, name: &str) {
    let result: Result<(), ContactError> = store.update(&address(to), |contact| {
        let mut certificates = contact.certificates().to_vec();
        certificates.push(known(certificate(name)));
        *contact = Contact::from_parts(
            contact.address().clone(),
            certificates,
            contact.announcement().cloned(),
        );
        Ok(())
    });
    result.unwrap();
}

#[test]
fn keeps_what_it_is_given() {
    let temporary = tempfile::tempdir().unwrap();
    let profile = temporary.path().join("profile");
    let store = ContactStore::open(&profile).unwrap();
    assert!(store.list().unwrap().contacts.is_empty());
    assert!(store.find(&address("alice@example.org")).unwrap().is_none());
    assert!(!profile.exists(), "created on the first write only");
    let ciphers = vec![
        identity::ContentCipher::Aes256Gcm,
        identity::ContentCipher::Aes128Cbc,
    ];
    let announcement = Announcement::new(ciphers, Some(crate::support::born()));
    let written: Result<(), ContactError> = store.update(&address("Zoë@München.example"), |contact| {
        let certificates = vec![known(certificate("first.pem"))];
        *contact = Contact::from_parts(
            contact.address().clone(),
            certificates,
            Some(announcement.clone()),
        );
        Ok(())
    });
    written.unwrap();
    let found = store
        .find(&address("Zoë@xn--mnchen-3ya.EXAMPLE"))
        .unwrap()
        .unwrap();
    assert_eq!(found.certificates(), [known(certificate("first.pem"))]);
    assert_eq!(found.announcement(), Some(&announcement));
    let path = store.path().join("zoë@xn--mnchen-3ya.example.json");
    assert_eq!(mode(store.path()), 0o700);
    assert_eq!(mode(&path), 0o600);
    // A change that is refused changes nothing; a contact without certificates goes.
    let before = fs::read(&path).unwrap();
    let refused: Result<(), ContactError> = store.update(found.address(), |contact| {
        *contact = Contact::new(contact.address().clone());
        Err(ContactError::Busy { path: path.clone() })
    });
    assert!(refused.is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
    let emptied: Result<(), ContactError> = store.update(found.address(), |contact| {
        *contact = Contact::new(contact.address().clone());
        Ok(())
    });
    emptied.unwrap();
    assert!(!path.exists());
}

#[test]
fn a_damaged_file_is_named_and_keeps_nothing_else_back() {
    let temporary = tempfile::tempdir().unwrap();
    let store = ContactStore::open(temporary.path()).unwrap();
    add(&store, "alice@example.org", "first.pem");
    add(&store, "bob@example.org", "second.pem");
    let path = store.path().join("bob@example.org.json");
    let sound = fs::read_to_string(&path).unwrap();
    let fingerprint = hex::encode(certificate("second.pem").fingerprint_sha256());
    let other = hex::encode(certificate("first.pem").fingerprint_sha256());
    for content in [
        String::new(),
        "{".to_owned(),
        "[".repeat(100_000),
        "null".to_owned(),
        sound.replace("BEGIN", "BEGUN"),
        sound.replace(&fingerprint, &other),
        sound.replace("bob@example.org", "carol@example.org"),
        sound.replace("\"format\": 1", "\"format\": 2"),
        sound.replace("\"message\"", "\"rumour\""),
        sound.chars().take(sound.len() / 2).collect(),
    ] {
        fs::write(&path, &content).unwrap();
        let book = store.list().unwrap();
        assert_eq!(book.contacts.len(), 1, "{content:.80}");
        assert_eq!(book.damaged.len(), 1, "{content:.80}");
        let said = book.damaged[0].to_string();
        assert!(said.contains(path.to_str().unwrap()), "{said}");
        assert!(matches!(
            store.find(&address("bob@example.org")),
            Err(ContactError::Damaged { .. })
        ));
        // Nor is it replaced: somebody may want to mend it.
        let update: Result<(), ContactError> = store.update(&address("bob@example.org"), |_| Ok(()));
        assert!(matches!(update, Err(ContactError::Damaged { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(
        store.list().unwrap().contacts.len(),
        1,
        "a directory of that name"
    );
}

#[test]
fn refuses_what_is_no_profile() {
    let temporary = tempfile::tempdir().unwrap();
    fs::write(temporary.path().join("version"), "x").unwrap();
    assert!(matches!(
        ContactStore::open(temporary.path()),
        Err(ContactError::IsCaDirectory { .. })
    ));
    assert!(matches!(
        ContactStore::open(&temporary.path().join("version")),
        Err(ContactError::NotADirectory { .. })
    ));
}

const AT_ONCE: &str = "contacts::processes_at_once_lose_nothing";

#[test]
fn processes_at_once_lose_nothing() {
    if let Some((part, directory)) = part() {
        let store = ContactStore::open(&directory).unwrap();
        for number in 0..10 {
            add(&store, "shared@example.org", &format!("{part}.pem"));
            add(&store, &format!("{part}{number}@example.org"), "first.pem");
        }
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let directory: &Path = temporary.path();
    std::thread::scope(|scope| {
        let children: Vec<_> = ["first", "second", "third"]
            .map(|name| scope.spawn(move || child(AT_ONCE, name, directory, None)))
            .into_iter()
            .collect();
        for child in children {
            let output = child.join().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
    });
    let book = ContactStore::open(temporary.path()).unwrap().list().unwrap();
    assert!(book.damaged.is_empty(), "{:?}", book.damaged);
    assert_eq!(book.contacts.len(), 31);
    let shared = ContactStore::open(temporary.path())
        .unwrap()
        .find(&address("shared@example.org"))
        .unwrap()
        .unwrap();
    assert_eq!(
        shared.certificates().len(),
        3,
        "each process's certificate is there"
    );
}
