//! Public messages with known verdicts; `CACHET_CORPUS` names the directory that holds them.

use std::path::PathBuf;

use identity::Passphrase;
use identity::identity::Identity;
use smime::{DecryptError, DecryptOptions, MemorySpool, decrypt};

fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("CACHET_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        eprintln!("SKIPPED: CACHET_CORPUS is not set");
    }
    corpus
}

fn read(path: PathBuf) -> Vec<u8> {
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Bob of RFC 9216: a signing and an encryption identity.
fn bob(corpus: &std::path::Path) -> Vec<Identity> {
    let password = Passphrase::new("bob").unwrap();
    Identity::from_pkcs12(
        &read(corpus.join("rfc9216/bob.p12")),
        Some(&password),
        Default::default(),
    )
    .unwrap()
}

#[test]
fn manipulated_ciphertexts_are_refused_or_marked() {
    let Some(corpus) = corpus() else { return };
    let bob = bob(&corpus);
    let open = |name: &str| {
        let message = read(corpus.join("efail-generated").join(name));
        decrypt(&message[..], &bob, &DecryptOptions::default(), MemorySpool::new())
    };
    for name in [
        "00-original.eml",
        "02-cbc-gadget-html.eml",
        "03-iv-malleability.eml",
    ] {
        assert_eq!(
            open(name).unwrap().report().findings,
            ["not-authenticated"],
            "{name}"
        );
    }
    let Err(DecryptError::NotEncrypted { found }) = open("01-direct-exfiltration.eml") else {
        panic!()
    };
    assert!(found.contains("is not opened"), "{found}");
    for name in ["04-truncated-block.eml", "05-truncated-byte.eml"] {
        assert!(
            matches!(open(name), Err(DecryptError::DecryptionFailed)),
            "{name}"
        );
    }
}

#[test]
fn messages_with_protected_headers_are_opened() {
    let Some(corpus) = corpus() else { return };
    let bob = bob(&corpus);
    for name in ["baseline", "baseline-legacy", "shy"] {
        let message = read(corpus.join(format!("rfc9788/smime-signed-enc-hp-{name}.eml")));
        let held = decrypt(&message[..], &bob, &DecryptOptions::default(), MemorySpool::new()).unwrap();
        let content = held.into_content().unwrap().into_inner();
        let inner = smime::mime::Message::parse(&content);
        assert!(
            inner.content_type().is_pkcs7_mime() || inner.content_type().is("multipart", "signed"),
            "{name}"
        );
    }
}
