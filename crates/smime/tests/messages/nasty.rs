//! Inputs that mail has trouble with: the signature must hold, also after mail servers had their way.

use smime::mime::{Message, canonicalize};
use smime::{Limits, SignForm, sign};

use crate::pki::*;

fn texts() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("lf", b"one\ntwo\n".to_vec()),
        ("crlf", b"one\r\ntwo\r\n".to_vec()),
        ("mixed", b"one\r\ntwo\nthree\rfour".to_vec()),
        ("no final newline", b"one\ntwo".to_vec()),
        ("empty", b"".to_vec()),
        ("newlines only", b"\n\n\n".to_vec()),
        ("long line", [&[b'x'; 5000][..], b"\nend\n"].concat()),
        ("nul", b"a\0b\n".to_vec()),
        ("trailing blanks", b"signature follows\n-- \nme\t\n \n".to_vec()),
        ("latin-1", b"Gr\xFC\xDFe\n".to_vec()),
        ("utf-8", "Grüße, 世界\n".as_bytes().to_vec()),
        ("dots", b".\n..\n.x\nend\n".to_vec()),
        ("from", b"Dear,\nFrom here on\n>From there\n".to_vec()),
        ("dashes", b"--boundary\n--\n- -----BEGIN\n".to_vec()),
        ("looks like a header", b"Dear: Bob\nand: so on\n\nText\n".to_vec()),
        ("equals", b"a=b=\n=3D\n".to_vec()),
        ("ten megabytes in a line", vec![b'y'; 10 << 20]),
    ]
}

/// What mail servers have been seen to do: take off trailing blanks, quote `From `, break long lines.
fn mangle(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in message.split(|b| *b == b'\n') {
        let line = line.trim_ascii_end();
        if line.starts_with(b"From ") {
            out.push(b'>');
        }
        for piece in line.chunks(998) {
            out.extend_from_slice(piece);
            if piece.len() == 998 {
                out.extend_from_slice(b"\r\n");
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn openssl_content(message: &[u8]) -> Vec<u8> {
    let scratch = pki().scratch();
    let file = scratch.write("m", message);
    let root = pki().path("root.pem");
    scratch
        .openssl(&[
            "cms", "-verify", "-in", &file, "-CAfile", &root, "-out", "content",
        ])
        .succeed();
    scratch.read("content")
}

#[test]
fn every_text_survives_signing_and_transport() {
    for (name, text) in texts() {
        for form in [SignForm::Clear, SignForm::Opaque] {
            let mut options = sign_options();
            options.form = form;
            options.compose.force_text = true;
            let message = signed("p256", &text, &options);
            assert!(message.is_ascii(), "{name}");
            assert!(message.split(|b| *b == b'\n').all(|l| l.len() <= 999), "{name}");
            let content = openssl_content(&mangle(&message));
            let body = Message::parse(&content).decoded_body().unwrap().into_owned();
            assert_eq!(body, *canonicalize(&text), "{name}");
        }
    }
}

#[test]
fn what_is_no_text_survives_octet_by_octet() {
    let every: Vec<u8> = (0..=255).cycle().take(3000).collect();
    for octets in [&b"a\0b\n"[..], b"PK\x03\x04\r\n\n\r", &every] {
        let message = signed("p256", octets, &sign_options());
        let content = openssl_content(&mangle(&message));
        assert_eq!(*Message::parse(&content).decoded_body().unwrap(), *octets);
        let (content, _) = decrypted("p256", &encrypted(&["p256"], octets, &encrypt_options())).unwrap();
        assert_eq!(*Message::parse(&content).decoded_body().unwrap(), *octets);
    }
}

#[test]
fn every_text_survives_encryption() {
    for (name, text) in texts() {
        let mut options = encrypt_options();
        options.compose.force_text = true;
        let (content, _) = decrypted("p256", &encrypted(&["p256"], &text, &options)).unwrap();
        let body = Message::parse(&content).decoded_body().unwrap().into_owned();
        assert_eq!(body, *canonicalize(&text), "{name}");
    }
}

#[test]
fn a_message_with_attachments_survives() {
    let mut mail = b"From: p256@example.org\nSubject: parts\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed;\n boundary=\"outer\"\n\nThis is multipart.\n--outer\n\
        Content-Type: multipart/alternative; boundary=inner\n\n--inner\nContent-Type: text/plain; charset=iso-8859-1\n\
        Content-Transfer-Encoding: 8bit\n\n"
        .to_vec();
    mail.extend_from_slice(b"Gr\xFC\xDFe  \nFrom me\n");
    mail.extend_from_slice(
        b"--inner\nContent-Type: text/html\n\n<p>hi</p>\n--inner--\n--outer\nContent-Type: ",
    );
    mail.extend_from_slice(
        b"application/octet-stream\nContent-Transfer-Encoding: binary\n\n\x00\xFF\r\n\n\rend",
    );
    mail.extend_from_slice(
        b"\n--outer\nContent-Type: message/rfc822\n\nSubject: inner\n\nhello \n--outer--\n",
    );
    let content = openssl_content(&mangle(&signed("p256", &mail, &sign_options())));
    let limits = Limits::default();
    let entity = Message::parse(&content);
    let outer = entity.multipart(&limits).unwrap().unwrap();
    let inner = outer.parts()[0].multipart(&limits).unwrap().unwrap();
    assert_eq!(
        &*inner.parts()[0].decoded_body().unwrap(),
        b"Gr\xFC\xDFe  \r\nFrom me"
    );
    assert_eq!(&*inner.parts()[1].decoded_body().unwrap(), b"<p>hi</p>");
    assert_eq!(&*outer.parts()[1].decoded_body().unwrap(), b"\x00\xFF\r\n\n\rend");
    let attached = Message::parse(outer.parts()[2].body());
    assert_eq!(&*attached.decoded_body().unwrap(), b"hello ");
}

#[test]
fn an_mbox_separator_is_not_signed_or_sent() {
    let mail = [&b"From rsa@example.org Mon Nov 23 10:00:00 2026\n"[..], MAIL].concat();
    let message = signed("rsa", &mail, &sign_options());
    assert!(message.starts_with(b"From: RSA Holder"));
    assert_eq!(openssl_content(&message), MAIL_ENTITY);
}

#[test]
fn too_long_an_input_is_refused() {
    let mut options = sign_options();
    options.limits = Limits::default().with_max_input(10);
    let error = sign(
        &b"eleven octets"[..],
        &pki().identity("p256"),
        &options,
        Vec::new(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("10 octets"), "{error}");
}

#[test]
fn a_subject_outside_ascii_is_encoded() {
    let mut options = sign_options();
    options.compose.subject =
        Some("Grüße an 世界, eine recht lange Betreffzeile, die umbrochen werden muss".to_owned());
    let message = signed("p256", b"x", &options);
    let parsed = Message::parse(&message);
    let subject = parsed.header().get("Subject").unwrap();
    assert!(subject.raw().is_ascii());
    assert_eq!(subject.text(), options.compose.subject.unwrap());
}
