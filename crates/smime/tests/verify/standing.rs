//! Who the signer is: roots, time, purpose, revocation.

use chrono::TimeDelta;
use smime::report::{Code, Verdict};

use super::pki::{MAIL, have, pki, sign_options, signed};
use super::{assert_refused, assert_valid, judge, judged, root, trusting};

fn mail() -> Vec<u8> {
    signed("rsa", MAIL, &sign_options())
}

#[test]
fn our_own_messages_are_valid() {
    if !have("openssl") {
        return;
    }
    for name in ["rsa", "p256", "p384", "p521", "ed25519"] {
        let input = String::from_utf8_lossy(MAIL).replace("rsa@", &format!("{name}@"));
        let report = judged(&signed(name, input.as_bytes(), &sign_options()));
        assert_valid(&report);
        assert!(report.findings.is_empty(), "{:#?}", report.findings);
        assert_eq!(report.content_type.as_deref(), Some("text/plain"));
    }
}

#[test]
fn without_roots_or_with_others_nothing_is_known() {
    if !have("openssl") {
        return;
    }
    let report = judge(&mail(), &trusting(&[]));
    assert_refused(&report, Verdict::Indeterminate, Code::UnknownIssuer);
    assert_eq!(report.signers[0].status, Code::UnknownIssuer);
    pki().certificate(
        "stranger",
        super::pki::HOLDERS[1].1,
        None,
        "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n",
    );
    let strangers = [pki().public("stranger")];
    let report = judge(&mail(), &trusting(&strangers));
    assert_refused(&report, Verdict::Indeterminate, Code::UnknownIssuer);
    assert_eq!(report.signers[0].status, Code::UnknownIssuer);
    assert_eq!(report.from_matches, Some(true));
}

#[test]
fn time_decides() {
    if !have("openssl") {
        return;
    }
    let anchors = root();
    let mut options = trusting(&anchors);
    let leaf = pki().public("rsa");
    let message = mail();
    options.now = leaf.not_after();
    assert_eq!(
        judge(&message, &options).verdict,
        Verdict::Valid,
        "the last second belongs to the validity"
    );
    options.now += TimeDelta::seconds(1);
    let report = judge(&message, &options);
    assert_refused(&report, Verdict::Invalid, Code::Expired);
    assert_eq!(report.signers[0].status, Code::Expired);
    options.now = pki().public("root").not_before() - TimeDelta::days(2);
    let report = judge(&message, &options);
    assert_refused(&report, Verdict::Invalid, Code::NotYetValid);
    assert!(report.finding(Code::SigningTimeInFuture).is_some());
    let mut early = sign_options();
    early.signing_time = leaf.not_before() - TimeDelta::days(9);
    let report = judged(&signed("rsa", MAIL, &early));
    assert_eq!(report.verdict, Verdict::Valid);
    assert!(report.finding(Code::SigningTimeOutsideValidity).is_some());
}

/// Makes a holder with these extensions and returns a message that it signed with OpenSSL.
fn signed_by(name: &str, issuer: &str, extensions: &str) -> Vec<u8> {
    pki().certificate(name, super::pki::HOLDERS[1].1, Some(issuer), extensions);
    let scratch = pki().scratch();
    let entity = scratch.write("entity", super::pki::MAIL_ENTITY);
    let path = |suffix: &str| pki().path(&format!("{name}.{suffix}"));
    scratch
        .openssl(&[
            "cms",
            "-sign",
            "-in",
            &entity,
            "-signer",
            &path("pem"),
            "-inkey",
            &path("key"),
            "-certfile",
            &path("chain"),
            "-from",
            &format!("{name}@example.org"),
            "-out",
            "signed",
        ])
        .succeed();
    scratch.read("signed")
}

#[test]
fn purpose_decides() {
    if !have("openssl") {
        return;
    }
    let server = signed_by(
        "server",
        "issuing",
        "extendedKeyUsage=serverAuth\nsubjectAltName=email:server@example.org\n",
    );
    let report = judged(&server);
    assert_refused(&report, Verdict::Invalid, Code::WrongPurpose);
    assert_eq!(report.signers[0].status, Code::WrongPurpose);
    let encrypting = signed_by(
        "encrypting",
        "issuing",
        "keyUsage=critical,keyAgreement\nextendedKeyUsage=emailProtection\nsubjectAltName=email:encrypting@example.org\n",
    );
    assert_refused(&judged(&encrypting), Verdict::Invalid, Code::WrongPurpose);
    let critical = signed_by(
        "critical",
        "issuing",
        "1.2.3.4.5=critical,ASN1:NULL\nsubjectAltName=email:critical@example.org\n",
    );
    assert_refused(
        &judged(&critical),
        Verdict::Invalid,
        Code::UnknownCriticalExtension,
    );
}

#[test]
fn a_leaf_is_no_issuer() {
    if !have("openssl") {
        return;
    }
    let forged = signed_by("forged", "p256", "subjectAltName=email:forged@example.org\n");
    let report = judged(&forged);
    assert_refused(&report, Verdict::Invalid, Code::NotACa);
}

#[test]
fn issuers_bind_addresses() {
    if !have("openssl") {
        return;
    }
    for (constraint, name, inside) in [
        ("email:example.org", "within", true),
        ("email:.example.org", "below", false),
        ("email:other.example", "outside", false),
    ] {
        let issuer = format!("constrained-{name}");
        pki().certificate(
            &issuer,
            super::pki::HOLDERS[1].1,
            Some("root"),
            &format!("basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\nnameConstraints=permitted;{constraint}\n"),
        );
        let report = judged(&signed_by(
            name,
            &issuer,
            &format!("subjectAltName=email:{name}@example.org\n"),
        ));
        if inside {
            assert_valid(&report);
        } else {
            assert_refused(&report, Verdict::Invalid, Code::NameConstraintViolation);
        }
    }
}

#[test]
fn classes_come_from_policies() {
    if !have("openssl") {
        return;
    }
    let message = signed_by(
        "classy",
        "issuing",
        "certificatePolicies=1.3.6.1.4.1.32473.1.2\nsubjectAltName=email:classy@example.org\n",
    );
    let report = judged(&message);
    assert_valid(&report);
    assert_eq!(report.signers[0].class, Some(2));
    assert_eq!(
        judge(&message, &trusting(&[])).signers[0].class,
        None,
        "an unknown issuer's word is none"
    );
}
