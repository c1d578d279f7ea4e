//! What a message is made of, without any key.

use std::io::{Read, Write};

use smime::Limits;
use smime::inspect::{CmsStructure, Entity, InspectError, MessageStructure, RecipientKind, inspect};
use smime::report::Code;
use smime::sign::SignForm;

use super::judged;
use super::pki::{MAIL, encrypt_options, encrypted, have, pki, sign_options, signed};

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
    assert_eq!(
        ways,
        [
            "RSA PKCS#1 v1.5",
            "ECDH, X9.63 KDF with SHA-256, AES-256 key wrap"
        ]
    );
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

fn look(message: &[u8]) -> MessageStructure {
    inspect(message, &Limits::default()).unwrap()
}

/// The octets an entity says it is made of.
fn octets<'m>(message: &'m [u8], entity: &Entity) -> &'m [u8] {
    let start = usize::try_from(entity.offset).unwrap();
    &message[start..start + usize::try_from(entity.size).unwrap()]
}

#[test]
fn the_span_that_is_shown_is_what_the_signature_covers() {
    if !have("openssl") {
        return;
    }
    for begin in ["", "From: rsa@example.org\r\nX-Before: something\r\n"] {
        let message = [begin.as_bytes(), &signed("rsa", MAIL, &sign_options())].concat();
        let root = look(&message).root;
        let [content, signature] = root.parts.as_slice() else {
            panic!("two parts expected")
        };
        let covered = smime::mime::canonicalize(octets(&message, content));
        let Some(CmsStructure::Signed(cms)) = &signature.cms else {
            panic!("a signature expected")
        };
        let digest = identity::digest::digest(identity::DigestAlgorithm::Sha256, &covered);
        assert_eq!(cms.signers[0].message_digest.as_deref(), Some(&digest[..]));
        assert_eq!(cms.signers[0].certificate_bound, Some(true));
        assert!(octets(&message, signature).starts_with(b"Content-Type: application/pkcs7-signature"));
        assert_eq!((root.offset, root.size), (0, message.len() as u64));
        // A message in a message stands further behind.
        let outer = [b"Content-Type: message/rfc822\r\n\r\n", &message[..]].concat();
        let root = look(&outer).root;
        let inner = &root.parts[0].parts[0];
        assert_eq!(octets(&outer, inner), octets(&message, content));
    }
}

#[test]
fn all_kinds_of_recipients() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    scratch.write("m", MAIL);
    let (rsa, p256) = (pki().path("rsa.pem"), pki().path("p256.pem"));
    #[rustfmt::skip]
    let arguments = [
        "cms", "-encrypt", "-in", "m", "-out", "e", "-aes-128-cbc", "-secretkeyid", "0a0b",
        "-secretkey", "000102030405060708090a0b0c0d0e0f", "-pwri_password", "secret",
        "-recip", &p256, "-recip", &rsa, "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256",
        "-keyid",
    ];
    scratch.openssl(&arguments).succeed();
    let Some(CmsStructure::Enveloped(cms)) = look(&scratch.read("e")).root.cms else {
        panic!("an envelope expected")
    };
    let of = |kind: RecipientKind| cms.recipients.iter().find(|one| one.kind == kind).unwrap();
    assert_eq!(cms.recipients.len(), 4);
    assert!(
        of(RecipientKind::KeyTransport)
            .key_management
            .starts_with("RSA-OAEP with sha256")
    );
    assert!(
        of(RecipientKind::KeyTransport)
            .identifier
            .starts_with("key identifier ")
    );
    let agreed = of(RecipientKind::KeyAgreement);
    assert_eq!(agreed.originator.as_deref(), Some("ephemeral ec-p256 key"));
    assert!(agreed.key_management.starts_with("ECDH, X9.63 KDF with SHA-1"));
    let shared = of(RecipientKind::KeyEncryptionKey);
    assert_eq!(
        (shared.identifier.as_str(), shared.key_management.as_str()),
        ("key 0a0b", "AES-128 key wrap")
    );
    let password = of(RecipientKind::Password);
    assert_eq!(password.identifier, "");
    assert!(
        password
            .key_management
            .starts_with("PBKDF2 with 2048 iterations, PWRI-KEK with aes-"),
        "{}",
        password.key_management
    );
}

#[test]
fn what_openssl_lists_among_capabilities_is_named() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    scratch.write("m", MAIL);
    let (certificate, key) = (pki().path("rsa.pem"), pki().path("rsa.key"));
    let arguments = [
        "cms",
        "-sign",
        "-in",
        "m",
        "-out",
        "s",
        "-signer",
        &certificate,
        "-inkey",
        &key,
    ];
    scratch.openssl(&arguments).succeed();
    let root = look(&scratch.read("s")).root;
    let Some(CmsStructure::Signed(cms)) = &root.parts[1].cms else {
        panic!("a signature expected")
    };
    let known = &cms.signers[0].capabilities;
    assert!(known.contains(&"aes-256-cbc".to_owned()), "{known:?}");
    assert!(known.contains(&"rc2-40-cbc".to_owned()), "{known:?}");
}

#[test]
fn certificates_alone() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    scratch.write("m", MAIL);
    let certificate = pki().path("rsa.pem");
    let arguments = [
        "crl2pkcs7",
        "-nocrl",
        "-certfile",
        &certificate,
        "-outform",
        "DER",
        "-out",
        "c",
    ];
    scratch.openssl(&arguments).succeed();
    let root = look(&scratch.read("c")).root;
    assert!(!root.names_its_type);
    let Some(CmsStructure::Signed(cms)) = root.cms else {
        panic!("certificates expected")
    };
    assert!(cms.signers.is_empty() && cms.content.is_none());
    assert_eq!(cms.certificates.len(), 1);
}

/// A CompressedData (RFC 3274) with that content.
fn compressed(content: &[u8]) -> Vec<u8> {
    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84], &length[..], content].concat()
    }
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    let deflated = encoder.finish().unwrap();
    let object = |hex: &str| value(6, &hex::decode(hex).unwrap());
    let content = [object("2a864886f70d010701"), value(0xa0, &value(4, &deflated))].concat();
    let data = [
        vec![2, 1, 0],
        value(0x30, &object("2a864886f70d0109100308")),
        value(0x30, &content),
    ]
    .concat();
    value(
        0x30,
        &[object("2a864886f70d0109100109"), value(0xa0, &value(0x30, &data))].concat(),
    )
}

#[test]
fn compressed_contents_are_looked_into_within_limits() {
    let Some(CmsStructure::Compressed(cms)) = look(&compressed(MAIL)).root.cms else {
        panic!("compressed contents expected")
    };
    assert_eq!(cms.algorithm, "zlib");
    let content = cms.content.unwrap();
    assert_eq!(
        (content.content_type.as_str(), content.size),
        ("text/plain", MAIL.len() as u64)
    );
    assert!(!content.signed && content.problem.is_none());
    let bomb = compressed(&vec![b'\n'; 64 << 20]);
    let Some(problem) = look(&bomb).root.cms.and_then(|cms| match cms {
        CmsStructure::Compressed(cms) => cms.content?.problem,
        _ => None,
    }) else {
        panic!("a bomb is a problem")
    };
    assert!(problem.contains("more than the limits allow"), "{problem}");
    // Compressed seven times, as deep as one looks.
    let mut nested = compressed(MAIL);
    for _ in 0..6 {
        nested = compressed(&nested);
    }
    let mut entity = &look(&nested).root;
    let mut depth = 0;
    while let Some(CmsStructure::Compressed(cms)) = &entity.cms {
        entity = cms.content.as_deref().unwrap();
        depth += 1;
    }
    assert_eq!((depth, entity.content_type.as_str()), (7, "text/plain"));
}

#[test]
fn without_header_and_cms_it_is_no_message() {
    for garbage in [&b""[..], b"hello", b"\xff\x00\x01", b"\r\nFrom: a@b\r\n\r\nx"] {
        let error = inspect(garbage, &Limits::default()).unwrap_err();
        assert!(matches!(error, InspectError::NoMessage), "{error}");
    }
    let error = inspect(&b"Subject: x\n\nlong"[..], &Limits::default().with_max_input(10)).unwrap_err();
    assert!(matches!(error, InspectError::TooLong { limit: 10 }), "{error}");
}

#[test]
fn long_contents_are_passed_by() {
    let begin =
        b"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\n\n--b\n\n";
    let length = 32 << 20;
    let end = b"\n--b\nContent-Type: application/pkcs7-signature\n\nnothing\n--b--\n";
    let message = begin.chain(std::io::repeat(b'a').take(length)).chain(&end[..]);
    let root = inspect(message, &Limits::default()).unwrap().root;
    assert_eq!(root.parts[0].size, length + 1, "the empty line, and the text");
    assert!(root.parts[0].signed && root.parts[1].problem.is_some());
}
