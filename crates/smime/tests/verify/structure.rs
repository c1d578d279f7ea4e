//! What the signature covers, and what pretends to be covered.

use smime::MemorySpool;
use smime::report::{Code, Verdict};
use smime::verify::{VerifyError, VerifyOptions, verify};

use super::pki::{MAIL, encrypt_options, encrypted, have, now, pki, sign_options, signed, split};
use super::{assert_refused, assert_valid, judged, replaced};

/// The signed message as one part of a `multipart/mixed` with something before it.
fn wrapped(inner: &[u8], before: &str, after: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(inner);
    let (header, body) = text.split_once("\r\n\r\n").unwrap();
    let content: String = header
        .split("\r\n")
        .skip_while(|line| !line.starts_with("Content-"))
        .map(|line| format!("{line}\r\n"))
        .collect();
    format!(
        "From: rsa@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n\
         {before}--outer\r\n{content}\r\n{body}\r\n{after}--outer--\r\n"
    )
    .into_bytes()
}

#[test]
fn parts_outside_the_signature_are_never_valid() {
    if !have("openssl") {
        return;
    }
    let inner = signed("rsa", MAIL, &sign_options());
    let text = "--outer\r\nContent-Type: text/plain\r\n\r\nPay Mallory.\r\n";
    for message in [
        wrapped(&inner, "", ""),
        wrapped(&inner, text, ""),
        wrapped(&inner, "", text),
    ] {
        let report = judged(&message);
        assert_refused(&report, Verdict::Invalid, Code::PartiallySigned);
        assert_eq!(report.signers[0].status, Code::Ok, "{:#?}", report.findings);
    }
    let forwarded = [
        b"From: rsa@example.org\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n".as_slice(),
        inner.as_slice(),
    ];
    assert_refused(
        &judged(&forwarded.concat()),
        Verdict::Invalid,
        Code::PartiallySigned,
    );
}

#[test]
fn a_third_part_is_outside() {
    if !have("openssl") {
        return;
    }
    let message = signed("rsa", MAIL, &sign_options());
    let text = String::from_utf8_lossy(&message).into_owned();
    let close = text.trim_end().rsplit("\r\n").next().unwrap().to_owned();
    let open = close.trim_end_matches("--").to_owned();
    let third = format!("{open}\r\nContent-Type: text/plain\r\n\r\nPay Mallory.\r\n{close}");
    assert_refused(
        &judged(text.replace(&close, &third).as_bytes()),
        Verdict::Invalid,
        Code::PartiallySigned,
    );
    let footer = format!("{text}\r\n-- \r\nmailing list footer\r\n");
    let report = judged(footer.as_bytes());
    assert!(
        report.finding(Code::TextOutsideParts).is_some(),
        "{:#?}",
        report.findings
    );
}

#[test]
fn messages_without_a_signature() {
    if !have("openssl") {
        return;
    }
    let report = judged(MAIL);
    assert_refused(&report, Verdict::Unsigned, Code::Unsigned);
    assert!(report.signers.is_empty());
    let report = judged(&encrypted(&["p256"], MAIL, &encrypt_options()));
    assert!(report.encrypted);
    assert_refused(&report, Verdict::Indeterminate, Code::Encrypted);
    let scratch = pki().scratch();
    scratch
        .openssl(&[
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            &pki().path("rsa.pem"),
            "-out",
            "only.p7b",
        ])
        .succeed();
    assert_refused(
        &judged(&scratch.read("only.p7b")),
        Verdict::Unsigned,
        Code::CertificatesOnly,
    );
}

#[test]
fn open_pgp_is_told_apart() {
    let message = b"From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=pgp-sha256;\r\n \
        protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: \
        application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--b--\r\n";
    let error = verify(&message[..], &VerifyOptions::new(now()), MemorySpool::new()).unwrap_err();
    assert!(matches!(error, VerifyError::OpenPgp), "{error}");
}

#[test]
fn micalg_and_protocol_are_compared() {
    if !have("openssl") {
        return;
    }
    let message = signed("rsa", MAIL, &sign_options());
    let report = judged(&replaced(&message, "sha-256", "sha-512"));
    assert_valid(&report);
    assert!(report.finding(Code::MicalgMismatch).is_some());
    let text = String::from_utf8_lossy(&message).into_owned();
    let older = text.replace("application/pkcs7-signature", "application/x-pkcs7-signature");
    assert_valid(&judged(older.as_bytes()));
    let other = text.replacen(
        "Content-Type: application/pkcs7-signature",
        "Content-Type: text/plain",
        1,
    );
    assert_refused(
        &judged(other.as_bytes()),
        Verdict::Invalid,
        Code::ProtocolMismatch,
    );
}

#[test]
fn content_inside_and_beside_the_signature() {
    if !have("openssl") {
        return;
    }
    let scratch = pki().scratch();
    let clear = signed("rsa", MAIL, &sign_options());
    let (content, _) = split(&clear);
    let entity = scratch.write("entity", &content);
    let path = |suffix: &str| pki().path(&format!("rsa.{suffix}"));
    scratch
        .openssl(&[
            "cms",
            "-sign",
            "-nodetach",
            "-binary",
            "-in",
            &entity,
            "-signer",
            &path("pem"),
            "-inkey",
            &path("key"),
            "-certfile",
            &path("chain"),
            "-outform",
            "DER",
            "-out",
            "opaque",
        ])
        .succeed();
    let opaque = smime::mime::encode_base64(&scratch.read("opaque"));
    let text = String::from_utf8_lossy(&clear).into_owned();
    let head = text.find("smime.p7s").unwrap();
    let start = head + text[head..].find("\r\n\r\n").unwrap() + 4;
    let end = start + text[start..].find("\r\n--").unwrap();
    let opaque = String::from_utf8(opaque).unwrap();
    let both = format!("{}{}{}", &text[..start], opaque.trim_end(), &text[end..]);
    assert_refused(&judged(both.as_bytes()), Verdict::Invalid, Code::ContentTwice);
    let broken = format!("{}AAAA{}", &text[..start], &text[end..]);
    assert_refused(
        &judged(broken.as_bytes()),
        Verdict::Invalid,
        Code::MalformedSignature,
    );
}

#[test]
fn line_ends_do_not_matter() {
    if !have("openssl") {
        return;
    }
    let message =
        String::from_utf8(signed("p256", &replaced(MAIL, "rsa@", "p256@"), &sign_options())).unwrap();
    assert_valid(&judged(message.replace("\r\n", "\n").as_bytes()));
}

#[test]
fn a_part_in_the_signatures_place_is_not_shown_text() {
    if !have("openssl") {
        return;
    }
    let message = String::from_utf8(signed("rsa", MAIL, &sign_options())).unwrap();
    let field = "Content-Type: application/pkcs7-signature; name=smime.p7s";
    let invoice = "Content-Type: application/octet-stream; name=invoice.html";
    let shown = message
        .replace("application/pkcs7-signature", "text/plain")
        .replace("; filename=smime.p7s", "");
    let named = message
        .replacen(field, invoice, 1)
        .replace("smime.p7s", "invoice.html");
    let half = message.replacen(field, invoice, 1);
    for trick in [shown, named, half] {
        assert_refused(
            &judged(trick.as_bytes()),
            Verdict::Invalid,
            Code::ProtocolMismatch,
        );
    }
    let unspecific = message.replacen(
        "pkcs7-signature; name=smime.p7s",
        "octet-stream; name=smime.p7s",
        1,
    );
    assert_valid(&judged(unspecific.as_bytes()));
    let twice = message.replacen(field, &format!("{field}\r\nContent-Type: text/plain"), 1);
    assert_refused(&judged(twice.as_bytes()), Verdict::Invalid, Code::DuplicateHeader);
}

#[test]
fn a_second_boundary_is_refused() {
    if !have("openssl") {
        return;
    }
    let message = String::from_utf8(signed("rsa", MAIL, &sign_options())).unwrap();
    for other in ["boundary=other", "boundary*0=other", "boundary*=utf-8''other"] {
        let trick = message.replacen("micalg=", &format!("{other}; micalg="), 1);
        let trick = if other.starts_with("boundary=") {
            message.replacen("\"\r\n\r\n", &format!("\"; {other}\r\n\r\n"), 1)
        } else {
            trick
        };
        assert_refused(&judged(trick.as_bytes()), Verdict::Invalid, Code::DuplicateHeader);
    }
}

#[test]
fn headers_that_programs_read_differently_are_refused() {
    if !have("openssl") {
        return;
    }
    let message = String::from_utf8(signed("rsa", MAIL, &sign_options())).unwrap();
    let bare_cr = message.replacen("Subject: hello", "Subject: hello\rFrom: ceo@bank.example", 1);
    let nul = message.replacen("Subject: hello", "Subject: hello\0", 1);
    let no_field = message.replacen("\r\n\r\n", "\r\nnot a field\r\nFrom: ceo@bank.example\r\n\r\n", 1);
    for trick in [bare_cr, nul, no_field] {
        assert_refused(&judged(trick.as_bytes()), Verdict::Invalid, Code::MalformedHeader);
    }
}

#[test]
fn a_bare_cr_is_no_line_end_of_signed_content() {
    if !have("openssl") {
        return;
    }
    let message = String::from_utf8(signed("rsa", MAIL, &sign_options())).unwrap();
    let joined = message.replacen("Hello Bob,\r\nworld", "Hello Bob,\rworld", 1);
    assert_refused(&judged(joined.as_bytes()), Verdict::Invalid, Code::AlteredContent);
}
