//! Messages that do not fit into memory as a whole: written piece by piece, and read by others.

use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use smime::mime::Message;
use smime::{SignForm, Spool, encrypt_spooled, sign, sign_spooled};

use crate::pki::*;

/// Five megabytes of a message with parts: one that must be re-encoded, one that must not, one that is exact.
fn large_mail() -> Vec<u8> {
    let mut mail =
        b"From: RSA Holder <rsa@example.org>\nTo: rsa@example.org\nSubject: large\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\
        Content-Transfer-Encoding: 8bit\n\n"
            .to_vec();
    for _ in 0..50_000 {
        mail.extend_from_slice("Grüße aus der Ferne, From here\n".as_bytes());
    }
    mail.extend_from_slice(b"--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n");
    for _ in 0..20_000 {
        mail.extend_from_slice(&[b'A'; 76]);
        mail.push(b'\n');
    }
    mail.extend_from_slice(b"--b\nContent-Type: application/zip\nContent-Transfer-Encoding: binary\n\n");
    mail.extend((0..2_000_000_u32).map(|n| (n * 7 % 256) as u8));
    mail.extend_from_slice(b"\n--b--\n");
    mail
}

/// Five megabytes of plain text.
fn large_text() -> Vec<u8> {
    b"All work and no play makes Jack a dull boy.\n".repeat(120_000)
}

/// The parts as they were before anything happened to them.
fn assert_parts(content: &[u8]) {
    let mail = large_mail();
    let limits = smime::Limits::default();
    let (read, written) = (Message::parse(content), Message::parse(&mail));
    let (read, written) = (
        read.multipart(&limits).unwrap().unwrap(),
        written.multipart(&limits).unwrap().unwrap(),
    );
    assert_eq!(read.parts().len(), 3);
    for (number, (read, written)) in read.parts().iter().zip(written.parts()).enumerate() {
        let (read, written) = (read.decoded_body().unwrap(), written.decoded_body().unwrap());
        let text = number == 0;
        let written = if text {
            smime::mime::canonicalize(&written)
        } else {
            written
        };
        assert!(read == written, "part {number}");
    }
}

#[test]
fn openssl_verifies_them() {
    let root = pki().path("root.pem");
    for form in [SignForm::Clear, SignForm::Opaque] {
        let mut options = sign_options();
        options.form = form;
        let scratch = pki().scratch();
        for input in [large_text(), large_mail()] {
            scratch.write("m", &signed("rsa", &input, &options));
            scratch
                .openssl(&["cms", "-verify", "-in", "m", "-CAfile", &root, "-out", "content"])
                .succeed();
            let content = scratch.read("content");
            if input.starts_with(b"From") {
                assert_parts(&content);
            } else {
                assert!(Message::parse(&content).body() == &*smime::mime::canonicalize(&input));
            }
        }
    }
}

#[test]
fn openssl_opens_them() {
    let key = pki().path("rsa.key");
    for cipher in ["aes-256-cbc", "aes-128-gcm"] {
        let mut options = encrypt_options();
        options.cipher = Some(cipher.parse().unwrap());
        let message = encrypted(&["rsa"], &large_mail(), &options);
        let scratch = pki().scratch();
        scratch.write("m", &message);
        scratch
            .openssl(&["cms", "-decrypt", "-in", "m", "-inkey", &key, "-out", "content"])
            .succeed();
        assert_parts(&scratch.read("content"));
        assert_parts(&decrypted("rsa", &message).unwrap().0);
    }
}

#[test]
fn what_waits_in_a_spool_may_not_change() {
    let input = large_text();
    let mut out = Vec::new();
    let spool = Forgetful(Cursor::new(Vec::new()));
    let error = sign_spooled(
        &input[..],
        &pki().identity("p256"),
        &sign_options(),
        spool,
        &mut out,
    )
    .unwrap_err();
    assert!(error.to_string().contains("changed"), "{error}");
    let spool = Forgetful(Cursor::new(Vec::new()));
    let recipients = [pki().public("p256")];
    let mut options = encrypt_options();
    options.cipher = Some(identity::ContentCipher::Aes256Cbc);
    // What is encrypted is what the spool gives; only its length is known.
    encrypt_spooled(&input[..], &recipients, &options, spool, &mut out).unwrap();
}

#[test]
fn nothing_is_written_of_an_input_that_breaks_off() {
    struct Broken(usize);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0 += buffer.len();
            if self.0 > 4 << 20 {
                return Err(std::io::Error::other("the wire was cut"));
            }
            buffer.fill(b'\n');
            Ok(buffer.len())
        }
    }
    let mut out = Vec::new();
    let error = sign(Broken(0), &pki().identity("p256"), &sign_options(), &mut out).unwrap_err();
    assert!(error.to_string().contains("the wire was cut"), "{error}");
    assert!(out.is_empty());
}

/// A spool that gives back another octet than it took.
struct Forgetful(Cursor<Vec<u8>>);

impl Write for Forgetful {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Spool for Forgetful {
    type Reader = Cursor<Vec<u8>>;

    fn into_reader(mut self) -> std::io::Result<Self::Reader> {
        self.0.get_mut()[3_000_000] ^= 1;
        self.0.seek(SeekFrom::Start(0))?;
        Ok(self.0)
    }
}
