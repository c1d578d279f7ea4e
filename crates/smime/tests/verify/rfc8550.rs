//! RFC 8550, S/MIME 4.0 Certificate Handling: what it says of messages, a test for each rule. What it says of certificates and
//! their paths is in `path/rfc8550.rs`.

use identity::pem;
use smime::SignForm;
use smime::mime::{Message, encode_base64};
use smime::report::{Code, Verdict};

use super::countersigned::{der, values};
use super::made_by_others::openssl_signed;
use super::pki::{HOLDERS, MAIL, Scratch, have, pki, sign_options, signed};
use super::{assert_refused, assert_valid, judge, judged, replaced, root, trusting};

/// Our message of a holder, from an address of his.
fn mail_of(holder: &str) -> Vec<u8> {
    replaced(MAIL, "rsa@", &format!("{holder}@"))
}

fn opaque(holder: &str, mail: &[u8]) -> Vec<u8> {
    let mut options = sign_options();
    options.form = SignForm::Opaque;
    signed(holder, mail, &options)
}

/// The message with the sets of certificates and of revocation lists as they are given.
fn with_sets(mail: &[u8], certificates: &[&[u8]], lists: &[&[u8]]) -> Vec<u8> {
    let parsed = Message::parse(mail);
    let cms = parsed.decoded_body().unwrap().into_owned();
    let (_, info, _) = values(&cms)[0];
    let fields = values(info);
    let (_, data, _) = values(fields[1].1)[0];
    let parts = values(data);
    let set = |tag, members: &[&[u8]]| match members {
        [] => Vec::new(),
        members => der(tag, members),
    };
    let data = der(
        0x30,
        &[
            parts[0].2,
            parts[1].2,
            parts[2].2,
            &set(0xA0, certificates),
            &set(0xA1, lists),
            parts[4].2,
        ],
    );
    let cms = der(0x30, &[fields[0].2, &der(0xA0, &[&data])]);
    let header = &mail[..mail.len() - parsed.body().len()];
    [header, &encode_base64(&cms)].concat()
}

/// 2.2 and 4.1: revocation lists in a message are recognised, and what they say counts.
#[test]
fn revocation_lists_in_a_message() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    pki().certificate(
        "lister",
        HOLDERS[1].1,
        Some("root"),
        "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n",
    );
    let address = "subjectAltName=email:withdrawn@example.org\n";
    pki().certificate("withdrawn", HOLDERS[1].1, Some("lister"), address);
    let mail = opaque("withdrawn", &mail_of("withdrawn"));
    let own = [pki().public("withdrawn"), pki().public("lister")];
    let certificates: Vec<&[u8]> = own.iter().map(identity::Certificate::der).collect();
    let (before, after) = revocation_lists(&scratch, "lister", "withdrawn");

    assert_valid(&judged(&with_sets(&mail, &certificates, &[])));
    assert_valid(&judged(&with_sets(&mail, &certificates, &[&before])));
    let report = judged(&with_sets(&mail, &certificates, &[&after]));
    assert_refused(&report, Verdict::Invalid, Code::Revoked);
    assert_eq!(report.signers[0].status, Code::Revoked);
    // One that cannot be read says nothing, and takes nothing away.
    let broken = der(0x30, &[b"\x05\x00"]);
    assert_valid(&judged(&with_sets(&mail, &certificates, &[&broken])));
    let report = judged(&with_sets(&mail, &certificates, &[&broken, &after]));
    assert_refused(&report, Verdict::Invalid, Code::Revoked);
}

/// The lists of an issuer before and after it revoked a certificate.
fn revocation_lists(scratch: &Scratch, issuer: &str, revoked: &str) -> (Vec<u8>, Vec<u8>) {
    scratch.write(
        "ca.cnf",
        b"[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\n\
          serial=serial\nnew_certs_dir=.\ncrlnumber=number\n",
    );
    scratch.write("index.txt", b"");
    scratch.write("number", b"01\n");
    let (certificate, key) = (
        pki().path(&format!("{issuer}.pem")),
        pki().path(&format!("{issuer}.key")),
    );
    let base = ["ca", "-config", "ca.cnf", "-cert", &certificate, "-keyfile", &key];
    let list = |name: &str| {
        scratch
            .openssl(&[&base[..], &["-gencrl", "-out", name]].concat())
            .succeed();
        pem::decode(&scratch.read(name)).unwrap()[0].der.to_vec()
    };
    let before = list("before.crl");
    let revoked = pki().path(&format!("{revoked}.pem"));
    scratch
        .openssl(&[&base[..], &["-revoke", &revoked]].concat())
        .succeed();
    (before, list("after.crl"))
}

/// 2.3: any number of certificates in any order, with strangers and other kinds of certificate among them.
#[test]
fn certificates_in_a_message() {
    if !have("openssl") {
        return;
    }
    let mail = opaque("p256", &mail_of("p256"));
    let [leaf, issuing, stranger, root] = ["p256", "issuing", "rsa", "root"].map(|name| pki().public(name));
    let [leaf, issuing, stranger, root] = [&leaf, &issuing, &stranger, &root].map(|found| found.der());
    for order in [
        &[leaf, issuing][..],
        &[issuing, leaf],
        &[root, issuing, leaf],
        &[stranger, issuing, stranger, leaf, root],
        &[leaf, leaf, issuing, issuing],
    ] {
        assert_valid(&judged(&with_sets(&mail, order, &[])));
    }
    // An attribute certificate ([2], RFC 5652 10.2.2), one of the obsolete kinds ([0] and [1]), and one of another format ([3]).
    for other in [0xA2, 0xA0, 0xA1, 0xA3] {
        let other = der(other, &[&der(6, &[b"\x2a\x03"]), b"\x05\x00"]);
        assert_valid(&judged(&with_sets(&mail, &[&other, leaf, issuing], &[])));
        assert_valid(&judged(&with_sets(&mail, &[leaf, &other, issuing], &[])));
    }
}

/// 2.3: a message without certificates is judged with those that the reader has.
#[test]
fn a_message_without_certificates() {
    if !have("openssl") {
        return;
    }
    let mail = with_sets(&opaque("p256", &mail_of("p256")), &[], &[]);
    let report = judged(&mail);
    assert_refused(&report, Verdict::Indeterminate, Code::SignerCertificateAbsent);
    let (anchors, known) = (root(), [pki().public("p256"), pki().public("issuing")]);
    let mut options = trusting(&anchors);
    options.untrusted = &known;
    assert_valid(&judge(&mail, &options));
}

/// 2.3: a self-signed certificate that a message brings is not trusted for that.
#[test]
fn a_root_that_a_message_brings() {
    if !have("openssl") {
        return;
    }
    let mail = opaque("p256", &mail_of("p256"));
    let all = ["p256", "issuing", "root"].map(|name| pki().public(name));
    let all: Vec<&[u8]> = all.iter().map(identity::Certificate::der).collect();
    let mail = with_sets(&mail, &all, &[]);
    let report = judge(&mail, &trusting(&[]));
    assert_refused(&report, Verdict::Indeterminate, Code::UnknownIssuer);
    assert_valid(&judged(&mail));
}

/// 3: the address in From is compared with those in the signer's certificate, and a difference is told.
#[test]
fn from_is_compared() {
    if !have("openssl") {
        return;
    }
    let message = signed("p256", &mail_of("p256"), &sign_options());
    let honest = judged(&message);
    assert_valid(&honest);
    assert_eq!(honest.from_matches, Some(true));
    let other = judged(&replaced(&message, "p256@", "p384@"));
    assert_refused(&other, Verdict::Invalid, Code::FromMismatch);
    assert_eq!(other.from_matches, Some(false));
}

/// 3: a certificate without any address is accepted; who the sender is has then to be known in another way.
#[test]
fn a_signer_without_address() {
    if !have("openssl") {
        return;
    }
    pki().certificate("nameless", HOLDERS[1].1, Some("issuing"), "");
    let message = openssl_signed(&pki().scratch(), "nameless", &[]);
    let report = judged(&message);
    assert_ne!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
    assert_ne!(report.from_matches, Some(true));
    let anchors = root();
    let mut options = trusting(&anchors);
    options.any_sender = true;
    assert_valid(&judge(&message, &options));
}

/// 4.3: RSA with PKCS #1 v1.5 and PSS, ECDSA on P-256, and Ed25519 are verified.
#[test]
fn the_algorithms_that_must_be_verified() {
    if !have("openssl") {
        return;
    }
    for (holder, pss) in [("rsa", false), ("rsa", true), ("p256", false), ("ed25519", false)] {
        let mut options = sign_options();
        options.pss = pss;
        assert_valid(&judged(&signed(holder, &mail_of(holder), &options)));
    }
}

/// 4.3: RSA keys shorter than 2,048 bits give no seal.
#[test]
fn short_keys() {
    if !have("openssl") {
        return;
    }
    pki().certificate(
        "short",
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        Some("issuing"),
        "subjectAltName=email:short@example.org\n",
    );
    let report = judged(&openssl_signed(&pki().scratch(), "short", &[]));
    assert_refused(&report, Verdict::Invalid, Code::WeakKey);
}
