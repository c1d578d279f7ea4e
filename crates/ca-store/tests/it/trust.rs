use std::fs;

use ca_store::{Added, TrustError, TrustStore};

use crate::support::certificate;

#[test]
fn keeps_roots_by_fingerprint() {
    let temporary = tempfile::tempdir().unwrap();
    let profile = temporary.path().join("profile");
    let trust = TrustStore::open(&profile).unwrap();
    assert!(trust.list().unwrap().is_empty());
    // Created on the first write only.
    assert!(!profile.exists());
    let first = certificate("first.pem");
    assert_eq!(trust.add(&first).unwrap(), Added::Added);
    assert_eq!(trust.add(&first).unwrap(), Added::AlreadyThere);
    let roots = trust.list().unwrap();
    assert_eq!(roots.len(), 1);
    assert_eq!(roots[0].certificate, first);
    let name = format!("{}.pem", hex::encode(first.fingerprint_sha256()));
    assert!(roots[0].path.ends_with(name));
}

#[test]
fn removes_by_fingerprint_or_name() {
    let temporary = tempfile::tempdir().unwrap();
    let trust = TrustStore::open(temporary.path()).unwrap();
    for name in ["first.pem", "second.pem", "third.pem"] {
        trust.add(&certificate(name)).unwrap();
    }
    let error = trust.remove("first root").unwrap_err();
    assert!(matches!(&error, TrustError::Ambiguous { fingerprints, .. } if fingerprints.len() == 2));
    assert_eq!(trust.list().unwrap().len(), 3);
    let third = certificate("third.pem");
    assert_eq!(trust.remove("OTHER Root").unwrap().certificate, third);
    let first = certificate("first.pem");
    let digits = hex::encode_upper(first.fingerprint_sha256());
    let grouped: Vec<&str> = (0..16).step_by(4).map(|at| &digits[at..at + 4]).collect();
    assert_eq!(trust.remove(&grouped.join(" ")).unwrap().certificate, first);
    assert_eq!(
        trust.remove("First Root").unwrap().certificate,
        certificate("second.pem")
    );
    assert!(trust.list().unwrap().is_empty());
    for selector in ["First Root", "", "00", &digits] {
        assert!(
            matches!(trust.remove(selector), Err(TrustError::Unknown { .. })),
            "{selector}"
        );
    }
}

#[test]
fn a_store_that_was_tampered_with_is_not_used() {
    let temporary = tempfile::tempdir().unwrap();
    let trust = TrustStore::open(temporary.path()).unwrap();
    trust.add(&certificate("first.pem")).unwrap();
    let path = trust.list().unwrap().remove(0).path;
    fs::copy(&path, trust.path().join("x")).unwrap();
    assert_eq!(
        trust.list().unwrap().len(),
        1,
        "files of other kinds are none of its business"
    );
    let other = identity::pem::encode("CERTIFICATE", certificate("third.pem").der());
    for content in [other.as_bytes(), b"", b"rubbish"] {
        fs::write(&path, content).unwrap();
        let error = trust.list().unwrap_err();
        assert!(matches!(error, TrustError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn many_writers_at_once() {
    let temporary = tempfile::tempdir().unwrap();
    let trust = TrustStore::open(temporary.path()).unwrap();
    let root = certificate("first.pem");
    let added = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| trust.add(&root).unwrap()))
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(added.iter().filter(|added| **added == Added::Added).count(), 1);
    assert_eq!(trust.list().unwrap().len(), 1);
}

#[test]
fn a_ca_directory_or_a_file_is_no_profile() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(
        TrustStore::open(&file),
        Err(TrustError::NotADirectory { .. })
    ));
    fs::write(
        temporary.path().join("version"),
        "cachet CA directory, format 1\n",
    )
    .unwrap();
    assert!(matches!(
        TrustStore::open(temporary.path()),
        Err(TrustError::IsCaDirectory { .. })
    ));
}
