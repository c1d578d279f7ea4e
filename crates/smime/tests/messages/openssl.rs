//! OpenSSL, both ways.

use identity::{ContentCipher, DigestAlgorithm};
use smime::{DecryptError, EncryptError, SignError, SignForm, encrypt, sign};

use crate::pki::*;

const SIGNING: [&str; 4] = ENCRYPTING;

#[track_caller]
fn verify(message: &[u8]) -> Vec<u8> {
    let scratch = pki().scratch();
    let file = scratch.write("m", message);
    scratch
        .openssl(&[
            "cms",
            "-verify",
            "-in",
            &file,
            "-CAfile",
            &pki().path("root.pem"),
            "-out",
            "content",
        ])
        .succeed();
    scratch.read("content")
}

#[test]
fn clear_signatures_are_accepted_and_tampering_is_seen() {
    for name in SIGNING {
        let text = "Hello Bob,\nwörld\n";
        let message = signed(name, text.as_bytes(), &sign_options());
        let content = verify(&message);
        assert_eq!(content, split(&message).0);
        assert!(content.ends_with(b"\r\nHello Bob,\r\nw=C3=B6rld\r\n"));

        let scratch = pki().scratch();
        let tampered = String::from_utf8(message).unwrap().replace("Hello", "Hallo");
        let file = scratch.write("m", tampered.as_bytes());
        let answer = scratch.openssl(&["cms", "-verify", "-in", &file, "-CAfile", &pki().path("root.pem")]);
        assert_eq!(answer.code, 4, "{}", answer.stderr);
    }
}

#[test]
fn opaque_pss_and_longer_digests_are_accepted() {
    let entity = MAIL_ENTITY;
    for (name, pss, digest) in [
        ("rsa", false, None),
        ("rsa", true, None),
        ("rsa", true, Some(DigestAlgorithm::Sha384)),
        ("rsa", false, Some(DigestAlgorithm::Sha512)),
        ("p256", false, None),
        ("p256", false, Some(DigestAlgorithm::Sha512)),
        ("p521", false, Some(DigestAlgorithm::Sha384)),
    ] {
        for form in [SignForm::Clear, SignForm::Opaque] {
            let mut options = sign_options();
            options.form = form;
            options.pss = pss;
            options.digest = digest;
            let mail = String::from_utf8(MAIL.to_vec())
                .unwrap()
                .replace("rsa@", &format!("{name}@"));
            assert_eq!(
                verify(&signed(name, mail.as_bytes(), &options)),
                entity,
                "{name} {pss} {digest:?} {form:?}"
            );
        }
    }
}

#[test]
fn signed_attributes_are_those_of_rfc_8551() {
    let scratch = pki().scratch();
    let (_, signature) = split(&signed("rsa", MAIL, &sign_options()));
    let file = scratch.write("s", &signature);
    let printed = scratch
        .openssl(&[
            "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", &file,
        ])
        .succeed();
    let printed = String::from_utf8(printed.stdout).unwrap();
    for name in [
        "contentType",
        "messageDigest",
        "signingTime",
        "signingCertificateV2",
        "S/MIME Capabilities",
    ] {
        assert!(printed.contains(name), "{name} is missing:\n{printed}");
    }
    assert!(printed.contains("UTCTIME"), "{printed}");
    // The chain is sent without the root.
    assert!(
        printed.contains("CN=issuing") && !printed.contains("subject: O=Example, CN=root"),
        "{printed}"
    );
}

#[test]
fn ed25519_is_signed_as_rfc_8419_says() {
    // OpenSSL 3.0 can print such a signature, but not verify it.
    let scratch = pki().scratch();
    let (_, signature) = split(&signed("ed25519", b"Hello\n", &sign_options()));
    let file = scratch.write("s", &signature);
    let printed = scratch
        .openssl(&[
            "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", &file,
        ])
        .succeed();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let (_, signer) = printed.split_once("signerInfos:").unwrap();
    assert!(
        signer.contains("algorithm: sha512 (") && signer.contains("algorithm: ED25519 ("),
        "{signer}"
    );
    let error = sign(
        &b"x"[..],
        &pki().identity("ed25519"),
        &{
            let mut o = sign_options();
            o.digest = Some(DigestAlgorithm::Sha256);
            o
        },
        Vec::new(),
    );
    assert!(error.unwrap_err().to_string().contains("sha512"));
}

#[test]
fn a_message_keeps_its_header_outside_and_its_content_fields_inside() {
    let message = String::from_utf8(signed("rsa", MAIL, &sign_options())).unwrap();
    let (outside, _) = message.split_once("\r\n\r\n").unwrap();
    assert!(
        outside
            .starts_with("From: RSA Holder <rsa@example.org>\r\nTo: p256@example.org\r\nSubject: hello\r\n")
    );
    let unfolded = outside.replace("\r\n ", " ");
    assert!(unfolded.contains(
        "\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary="
    ));
    assert!(message.contains("\r\n\r\nThis is a cryptographically signed message in MIME format.\r\n\r\n--"));
    assert!(message.contains(
        "\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=smime.p7s\r\n\r\n"
    ));
    assert_eq!(split(message.as_bytes()).0, MAIL_ENTITY);
}

#[test]
fn the_three_fields_of_an_envelope_are_exact() {
    for (cipher, smime_type) in [
        (ContentCipher::Aes256Cbc, "enveloped-data"),
        (ContentCipher::Aes256Gcm, "authEnveloped-data"),
    ] {
        let mut options = encrypt_options();
        options.cipher = Some(cipher);
        let message = String::from_utf8(encrypted(&["p256"], MAIL, &options)).unwrap();
        let (outside, _) = message.split_once("\r\n\r\n").unwrap();
        let first = outside.lines().find(|l| l.starts_with("Content-Type")).unwrap();
        assert!(
            first.contains(&format!("application/pkcs7-mime; smime-type={smime_type};")),
            "{first}"
        );
        let unfolded = outside.replace("\r\n ", " ");
        assert!(unfolded.ends_with(&format!(
            "\r\nContent-Type: application/pkcs7-mime; smime-type={smime_type}; name=smime.p7m\r\n\
             Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=smime.p7m"
        )));
    }
}

#[test]
fn envelopes_are_opened_by_openssl() {
    for cipher in [
        "aes-128-cbc",
        "aes-192-cbc",
        "aes-256-cbc",
        "aes-128-gcm",
        "aes-256-gcm",
    ] {
        let mut options = encrypt_options();
        options.cipher = Some(cipher.parse().unwrap());
        let message = encrypted(&ENCRYPTING, MAIL, &options);
        let scratch = pki().scratch();
        let file = scratch.write("m", &message);
        for name in ENCRYPTING {
            let (pem, key) = (
                pki().path(&format!("{name}.pem")),
                pki().path(&format!("{name}.key")),
            );
            scratch
                .openssl(&[
                    "cms", "-decrypt", "-in", &file, "-recip", &pem, "-inkey", &key, "-out", "content",
                ])
                .succeed();
            assert_eq!(scratch.read("content"), MAIL_ENTITY, "{cipher} {name}");
        }
    }
}

#[test]
fn oaep_envelopes_are_opened_by_openssl_and_here() {
    for digest in [
        DigestAlgorithm::Sha1,
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha512,
    ] {
        let mut options = encrypt_options();
        options.oaep = Some(digest);
        let message = encrypted(&["rsa"], MAIL, &options);
        let scratch = pki().scratch();
        let file = scratch.write("m", &message);
        let (pem, key) = (pki().path("rsa.pem"), pki().path("rsa.key"));
        scratch
            .openssl(&[
                "cms", "-decrypt", "-in", &file, "-recip", &pem, "-inkey", &key, "-out", "content",
            ])
            .succeed();
        assert_eq!(scratch.read("content"), MAIL_ENTITY);
        assert!(decrypted("rsa", &message).unwrap().0.ends_with(MAIL_ENTITY));
    }
}

#[test]
fn envelopes_of_openssl_are_opened_here() {
    let scratch = pki().scratch();
    let entity = scratch.write("entity", MAIL_ENTITY);
    let open = |name: &str, options: &[&str]| {
        let pem = pki().path(&format!("{name}.pem"));
        let mut command = vec![
            "cms", "-encrypt", "-binary", "-in", &entity, "-out", "m", "-recip", &pem,
        ];
        command.extend(options);
        scratch.openssl(&command).succeed();
        let (content, report) = decrypted(name, &scratch.read("m")).unwrap();
        assert!(
            content.ends_with(MAIL_ENTITY),
            "{name} {options:?}: {}",
            String::from_utf8_lossy(&content)
        );
        report
    };
    for name in ENCRYPTING {
        for cipher in ["-aes-128-cbc", "-aes-256-cbc", "-aes-256-gcm"] {
            let report = open(name, &[cipher]);
            assert_eq!(
                report.findings.contains(&"not-authenticated"),
                cipher.ends_with("cbc")
            );
            for form in [&["-outform", "DER"][..], &["-outform", "PEM"], &["-keyid"]] {
                open(name, &[&[cipher], form].concat());
            }
            open(name, &[cipher, "-stream"]);
            open(name, &[cipher, "-stream", "-outform", "DER"]);
        }
    }
    for digest in ["sha1", "sha256", "sha384", "sha512"] {
        open(
            "p256",
            &["-aes-256-cbc", "-keyopt", &format!("ecdh_kdf_md:{digest}")],
        );
        open(
            "p384",
            &[
                "-aes-256-cbc",
                "-aes256-wrap",
                "-keyopt",
                &format!("ecdh_kdf_md:{digest}"),
            ],
        );
        open(
            "p521",
            &[
                "-aes-128-gcm",
                "-keyopt",
                "ecdh_cofactor_mode:1",
                "-keyopt",
                &format!("ecdh_kdf_md:{digest}"),
            ],
        );
    }
    open("rsa", &["-aes-256-cbc", "-keyopt", "rsa_padding_mode:oaep"]);
    open(
        "rsa",
        &[
            "-aes-256-cbc",
            "-keyopt",
            "rsa_padding_mode:oaep",
            "-keyopt",
            "rsa_oaep_md:sha256",
        ],
    );
}

#[test]
fn broken_ciphers_are_read_only_when_admitted() {
    let scratch = pki().scratch();
    let entity = scratch.write("entity", MAIL_ENTITY);
    let pem = pki().path("rsa.pem");
    scratch
        .openssl(&[
            "cms", "-encrypt", "-binary", "-des3", "-in", &entity, "-out", "m", &pem,
        ])
        .succeed();
    let message = scratch.read("m");
    assert!(matches!(
        decrypted("rsa", &message),
        Err(DecryptError::LegacyCipher { .. })
    ));
    let mut options = smime::DecryptOptions::default();
    options.legacy = true;
    let held = smime::decrypt(
        &message[..],
        &[pki().identity("rsa")],
        &options,
        smime::MemorySpool::new(),
    )
    .unwrap();
    assert_eq!(held.report().findings, ["not-authenticated", "weak-cipher"]);
}

#[test]
fn sign_then_encrypt_is_undone_by_openssl() {
    let message = encrypted(
        &["p256", "rsa"],
        &signed("rsa", MAIL, &sign_options()),
        &encrypt_options(),
    );
    assert!(message.starts_with(b"From: RSA Holder <rsa@example.org>\r\nTo: p256@example.org\r\n"));
    let scratch = pki().scratch();
    let file = scratch.write("m", &message);
    let (pem, key) = (pki().path("p256.pem"), pki().path("p256.key"));
    scratch
        .openssl(&[
            "cms", "-decrypt", "-in", &file, "-recip", &pem, "-inkey", &key, "-out", "inner",
        ])
        .succeed();
    assert_eq!(verify(&scratch.read("inner")), MAIL_ENTITY);

    let (inner, _) = decrypted("p256", &message).unwrap();
    assert!(inner.starts_with(b"From: RSA Holder <rsa@example.org>\r\n"));
    assert_eq!(verify(&inner), MAIL_ENTITY);
}

#[test]
fn who_cannot_read_a_message_is_told_whom_it_is_for() {
    let message = encrypted(&["p256"], MAIL, &encrypt_options());
    let Err(DecryptError::NoMatchingRecipient { recipients }) = decrypted("p384", &message) else {
        panic!()
    };
    assert_eq!(recipients.len(), 1);
    assert!(
        recipients[0].contains(&pki().public("p256").serial_hex()),
        "{recipients:?}"
    );
    assert!(recipients[0].contains("issuing"), "{recipients:?}");
    assert!(matches!(
        decrypted("p256", MAIL),
        Err(DecryptError::NotEncrypted { .. })
    ));
    let opaque = signed("rsa", MAIL, &{
        let mut o = sign_options();
        o.form = SignForm::Opaque;
        o
    });
    let Err(DecryptError::NotEncrypted { found }) = decrypted("rsa", &opaque) else {
        panic!()
    };
    assert_eq!(found, "signed-data");
}

#[test]
fn damage_anywhere_gives_one_and_the_same_answer() {
    for (cipher, name) in [
        (ContentCipher::Aes256Gcm, "rsa"),
        (ContentCipher::Aes128Gcm, "p256"),
        (ContentCipher::Aes256Cbc, "p384"),
    ] {
        let mut options = encrypt_options();
        options.cipher = Some(cipher);
        let message = encrypted(&[name], MAIL, &options);
        let cms = smime::mime::Message::parse(&message)
            .decoded_body()
            .unwrap()
            .into_owned();
        // The tag, or the last block, which holds the padding.
        let mut damaged = cms.clone();
        *damaged.last_mut().unwrap() ^= 1;
        let result = decrypted(name, &damaged);
        if cipher.is_authenticated() {
            assert!(
                matches!(result, Err(DecryptError::DecryptionFailed)),
                "{result:?}"
            );
        } else if let Ok((content, _)) = result {
            assert_ne!(content, MAIL_ENTITY);
        }
        // The key of the recipient.
        let length = cms.len();
        let wrapped = cms
            .windows(11)
            .rposition(|w| w.starts_with(&[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 7, 1]));
        let mut damaged = cms;
        damaged[wrapped.unwrap() - 12] ^= 1;
        let result = decrypted(name, &damaged);
        assert!(
            matches!(result, Err(DecryptError::DecryptionFailed)) || !cipher.is_authenticated(),
            "{result:?}"
        );
        assert_eq!(damaged.len(), length);
    }
}

#[test]
fn unsuitable_recipients_are_all_named() {
    let recipients = [
        pki().public("ed25519"),
        pki().public("root"),
        pki().public("p256"),
    ];
    let error = encrypt(MAIL, &recipients, &encrypt_options(), Vec::new()).unwrap_err();
    let EncryptError::Recipients { refused } = &error else {
        panic!("{error}")
    };
    assert_eq!(refused.len(), 2, "{error}");
    assert!(refused[0].reason.contains("cannot be encrypted to"), "{error}");
    assert!(refused[1].reason.contains("keyAgreement"), "{error}");

    let mut late = encrypt_options();
    late.now += chrono::Duration::days(9999);
    let error = encrypt(MAIL, &[pki().public("rsa")], &late, Vec::new()).unwrap_err();
    assert!(error.to_string().contains("expired"), "{error}");
    assert!(matches!(
        encrypt(MAIL, &[], &late, Vec::new()),
        Err(EncryptError::NoRecipients)
    ));
}

#[test]
fn who_is_addressed_without_a_certificate_is_named() {
    let mail = String::from_utf8(MAIL.to_vec())
        .unwrap()
        .replace("To: ", "Cc: nobody@example.net\r\nTo: ");
    let report = encrypt(
        mail.as_bytes(),
        &[pki().public("p256")],
        &encrypt_options(),
        Vec::new(),
    )
    .unwrap();
    assert_eq!(report.cipher, ContentCipher::Aes256Cbc);
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert!(report.warnings[0].contains("nobody@example.net"));
}

#[test]
fn a_foreign_from_is_refused() {
    let error = sign(MAIL, &pki().identity("p256"), &sign_options(), Vec::new()).unwrap_err();
    let SignError::FromMismatch { from, held } = error else {
        panic!()
    };
    assert_eq!(
        (from.as_str(), held),
        ("rsa@example.org", vec!["p256@example.org".to_owned()])
    );
}

#[test]
fn gcm_is_chosen_when_everyone_announces_it() {
    let extensions = "keyUsage=critical,keyAgreement\nextendedKeyUsage=emailProtection\n\
        subjectAltName=email:gcm@example.org\n1.2.840.113549.1.9.15=ASN1:SEQUENCE:caps\n[caps]\na=SEQUENCE:gcm\n\
        [gcm]\no=OID:aes-256-gcm\n";
    pki().certificate("gcm", HOLDERS[1].1, Some("issuing"), extensions);
    let (gcm, cbc) = (pki().public("gcm"), pki().public("p256"));
    let options = encrypt_options();
    let report = encrypt(MAIL, std::slice::from_ref(&gcm), &options, Vec::new()).unwrap();
    assert_eq!(report.cipher, ContentCipher::Aes256Gcm);
    let report = encrypt(MAIL, &[gcm, cbc], &options, Vec::new()).unwrap();
    assert_eq!(report.cipher, ContentCipher::Aes256Cbc);
}
