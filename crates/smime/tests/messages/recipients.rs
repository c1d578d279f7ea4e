//! Whom a message may be encrypted to, and what a signer says of himself so that others can encrypt to him.

use identity::{Certificate, CertificateList, ContentCipher};
use smime::contacts::lessons;
use smime::{Capabilities, EncryptError, encrypt};

use crate::pki::*;

const EC: [&str; 4] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// Makes a holder with his own extensions.
fn holder(name: &str, extensions: &str) -> Certificate {
    let address = format!("subjectAltName=email:{name}@example.org\n");
    pki().certificate(name, &EC, Some("issuing"), &format!("{extensions}{address}"));
    pki().public(name)
}

fn later() -> smime::EncryptOptions {
    smime::EncryptOptions::new(now() + chrono::TimeDelta::seconds(2))
}

#[test]
fn every_certificate_that_may_not_encrypt_is_refused_with_its_reason() {
    let mail = "extendedKeyUsage=emailProtection\n";
    let agreeing = holder("agreeing", &format!("keyUsage=keyAgreement\n{mail}"));
    let signing = holder("signing", &format!("keyUsage=digitalSignature\n{mail}"));
    let data = holder(
        "data",
        &format!("keyUsage=dataEncipherment,keyEncipherment\n{mail}"),
    );
    let server = holder("server", "keyUsage=keyAgreement\nextendedKeyUsage=serverAuth\n");
    let options = later();
    encrypt(MAIL, std::slice::from_ref(&agreeing), &options, Vec::new()).unwrap();

    let all = [agreeing, signing, data, server, pki().public("ed25519")];
    let mut out = Vec::new();
    let error = encrypt(MAIL, &all, &options, &mut out).unwrap_err();
    assert!(out.is_empty());
    let EncryptError::Recipients { refused } = &error else {
        panic!("{error}")
    };
    let reasons: Vec<_> = refused
        .iter()
        .map(|r| (r.name.as_str(), r.reason.split("; ").next().unwrap()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("signing@example.org", "its key usage does not allow keyAgreement"),
            ("data@example.org", "its key usage does not allow keyAgreement"),
            (
                "server@example.org",
                "its extended key usage does not allow emailProtection"
            ),
            (
                "ed25519@example.org",
                "its ed25519 key signs, and cannot be encrypted to"
            ),
        ],
        "{error}"
    );
    let mut late = options;
    late.now += chrono::TimeDelta::days(5000);
    let error = encrypt(MAIL, &all[..1], &late, Vec::new()).unwrap_err();
    assert!(error.to_string().contains("it expired on"), "{error}");
    late.now -= chrono::TimeDelta::days(6000);
    let error = encrypt(MAIL, &all[..1], &late, Vec::new()).unwrap_err();
    assert!(error.to_string().contains("it is not valid before"), "{error}");
}

#[test]
fn nothing_is_encrypted_to_a_revoked_certificate() {
    pki().certificate(
        "lister",
        &EC,
        Some("root"),
        "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n",
    );
    for name in ["stays", "goes"] {
        let extensions = format!("keyUsage=keyAgreement\nsubjectAltName=email:{name}@example.org\n");
        pki().certificate(name, &EC, Some("lister"), &extensions);
    }
    let (stays, goes) = (pki().public("stays"), pki().public("goes"));
    let scratch = pki().scratch();
    // OpenSSL wants whole octets.
    let serial = goes.serial_hex().to_uppercase();
    let serial = format!("{}{serial}", &"0"[..serial.len() % 2]);
    let index = format!("R\t400101000000Z\t260101000000Z,keyCompromise\t{serial}\tunknown\t/CN=goes\n");
    scratch.write("index", index.as_bytes());
    scratch.write("number", b"01\n");
    let settings = scratch.write(
        "ca",
        b"[ca]\ndefault_ca=a\n[a]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\n",
    );
    let (key, issuer) = (pki().path("lister.key"), pki().path("lister.pem"));
    scratch
        .openssl(&[
            "ca", "-gencrl", "-config", &settings, "-keyfile", &key, "-cert", &issuer, "-crldays", "30",
            "-out", "crl.pem",
        ])
        .succeed();
    let blocks = identity::pem::decode(&scratch.read("crl.pem")).unwrap();
    let list = CertificateList::from_der(&blocks[0].der).unwrap();

    let mut options = later();
    options.crls = vec![list];
    options.issuers = vec![pki().public("lister")];
    let report = encrypt(MAIL, std::slice::from_ref(&stays), &options, Vec::new()).unwrap();
    assert!(
        !report.warnings.iter().any(|w| w.contains("revoked")),
        "{report:?}"
    );
    let error = encrypt(MAIL, &[stays.clone(), goes], &options, Vec::new()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("goes@example.org") && text.contains("revoked") && !text.contains("stays@"),
        "{text}"
    );
    // Of an issuer whose list is not there nothing is known.
    options.issuers = Vec::new();
    let report = encrypt(MAIL, &[stays], &options, Vec::new()).unwrap();
    assert!(
        report.warnings[0]
            .starts_with("whether the certificate of stays@example.org was revoked is not known"),
        "{report:?}"
    );
}

#[test]
fn a_signer_with_two_certificates_names_the_one_to_encrypt_to() {
    let mail = "extendedKeyUsage=emailProtection\nsubjectAltName=email:pair@example.org\n";
    for (name, usage) in [
        ("pair-sign", "digitalSignature"),
        ("pair-encrypt", "keyAgreement"),
    ] {
        pki().certificate(
            name,
            &EC,
            Some("issuing"),
            &format!("keyUsage=critical,{usage}\n{mail}"),
        );
    }
    let encryption = pki().public("pair-encrypt");
    let mut options = sign_options();
    options.signing_time += chrono::TimeDelta::seconds(1);
    options.encryption_certificate = Some(encryption.clone());
    options.capabilities = Capabilities::Gcm;
    let message = signed("pair-sign", b"Hello\n", &options);

    let report = verified(&message);
    assert_eq!(
        report.signers[0].encryption_certificate.as_ref(),
        Some(&encryption)
    );
    let lessons = lessons(&report, now()).unwrap();
    assert_eq!(lessons[0].certificates.len(), 2);
    assert_eq!(lessons[0].certificates[1].certificate, encryption);

    // OpenSSL names the attribute and the certificate in it, and accepts the signature.
    let scratch = pki().scratch();
    let file = scratch.write("m", &message);
    scratch
        .openssl(&["cms", "-verify", "-in", &file, "-CAfile", &pki().path("root.pem")])
        .succeed();
    let (_, signature) = split(&message);
    let file = scratch.write("s", &signature);
    let print = [
        "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", &file,
    ];
    let printed = String::from_utf8(scratch.openssl(&print).succeed().stdout).unwrap();
    assert!(printed.contains("id-smime-aa-encrypKeyPref"), "{printed}");

    // What was announced chooses the cipher of the next message to the learner's contact.
    let mut options = later();
    let known = report.signers[0].capabilities.clone();
    options.learned.insert(encryption.fingerprint_sha256(), known);
    let recipients = [encryption];
    let report = encrypt(MAIL, &recipients, &options, Vec::new()).unwrap();
    assert_eq!(report.cipher, ContentCipher::Aes256Gcm);
    options.learned.clear();
    let report = encrypt(MAIL, &recipients, &options, Vec::new()).unwrap();
    assert_eq!(report.cipher, ContentCipher::Aes256Cbc);
}
