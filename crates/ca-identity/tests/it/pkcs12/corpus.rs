//! Public collections with verdicts.

use std::path::PathBuf;

use identity::identity::Identity;
use identity::pem;
use identity::pkcs12::{ReadOptions, read};

use super::passphrase;

fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("CACHET_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        eprintln!("SKIPPED: CACHET_CORPUS is not set");
    }
    corpus
}

/// Every verdict of the public collection; it also holds other people's regressions and forgeries.
#[test]
fn corpus_pkcs12() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("pkcs12");
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let (mut met, mut wrong) = (0, Vec::new());
    for entry in manifest.as_array().unwrap() {
        let name = entry["file"].as_str().unwrap();
        let mut bytes = std::fs::read(folder.join(name)).unwrap();
        if entry["format"] == "pem" || pem::is_pem(&bytes) {
            bytes = pem::decode(&bytes).unwrap().remove(0).der.to_vec();
        }
        let password = entry["password"].as_str().map(passphrase);
        let answer = read(&bytes, password.as_ref(), ReadOptions { legacy: true });
        let expected = entry["expect"].as_str().unwrap();
        if answer.is_ok() == (expected == "ok") {
            met += 1;
        } else {
            wrong.push(format!(
                "{name}: expected {expected} ({}), got {:?}",
                entry["note"],
                answer.err().map(|e| e.to_string())
            ));
        }
    }
    eprintln!(
        "pkcs12 corpus: {met} of {} verdicts met",
        manifest.as_array().unwrap().len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The mail identities of RFC 9216: a signing and an encryption key each; the X25519 keys of two of them are not read.
#[test]
fn corpus_rfc9216() {
    let Some(corpus) = corpus() else { return };
    // Alice and Bob have RSA keys, Carlos and Dana an Ed25519 and an X25519 key each.
    for name in ["alice", "bob", "carlos", "dana"] {
        let bytes = std::fs::read(corpus.join(format!("rfc9216/{name}.p12"))).unwrap();
        let found = Identity::from_pkcs12(&bytes, Some(&passphrase(name)), ReadOptions::default()).unwrap();
        assert_eq!(found.len(), 2, "{name}");
        assert_eq!(
            found.iter().filter(|identity| identity.can_sign()).count(),
            1,
            "{name}"
        );
        let encrypting = found.iter().filter(|identity| identity.can_encrypt()).count();
        assert_eq!(encrypting, 1, "{name}");
        let contents = read(&bytes, Some(&passphrase(name)), ReadOptions::default()).unwrap();
        assert!(contents.unread.is_empty(), "{:?}", contents.unread);
    }
}
