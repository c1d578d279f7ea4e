//! What stands around a signature, and what a message says wrongly of itself: each thing is told.

use smime::report::{Code, Severity, Verdict, VerifyReport};
use smime::{Discard, MemorySpool, SignForm, verify, verify_detached};

use super::pki::{MAIL, encrypt_options, encrypted, have, pki, sign_options, signed, split};
use super::{assert_refused, assert_valid, judged, replaced, root, trusting};

fn clear() -> Vec<u8> {
    signed("p256", &replaced(MAIL, "rsa@", "p256@"), &sign_options())
}

fn opaque() -> Vec<u8> {
    let mut options = sign_options();
    options.form = SignForm::Opaque;
    signed("p256", &replaced(MAIL, "rsa@", "p256@"), &options)
}

/// Valid, and the finding is there with that severity.
#[track_caller]
fn assert_told(message: &[u8], code: Code, severity: Severity) -> VerifyReport {
    let report = judged(message);
    let finding = report.finding(code);
    let finding = finding.unwrap_or_else(|| panic!("{code} expected: {:#?}", report.findings));
    assert_eq!(finding.severity, severity);
    if severity != Severity::Error {
        assert_valid(&report);
    }
    report
}

#[test]
fn text_before_and_after_the_parts() {
    if !have("openssl") {
        return;
    }
    let message = clear();
    assert!(judged(&message).finding(Code::TextOutsideParts).is_none());
    let notice = "This is a cryptographically signed message in MIME format.";
    let other = replaced(&message, notice, "Dear Bob, please pay Mallory.");
    let report = assert_told(&other, Code::TextOutsideParts, Severity::Warning);
    // Its words may have been encrypted, and the report goes to more people than the message.
    let text = &report.finding(Code::TextOutsideParts).unwrap().message;
    assert!(
        text.contains("before the first part") && !text.contains("Mallory"),
        "{text}"
    );
    let more = replaced(&message, notice, &format!("{notice}\r\nPay Mallory."));
    assert_told(&more, Code::TextOutsideParts, Severity::Warning);
    let far = replaced(&message, notice, &format!("{}Pay", "\r\n".repeat(5000)));
    assert_told(&far, Code::TextOutsideParts, Severity::Warning);
    let footer = [&message[..], b"_______\r\nlist mailing list\r\n"].concat();
    assert_told(&footer, Code::TextOutsideParts, Severity::Warning);
}

#[test]
fn a_cut_off_multipart() {
    if !have("openssl") {
        return;
    }
    let message = String::from_utf8(clear()).unwrap();
    let close = message.trim_end().rfind("\r\n--").unwrap();
    assert_told(&message.as_bytes()[..close], Code::CutOff, Severity::Warning);
    let half = &message[..message.find("name=smime.p7s").unwrap() - 60];
    let report = judged(half.as_bytes());
    assert_refused(&report, Verdict::Invalid, Code::MalformedSignature);
    assert!(report.finding(Code::CutOff).is_some(), "{:#?}", report.findings);
    assert!(report.signers.is_empty());
}

#[test]
fn a_multipart_in_a_transfer_encoding() {
    if !have("openssl") {
        return;
    }
    let message = clear();
    let with = |encoding: &str| {
        let field = format!("MIME-Version: 1.0\r\nContent-Transfer-Encoding: {encoding}");
        replaced(&message, "MIME-Version: 1.0", &field)
    };
    for harmless in ["7bit", "8BIT", "binary"] {
        assert!(judged(&with(harmless)).finding(Code::IllegalEncoding).is_none());
    }
    for encoding in ["base64", "quoted-printable", "x-uuencode"] {
        assert_refused(&judged(&with(encoding)), Verdict::Invalid, Code::IllegalEncoding);
    }
}

#[test]
fn smime_type_is_compared() {
    if !have("openssl") {
        return;
    }
    let message = opaque();
    assert!(judged(&message).finding(Code::SmimeTypeMismatch).is_none());
    for other in ["enveloped-data", "compressed-data", "nonsense"] {
        let wrong = replaced(&message, "smime-type=signed-data", &format!("smime-type={other}"));
        assert_told(&wrong, Code::SmimeTypeMismatch, Severity::Warning);
    }
    let without = replaced(&message, " smime-type=signed-data;", "");
    assert!(judged(&without).finding(Code::SmimeTypeMismatch).is_none());
    let sealed = encrypted(&["p256"], MAIL, &encrypt_options());
    let wrong = replaced(&sealed, "smime-type=enveloped-data", "smime-type=signed-data");
    let report = judged(&wrong);
    assert!(report.encrypted);
    assert!(report.finding(Code::SmimeTypeMismatch).is_some());
}

#[test]
fn protocol_and_micalg_are_missed() {
    if !have("openssl") {
        return;
    }
    let message = clear();
    let without = replaced(&message, " protocol=\"application/pkcs7-signature\";", "");
    assert_told(&without, Code::ProtocolMismatch, Severity::Warning);
    let other = replaced(
        &message,
        "protocol=\"application/pkcs7-signature\"",
        "protocol=\"a/b\"",
    );
    assert_told(&other, Code::ProtocolMismatch, Severity::Warning);
    let without = replaced(&message, "micalg=sha-256;", "");
    let report = assert_told(&without, Code::MicalgMismatch, Severity::Warning);
    let text = &report.finding(Code::MicalgMismatch).unwrap().message;
    assert!(text.contains("names no micalg"), "{text}");
}

/// The message with other octets as its CMS.
fn with_cms(message: &[u8], cms: &[u8]) -> Vec<u8> {
    let parsed = smime::mime::Message::parse(message);
    let header = &message[..message.len() - parsed.body().len()];
    [header, &smime::mime::encode_base64(cms)].concat()
}

#[test]
fn octets_behind_the_structure() {
    if !have("openssl") {
        return;
    }
    let message = opaque();
    let cms = smime::mime::Message::parse(&message)
        .decoded_body()
        .unwrap()
        .into_owned();
    let with = |more: &[u8]| with_cms(&message, &[&cms[..], more].concat());
    for harmless in [&b""[..], b"\r\n", &[0; 300]] {
        let report = judged(&with(harmless));
        assert!(
            report.finding(Code::TrailingOctets).is_none(),
            "{:#?}",
            report.findings
        );
    }
    assert_told(&with(b"text"), Code::TrailingOctets, Severity::Warning);
    let far = [&[b' '; 100_000][..], b"x"].concat();
    assert_told(&with(&far), Code::TrailingOctets, Severity::Warning);
    assert_refused(&judged(&with(&cms)), Verdict::Invalid, Code::TrailingOctets);

    // In DER on its own, and as mailing lists append text to base64, padded or not.
    let alone = super::judge(&[&cms[..], b"more"].concat(), &super::trusting(&root()));
    assert!(alone.finding(Code::TrailingOctets).is_some());
    for padding in [0, 1, 2] {
        let message = with(&[0; 2][..padding]);
        for footer in [
            "_____\r\nlist mailing list\r\n",
            "x",
            "list info a",
            "list info ab",
        ] {
            let message = [&message[..], footer.as_bytes()].concat();
            assert_told(&message, Code::TrailingOctets, Severity::Warning);
        }
    }

    let message = clear();
    let (_, cms) = split(&message);
    let text = String::from_utf8(message).unwrap();
    let start = text.find("smime.p7s\r\n\r\n").unwrap() + "smime.p7s\r\n\r\n".len();
    let end = start + text[start..].find("\r\n--").unwrap();
    let with = |more: &[u8]| {
        let cms = [&cms[..], more].concat();
        let base64 = String::from_utf8(smime::mime::encode_base64(&cms)).unwrap();
        format!("{}{}{}", &text[..start], base64.trim_end(), &text[end..]).into_bytes()
    };
    assert!(judged(&with(b"\n")).finding(Code::TrailingOctets).is_none());
    assert_told(&with(b"text"), Code::TrailingOctets, Severity::Warning);
    assert_refused(&judged(&with(&cms)), Verdict::Invalid, Code::TrailingOctets);
    let below = format!("{}\r\n-- \r\nfooter{}", &text[..end], &text[end..]);
    assert_told(below.as_bytes(), Code::TrailingOctets, Severity::Warning);
}

#[test]
fn parts_are_found_however_deep_and_long() {
    if !have("openssl") {
        return;
    }
    let long = "A line of text that is not short, and so on.\r\n".repeat(100_000);
    let inner = signed("p256", long.as_bytes(), &sign_options());
    let nested = |mut message: Vec<u8>, levels: usize| {
        for level in 0..levels {
            let head = format!(
                "From: p256@example.org\r\nContent-Type: multipart/mixed; boundary=level{level}\r\n\r\n\
                 --level{level}\r\nContent-Type: text/plain\r\n\r\ntext\r\n--level{level}\r\n"
            );
            let tail = format!("\r\n--level{level}--\r\n");
            message = [head.as_bytes(), &message, tail.as_bytes()].concat();
        }
        message
    };
    for levels in [1, 5, 30] {
        let message = nested(inner.clone(), levels);
        let report = judged(&message);
        assert_refused(&report, Verdict::Invalid, Code::PartiallySigned);
        assert_eq!(report.signers[0].status, Code::Ok, "{:#?}", report.findings);
        assert!(report.finding(Code::TooComplex).is_none());
    }
    let report = judged(&nested(inner.clone(), 40));
    assert_refused(&report, Verdict::Unsigned, Code::TooComplex);
    let forwarded = [&b"From: a@b\r\nContent-Type: message/rfc822\r\n\r\n"[..], &inner].concat();
    let report = judged(&nested(forwarded, 2));
    assert_eq!(report.signers.len(), 1);
    let sealed = encrypted(&["p256"], MAIL, &encrypt_options());
    let report = judged(&nested(sealed, 2));
    assert_refused(&report, Verdict::Unsigned, Code::Encrypted);
}

#[test]
fn any_digest_is_computed_without_reading_twice() {
    if !have("openssl") {
        return;
    }
    let long = "A line of text that is not short, and so on.\r\n".repeat(60_000);
    let message = signed("p256", long.as_bytes(), &sign_options());
    let roots = root();
    let mut options = trusting(&roots);
    options.any_sender = true;
    for micalg in ["sha-512", "md5", "nonsense", ""] {
        let message = replaced(&message, "micalg=sha-256", &format!("micalg={micalg}"));
        let report = verify(&message[..], &options, Discard).unwrap().into_report();
        assert_valid(&report);
    }
}

/// Signs with OpenSSL as holder `name`; the result is DER.
fn openssl_sign(name: &str, content: &[u8], arguments: &[&str]) -> Vec<u8> {
    let scratch = pki().scratch();
    let file = scratch.write("content", content);
    let path = |suffix: &str| pki().path(&format!("{name}.{suffix}"));
    let (pem, key, chain) = (path("pem"), path("key"), path("chain"));
    let command = [
        "cms",
        "-sign",
        "-in",
        &file,
        "-signer",
        &pem,
        "-inkey",
        &key,
        "-certfile",
        &chain,
        "-outform",
        "DER",
        "-out",
        "out",
    ];
    scratch.openssl(&[&command[..], arguments].concat()).succeed();
    scratch.read("out")
}

/// Without signed attributes the signature is about the content: its digest stands for it, however long it is.
#[test]
fn long_content_that_is_signed_directly() {
    if !have("openssl") {
        return;
    }
    let long = "A line of text that is not short, and so on.\r\n"
        .repeat(60_000)
        .into_bytes();
    let roots = root();
    let mut options = trusting(&roots);
    options.any_sender = true;
    for name in ["rsa", "p256", "p384", "p521"] {
        let cms = openssl_sign(name, &long, &["-binary", "-noattr", "-nodetach"]);
        let report = verify(&cms[..], &options, Discard).unwrap().into_report();
        assert_valid(&report);
        assert!(report.finding(Code::NoSignedAttributes).is_some());
        let mut changed = cms.clone();
        changed[1_000_000] ^= 1;
        let report = verify(&changed[..], &options, Discard).unwrap().into_report();
        assert_refused(&report, Verdict::Invalid, Code::AlteredContent);
    }
}

#[test]
fn a_signature_that_stands_alone() {
    if !have("openssl") {
        return;
    }
    let roots = root();
    let options = trusting(&roots);
    for (content, arguments) in [
        (&b"one\ntwo\n"[..], &["-binary"][..]),
        (b"one\ntwo\n", &[]),
        (b"one\r\ntwo\r\n", &["-binary"]),
        (b"", &["-binary"]),
        (&[0, 255, 10, 13, 10], &["-binary", "-noattr"]),
    ] {
        let der = openssl_sign("rsa", content, arguments);
        let pem = identity::pem::encode("PKCS7", &der);
        let base64 = smime::mime::encode_base64(&der);
        let part = [
            &b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"[..],
            &base64,
        ]
        .concat();
        for signature in [&der[..], pem.as_bytes(), &base64, &part] {
            let held = verify_detached(signature, content, &options, MemorySpool::new()).unwrap();
            assert_valid(held.report());
            assert_eq!(held.report().from_matches, None);
            let given = held.into_content().unwrap().into_inner();
            assert_eq!(given, content, "as it was received");
        }
        let other = [content, b"more"].concat();
        let held = verify_detached(&der[..], &other[..], &options, MemorySpool::new()).unwrap();
        assert_refused(held.report(), Verdict::Invalid, Code::AlteredContent);
        assert!(held.into_content().is_err());

        // Without the content nothing is known of it, and nothing is wrong with it either.
        let report = judged(&part);
        assert_refused(&report, Verdict::Indeterminate, Code::ContentAbsent);
        assert_eq!(report.signers.len(), 1);
    }
    let inside = openssl_sign("rsa", b"x\n", &["-binary", "-nodetach"]);
    let report = verify_detached(&inside[..], &b"x\n"[..], &options, MemorySpool::new());
    assert_refused(report.unwrap().report(), Verdict::Invalid, Code::ContentTwice);
    for garbage in [&b""[..], b"text", b"Subject: x\n\ntext"] {
        assert!(verify_detached(garbage, &b"x"[..], &options, MemorySpool::new()).is_err());
    }
}
