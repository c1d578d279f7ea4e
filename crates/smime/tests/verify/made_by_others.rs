//! Messages signed by OpenSSL, NSS and GnuPG (through what they wrote), accepted in every form.

use smime::report::Code;

use super::pki::{MAIL_ENTITY, Scratch, have, pki};
use super::{assert_valid, judge, judged, root, trusting};

/// Signs with `openssl cms` as `holder`; the From header is added in front.
pub(super) fn openssl_signed(scratch: &Scratch, holder: &str, extra: &[&str]) -> Vec<u8> {
    let entity = scratch.write("entity", MAIL_ENTITY);
    let (key, certificate, chain) = files(holder);
    let from = format!("{holder}@example.org");
    let command = [
        "cms",
        "-sign",
        "-in",
        &entity,
        "-signer",
        &certificate,
        "-inkey",
        &key,
        "-certfile",
        &chain,
        "-from",
        &from,
        "-out",
        "signed",
    ];
    scratch.openssl(&[&command[..], extra].concat()).succeed();
    scratch.read("signed")
}

fn files(holder: &str) -> (String, String, String) {
    (
        pki().path(&format!("{holder}.key")),
        pki().path(&format!("{holder}.pem")),
        pki().path(&format!("{holder}.chain")),
    )
}

#[test]
fn openssl_in_every_form() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    for holder in ["rsa", "p256", "p384", "p521"] {
        for extra in [
            &[][..],
            &["-nodetach"],
            &["-nodetach", "-stream"],
            &["-stream"],
            &["-noattr"],
            &["-noattr", "-nodetach"],
            &["-keyid"],
            &["-cades"],
            &["-md", "sha512"],
            &["-binary"],
        ] {
            let message = openssl_signed(&scratch, holder, extra);
            let report = judged(&message);
            assert_valid(&report);
            assert_eq!(report.from_matches, Some(true), "{holder} {extra:?}");
            assert_eq!(report.signers[0].emails, [format!("{holder}@example.org")]);
            assert_eq!(report.signers[0].chain.len(), 3);
            assert_eq!(
                report.signers[0].signing_time.is_none(),
                extra.contains(&"-noattr")
            );
        }
    }
}

#[test]
fn openssl_pss() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    for salt in ["rsa_pss_saltlen:-1", "rsa_pss_saltlen:20"] {
        let extra = [
            "-keyopt",
            "rsa_padding_mode:pss",
            "-keyopt",
            salt,
            "-md",
            "sha256",
        ];
        assert_valid(&judged(&openssl_signed(&scratch, "rsa", &extra)));
    }
}

#[test]
fn bare_der_ber_and_pem() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    let anchors = root();
    let mut options = trusting(&anchors);
    for extra in [
        &["-outform", "DER"][..],
        &["-outform", "PEM"],
        &["-outform", "DER", "-stream"],
    ] {
        let extra = [&["-nodetach"], extra].concat();
        let message = openssl_signed(&scratch, "p256", &extra);
        options.any_sender = false;
        let report = judge(&message, &options);
        assert_eq!(report.from_matches, None);
        assert_eq!(report.verdict.as_str(), "indeterminate");
        assert!(report.finding(Code::NoFrom).is_some());
        options.any_sender = true;
        assert_valid(&judge(&message, &options));
    }
}

#[test]
fn several_signers_are_each_judged() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    let entity = scratch.write("entity", MAIL_ENTITY);
    let (rsa, p256) = (files("rsa"), files("p256"));
    scratch
        .openssl(&[
            "cms",
            "-sign",
            "-in",
            &entity,
            "-signer",
            &rsa.1,
            "-inkey",
            &rsa.0,
            "-signer",
            &p256.1,
            "-inkey",
            &p256.0,
            "-certfile",
            &rsa.2,
            "-from",
            "p256@example.org",
            "-out",
            "two",
        ])
        .succeed();
    let report = judged(&scratch.read("two"));
    assert_valid(&report);
    assert_eq!(report.signers.len(), 2);
    let other = report.finding(Code::FromMismatch).unwrap();
    assert_eq!(report.signers[other.signer.unwrap()].emails, ["rsa@example.org"]);
    // An added signer on an opaque message.
    let opaque = openssl_signed(&scratch, "rsa", &["-nodetach", "-outform", "DER"]);
    scratch.write("opaque", &opaque);
    scratch
        .openssl(&[
            "cms", "-resign", "-inform", "DER", "-in", "opaque", "-signer", &p256.1, "-inkey", &p256.0,
            "-outform", "PEM", "-out", "again",
        ])
        .succeed();
    let anchors = root();
    let mut options = trusting(&anchors);
    options.any_sender = true;
    let report = judge(&scratch.read("again"), &options);
    assert_valid(&report);
    assert_eq!(report.signers.len(), 2);
}

#[test]
fn the_signer_certificate_may_come_from_elsewhere() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    let message = openssl_signed(&scratch, "p256", &["-nocerts"]);
    // OpenSSL still sends what -certfile names: the chain, without the signer.
    let report = judged(&message);
    assert_eq!(report.verdict.as_str(), "indeterminate");
    assert_eq!(report.signers[0].status, Code::SignerCertificateAbsent);
    assert_eq!(report.from_matches, None);
    let (anchors, untrusted) = (root(), [pki().public("p256"), pki().public("issuing")]);
    let mut options = trusting(&anchors);
    options.untrusted = &untrusted;
    assert_valid(&judge(&message, &options));
}

#[test]
fn sha1_is_weak_unless_legacy_is_admitted() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    let message = openssl_signed(&scratch, "rsa", &["-md", "sha1"]);
    let report = judged(&message);
    assert_eq!(report.verdict.as_str(), "invalid");
    assert_eq!(report.signers[0].status, Code::WeakDigest);
    let anchors = root();
    let mut options = trusting(&anchors);
    options.legacy = true;
    let report = judge(&message, &options);
    assert_valid(&report);
    assert!(report.finding(Code::WeakDigest).is_some());
}
