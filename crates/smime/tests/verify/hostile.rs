//! Certificates and lists that mean harm, or bad news.

use std::time::{Duration, Instant};

use identity::{CertificateList, pem};
use smime::path::{PathOptions, Purpose, Revocation, build_and_validate};
use smime::report::{Code, Verdict};

use super::pki::{HOLDERS, MAIL, have, now, pki, sign_options, signed};
use super::{assert_refused, assert_valid, judge, root, trusting};

#[test]
fn work_is_bounded() {
    if !have("openssl") {
        return;
    }
    // Many authorities of the same name, none of which made the signature.
    let scratch = pki().scratch();
    let mut impostors = Vec::new();
    for index in 0..12 {
        let (key, pem) = (format!("{index}.key"), format!("{index}.pem"));
        scratch
            .openssl(&[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-keyout",
                &key,
                "-out",
                &pem,
                "-subj",
                "/O=Example/CN=issuing",
                "-days",
                "100",
            ])
            .succeed();
        impostors.extend(pem::certificates(&scratch.read(&pem)).unwrap());
    }
    impostors.push(pki().public("issuing"));
    let anchors = root();
    let leaf = pki().public("p256");
    let mut options = PathOptions::new(now() + chrono::TimeDelta::seconds(2));
    options.purpose = Purpose::SmimeSign;
    let report = build_and_validate(&leaf, &anchors, &impostors, &options);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
    options.limits.signature_checks = 1;
    let report = build_and_validate(&leaf, &anchors, &impostors, &options);
    assert_eq!(
        (report.status, report.verdict),
        (Code::TooComplex, Verdict::Indeterminate)
    );
    options.limits = Default::default();
    let crowd: Vec<_> = std::iter::repeat_n(&impostors, 1000).flatten().cloned().collect();
    let before = Instant::now();
    let report = build_and_validate(&leaf, &[], &crowd, &options);
    assert_ne!(report.verdict, Verdict::Valid);
    assert!(
        before.elapsed() < Duration::from_secs(5),
        "{:?}",
        before.elapsed()
    );
}

#[test]
fn the_most_useful_reason_and_a_direct_anchor() {
    if !have("openssl") {
        return;
    }
    let leaf = pki().public("p256");
    let mut options = PathOptions::new(now() + chrono::TimeDelta::seconds(2));
    let direct = build_and_validate(&leaf, std::slice::from_ref(&leaf), &[], &options);
    assert_eq!((direct.status, direct.chain.len()), (Code::Ok, 1));
    let missing = build_and_validate(&leaf, &root(), &[], &options);
    assert_eq!(
        (missing.status, missing.verdict),
        (Code::UnknownIssuer, Verdict::Indeterminate)
    );
    options.purpose = Purpose::SmimeEncrypt;
    let mailbox = "bob@example.org".parse().unwrap();
    options.email = Some(&mailbox);
    let helpers = [pki().public("issuing")];
    let other = build_and_validate(&leaf, &root(), &helpers, &options);
    assert_eq!(
        (other.status, other.verdict),
        (Code::EmailMismatch, Verdict::Invalid)
    );
    // One bit of the leaf changed: its issuer did not sign that.
    let mut der = leaf.der().to_vec();
    let end = der.len() - 1;
    der[end] ^= 1;
    let forged = identity::Certificate::from_der(&der).unwrap();
    options.email = None;
    let report = build_and_validate(&forged, &root(), &helpers, &options);
    assert_eq!(
        (report.status, report.verdict),
        (Code::AlteredCertificate, Verdict::Invalid)
    );
}

#[test]
fn revoked_signers_are_refused() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    pki().certificate(
        "listing",
        HOLDERS[1].1,
        Some("root"),
        "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n",
    );
    pki().certificate(
        "revoked",
        HOLDERS[1].1,
        Some("listing"),
        "subjectAltName=email:rsa@example.org\n",
    );
    scratch.write(
        "ca.cnf",
        b"[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\n\
          serial=serial\nnew_certs_dir=.\n",
    );
    scratch.write("index.txt", b"");
    let (pem_file, key) = (pki().path("listing.pem"), pki().path("listing.key"));
    let list = |name: &str| -> CertificateList {
        let command = [
            "ca", "-config", "ca.cnf", "-cert", &pem_file, "-keyfile", &key, "-gencrl", "-out", name,
        ];
        scratch.openssl(&command).succeed();
        CertificateList::from_der(&pem::decode(&scratch.read(name)).unwrap()[0].der).unwrap()
    };
    let good = [list("good.crl")];
    let revoke = [
        "ca",
        "-config",
        "ca.cnf",
        "-cert",
        &pem_file,
        "-keyfile",
        &key,
        "-revoke",
        &pki().path("revoked.pem"),
    ];
    scratch.openssl(&revoke).succeed();
    let bad = [list("bad.crl")];
    let message = signed("revoked", MAIL, &sign_options());
    let anchors = root();
    let mut options = trusting(&anchors);
    assert_valid(&judge(&message, &options));
    options.revocation = Revocation::Required;
    assert_refused(
        &judge(&message, &options),
        Verdict::Indeterminate,
        Code::RevocationUnknown,
    );
    options.revocation = Revocation::IfGiven;
    options.crls = &good;
    assert_valid(&judge(&message, &options));
    options.crls = &bad;
    let report = judge(&message, &options);
    assert_refused(&report, Verdict::Invalid, Code::Revoked);
    assert_eq!(report.signers[0].status, Code::Revoked);
    options.revocation = Revocation::Off;
    assert_valid(&judge(&message, &options));
}
