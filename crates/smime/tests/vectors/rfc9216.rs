//! RFC 9216: the identities of Alice, Bob, Carlos and Dana sign and decrypt, each by name.

use smime::report::Verdict;
use smime::verify::{VerifyOptions, verify};
use smime::{
    DecryptOptions, Discard, EncryptOptions, MemorySpool, SignForm, SignOptions, decrypt, encrypt, sign,
};

use super::{certificate, corpus, identities, read};

const HOLDERS: [(&str, &str); 4] = [
    ("alice", "ca.rsa"),
    ("bob", "ca.rsa"),
    ("carlos", "ca.25519"),
    ("dana", "ca.25519"),
];

#[test]
fn corpus_rfc9216_everybody_signs() {
    let Some(folder) = corpus("rfc9216") else { return };
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    for (holder, root) in HOLDERS {
        let signer = identities(&folder, holder)
            .into_iter()
            .find(|identity| !identity.can_encrypt())
            .unwrap();
        let anchors = [certificate(&folder, root)];
        for form in [SignForm::Clear, SignForm::Opaque] {
            let mut options = SignOptions::new(now);
            options.form = form;
            let mut message = Vec::new();
            sign("Grüße\n".as_bytes(), &signer, &options, &mut message).unwrap();
            let mut options = VerifyOptions::new(now);
            options.anchors = &anchors;
            let held = verify(&message[..], &options, Discard).unwrap();
            assert_eq!(
                held.report().verdict,
                Verdict::Valid,
                "{holder}: {:#?}",
                held.report().findings
            );
            assert_eq!(held.report().from, [format!("{holder}@smime.example")]);
        }
        println!("rfc9216 {holder}: signs, valid");
    }
}

#[test]
fn corpus_rfc9216_everybody_decrypts() {
    let Some(folder) = corpus("rfc9216") else { return };
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    for (holder, _) in HOLDERS {
        let own = identities(&folder, holder);
        let recipient = certificate(&folder, &format!("{holder}.encrypt"));
        let mut message = Vec::new();
        let sealed = encrypt(
            &b"secret\n"[..],
            &[recipient],
            &EncryptOptions::new(now),
            &mut message,
        );
        if let Err(error) = sealed {
            // X25519 (RFC 8418): said aloud where it cannot be done.
            assert!(root_of(holder) == "ca.25519", "{holder}: {error}");
            println!("rfc9216 {holder}: NOT ENCRYPTED TO: {error}");
            continue;
        }
        let held = decrypt(&message[..], &own, &DecryptOptions::default(), MemorySpool::new()).unwrap();
        let content = held.into_content().unwrap().into_inner();
        assert!(content.ends_with(b"secret\r\n"), "{holder}");
        println!("rfc9216 {holder}: decrypts");
        let signing = certificate(&folder, &format!("{holder}.sign"));
        assert!(
            encrypt(&b"x"[..], &[signing], &EncryptOptions::new(now), Vec::new()).is_err(),
            "{holder}.sign may not be encrypted to"
        );
        assert!(!read(&folder.join(format!("{holder}.p12"))).is_empty());
    }
}

fn root_of(holder: &str) -> &'static str {
    HOLDERS
        .iter()
        .find(|(name, _)| *name == holder)
        .map_or("", |(_, root)| root)
}
