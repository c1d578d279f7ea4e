//! What a message is made of, without any key.

use smime::Limits;
use smime::inspect::{CmsStructure, inspect};
use smime::report::Code;
use smime::sign::SignForm;

use super::judged;
use super::pki::{MAIL, encrypt_options, encrypted, have, sign_options, signed};

#[test]
fn the_tree_of_a_clear_signed_message() {
    if !have("openssl") {
        return;
    }
    let structure = inspect(&signed("rsa", MAIL, &sign_options())[..], &Limits::default()).unwrap();
    assert!(
        structure
            .headers
            .contains(&("Subject".to_owned(), "hello".to_owned()))
    );
    let root = structure.root;
    assert_eq!(root.content_type, "multipart/signed");
    assert!(!root.signed);
    let [content, signature] = root.parts.as_slice() else {
        panic!("two parts expected")
    };
    assert!(content.signed && !signature.signed);
    assert_eq!(content.content_type, "text/plain");
    assert_eq!(signature.file_name.as_deref(), Some("smime.p7s"));
    let Some(CmsStructure::Signed(cms)) = &signature.cms else {
        panic!("a signature expected")
    };
    assert!(cms.content.is_none());
    assert_eq!(cms.digests, ["sha256"]);
    assert_eq!(cms.certificates.len(), 2, "the chain without the root");
    let [signer] = cms.signers.as_slice() else {
        panic!("one signer expected")
    };
    assert_eq!(signer.certificate.as_ref().unwrap().emails(), ["rsa@example.org"]);
    assert_eq!(signer.digest, "sha256");
    assert!(!signer.weak && signer.signing_time.is_some());
    assert!(
        signer
            .signed_attributes
            .contains(&"signingCertificateV2".to_owned())
    );
    assert!(!signer.capabilities.is_empty());
}

#[test]
fn opaque_and_enveloped() {
    if !have("openssl") {
        return;
    }
    let mut options = sign_options();
    options.form = SignForm::Opaque;
    let opaque = inspect(&signed("rsa", MAIL, &options)[..], &Limits::default()).unwrap();
    let Some(CmsStructure::Signed(cms)) = opaque.root.cms else {
        panic!("a signature expected")
    };
    let content = cms.content.unwrap();
    assert!(content.signed);
    assert_eq!(content.content_type, "text/plain");
    let message = encrypted(&["rsa", "p256"], MAIL, &encrypt_options());
    let envelope = inspect(&message[..], &Limits::default()).unwrap();
    let Some(CmsStructure::Enveloped(cms)) = envelope.root.cms else {
        panic!("an envelope expected")
    };
    assert_eq!(
        (cms.cipher.as_str(), cms.authenticated, cms.weak),
        ("aes-256-cbc", false, false)
    );
    let ways: Vec<_> = cms
        .recipients
        .iter()
        .map(|one| one.key_management.as_str())
        .collect();
    assert_eq!(ways, ["RSA PKCS#1 v1.5", "ECDH, X9.63 KDF with SHA-256"]);
}

#[test]
fn broken_and_deep_messages_are_still_shown() {
    let cut =
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=\"a\x1b[31m.p7m\"\r\n\r\nMIIB";
    let structure = inspect(&cut[..], &Limits::default()).unwrap();
    assert!(structure.root.problem.is_some());
    assert_eq!(structure.root.file_name.as_deref(), Some("a\\u{1b}[31m.p7m"));
    let deep = "Content-Type: message/rfc822\r\n\r\n".repeat(10_000);
    let structure = inspect(deep.as_bytes(), &Limits::default()).unwrap();
    let (mut entity, mut depth) = (&structure.root, 0);
    while let Some(inner) = entity.parts.first() {
        entity = inner;
        depth += 1;
    }
    assert!(depth <= Limits::default().max_depth && entity.problem.is_some());
    let report = judged(deep.as_bytes());
    assert!(report.finding(Code::TooComplex).is_some());
}

#[test]
fn openpgp_is_called_so() {
    for mail in [
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\n\nx\n--b--\n",
        "Subject: x\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n",
    ] {
        let structure = inspect(mail.as_bytes(), &Limits::default()).unwrap();
        let problem = structure.root.problem.unwrap_or_default();
        assert!(problem.contains("OpenPGP (RFC 3156)"), "{problem}");
    }
}
