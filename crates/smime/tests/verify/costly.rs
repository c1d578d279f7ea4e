//! Input that is made to cost much: it must be judged in a moment all the same.

use std::time::{Duration, Instant};

use smime::mime::encode_base64;
use smime::{DecryptOptions, Discard, Limits, MemorySpool, VerifyError, VerifyOptions, verify};

use super::pki::now;

const SIZE: usize = 1_000_000;

/// Generous, because tests are not optimised and share their machine; what grows with the square takes minutes.
const LONGEST: Duration = Duration::from_secs(30);

#[track_caller]
fn judged_soon(name: &str, message: &[u8]) {
    let alice = include_bytes!("../data/alice.pem");
    let alice = identity::identity::Identity::from_pem(alice, None).unwrap();
    let before = Instant::now();
    let mut taken = Vec::new();
    let _ = smime::inspect(message, &Limits::default());
    taken.push(before.elapsed());
    let _ = smime::verify(message, &VerifyOptions::new(now()), Discard);
    taken.push(before.elapsed());
    let _ = smime::decrypt(message, &alice, &DecryptOptions::default(), Discard);
    taken.push(before.elapsed());

    assert!(before.elapsed() < LONGEST, "{name}: {taken:?}");
}

fn repeated(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

#[test]
fn headers() {
    let mail = |field: &str, value: &str| {
        format!(
            "{field}: {value}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; \
             protocol=\"application/pkcs7-signature\"; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n\r\nx\r\n--b--\r\n"
        )
    };
    for piece in [
        "a@b, ",
        "x\r\n ",
        "(",
        "\"",
        "<",
        "=?utf-8?q?a?= ",
        "=?",
        "=?utf-8?b?",
        "a@example.org ",
        "g:;",
        "\\",
        "@",
        "\u{202e}",
    ] {
        for field in ["From", "Sender", "Subject"] {
            let field = if field == "Sender" {
                "From: a@b\r\nSender"
            } else {
                field
            };
            judged_soon(
                &format!("{field} {piece:?}"),
                mail(field, &repeated(piece)).as_bytes(),
            );
        }
    }
    judged_soon("fields", repeated("a:\n").as_bytes());
    judged_soon("From fields", repeated("From: a@b\n").as_bytes());
    let parameters: String = (0..100_000).map(|index| format!(";p{index}=x")).collect();
    judged_soon(
        "parameters",
        format!("Content-Type: a/b{parameters}\n\n").as_bytes(),
    );
    judged_soon(
        "Content-Type comments",
        format!("Content-Type: a/b{}\n\n", repeated(";(")).as_bytes(),
    );
    judged_soon(
        "backslashes",
        format!("Content-Type: a/b; boundary=\"{}\n\n", repeated("\\\\")).as_bytes(),
    );
}

#[test]
fn parts() {
    let mut deep = String::from("From: a@b\n");
    for level in 0..20_000 {
        deep += &format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
    }
    judged_soon("deep", deep.as_bytes());
    let head: String = (0..40)
        .map(|level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"))
        .collect();
    judged_soon("deep, then lines", (head.clone() + &repeated("\n")).as_bytes());
    judged_soon("deep, then dashes", (head + &repeated("--b\n")).as_bytes());
    for (name, piece) in [
        ("empty parts", "--b\n"),
        ("parts", "--b\n\nx\n"),
        (
            "parts of parts",
            "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n",
        ),
        (
            "messages",
            "--b\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n",
        ),
        (
            "signed parts",
            "--b\nContent-Type: application/pkcs7-mime\n\nMIAGCSqGSIb3DQEHAqCA\n",
        ),
    ] {
        for kind in ["mixed", "signed"] {
            let most = piece.repeat(SIZE / piece.len());
            let few = piece.repeat(9_000);
            let head = format!("From: a@b\nContent-Type: multipart/{kind}; boundary=b\n\n");
            judged_soon(name, (head.clone() + &most).as_bytes());
            judged_soon(name, (head + &few).as_bytes());
        }
    }
    let blanks = format!("Content-Type: application/pkcs7-mime\n\nMI{}", repeated(" "));
    judged_soon("blanks", blanks.as_bytes());
    let nested: String = repeated("Content-Type: message/rfc822\n\n");
    judged_soon("nested messages", nested.as_bytes());
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag, 0x84];
    out.extend_from_slice(&u32::try_from(content.len()).unwrap().to_be_bytes());
    out.extend(content);
    out
}

fn mail(cms: &[u8]) -> Vec<u8> {
    let head = b"From: a@b\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n";
    [&head[..], &encode_base64(cms)].concat()
}

const SIGNED: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 7, 2];
const ENVELOPED: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 7, 3];
const DATA: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 7, 1];
const SHA512: &[u8] = &[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
const RSA: &[u8] = &[0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 1, 1, 5, 0];
const AES: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];

fn signed_data(content: &[u8], certificates: &[u8], signers: &[u8]) -> Vec<u8> {
    let encapsulated = der(0x30, &[DATA, &der(0xA0, &[&der(4, &[content])])]);
    let inner = der(
        0x30,
        &[
            &[2, 1, 1],
            &der(0x31, &[]),
            &encapsulated,
            &der(0xA0, &[certificates]),
            &der(0x31, &[signers]),
        ],
    );
    der(0x30, &[SIGNED, &der(0xA0, &[&inner])])
}

#[test]
fn cryptographic_structures() {
    let leaf = identity::pem::certificates(include_bytes!("../data/leaf.pem"))
        .unwrap()
        .remove(0);
    let name = leaf.issuer().der();
    let serial = der(2, &[leaf.serial()]);
    let id = |name: &[u8]| der(0x30, &[name, &serial]);
    let signer = |name: &[u8], attributes: &[u8]| {
        der(
            0x30,
            &[
                &[2, 1, 1],
                &id(name),
                SHA512,
                attributes,
                RSA,
                &der(4, &[&[7; 256]]),
            ],
        )
    };
    let certificates = leaf.der().repeat(500_000 / leaf.der().len());
    let one = signer(name, &[]);
    let many = one.repeat(500_000 / one.len());
    judged_soon(
        "signers and certificates",
        &mail(&signed_data(b"x", &certificates, &many)),
    );
    let big = vec![b'x'; 500_000];
    judged_soon(
        "content and signers",
        &mail(&signed_data(&big, &leaf.der().repeat(500), &many)),
    );
    let attribute = der(0x30, &[&[6, 3, 0x55, 4, 3], &der(0x31, &[])]);
    let attributes = der(0xA0, &[&attribute.repeat(800_000 / attribute.len())]);
    judged_soon(
        "attributes",
        &mail(&signed_data(b"x", leaf.der(), &signer(name, &attributes))),
    );
    let rdn = der(0x31, &[&der(0x30, &[&[6, 3, 0x55, 4, 3], &der(12, &[b"x"])])]);
    let long_name = der(0x30, &[&rdn.repeat(800)]);
    let long = signer(&long_name, &[]).repeat(30);
    judged_soon("long names", &mail(&signed_data(b"x", &certificates, &long)));
    let mut nested = Vec::new();
    for _ in 0..60 {
        nested.extend_from_slice(&[0x24, 0x80]);
    }
    nested.extend([4, 1, b'x'].repeat(250_000));
    nested.extend_from_slice(&[0; 120]);
    let deep = der(
        0x30,
        &[
            SIGNED,
            &der(
                0xA0,
                &[&der(
                    0x30,
                    &[
                        &[2, 1, 1],
                        &der(0x31, &[]),
                        &der(0x30, &[DATA, &der(0xA0, &[&nested])]),
                        &der(0x31, &[]),
                    ],
                )],
            ),
        ],
    );
    judged_soon("nested strings", &mail(&deep));
    let recipient = der(0x30, &[&[2, 1, 0], &id(name), RSA, &der(4, &[&[7; 16]])]);
    let recipients = recipient.repeat(SIZE / recipient.len());
    let cipher = der(0x30, &[AES, &der(4, &[&[7; 16]])]);
    let encrypted = der(0x30, &[DATA, &cipher, &der(0x80, &[&[7; 32]])]);
    let inner = der(0x30, &[&[2, 1, 0], &der(0x31, &[&recipients]), &encrypted]);
    judged_soon(
        "recipients",
        &mail(&der(0x30, &[ENVELOPED, &der(0xA0, &[&inner])])),
    );
}

/// Ten megabytes of each: here it counts that there is an answer, and that memory does not multiply.
#[test]
fn sets_without_end_are_refused() {
    let leaf = identity::pem::certificates(include_bytes!("../data/leaf.pem"))
        .unwrap()
        .remove(0);
    let id = der(0x30, &[leaf.issuer().der(), &der(2, &[leaf.serial()])]);
    let signer = |attributes: &[u8]| {
        let signature = der(4, &[&[7; 256]]);
        der(0x30, &[&[2, 1, 1], &id, SHA512, attributes, RSA, &signature])
    };
    let oid: &[u8] = &[6, 3, 0x55, 4, 3];
    let attributes = der(0xA0, &[&der(0x30, &[oid, &der(0x31, &[])]).repeat(500_000)]);
    let values = der(
        0xA0,
        &[&der(0x30, &[oid, &der(0x31, &[&[5, 0].repeat(4_500_000)])])],
    );
    let digests = der(
        0x30,
        &[
            &[2, 1, 1],
            &der(0x31, &[&SHA512.repeat(700_000)]),
            &der(0x30, &[DATA]),
            &der(0x31, &[]),
        ],
    );
    for hostile in [
        signed_data(b"x", leaf.der(), &signer(&attributes)),
        signed_data(b"x", leaf.der(), &signer(&values)),
        der(0x30, &[SIGNED, &der(0xA0, &[&digests])]),
    ] {
        let options = VerifyOptions::new(now());
        let error = verify(&hostile[..], &options, MemorySpool::new()).unwrap_err();
        assert!(matches!(error, VerifyError::Cms(_)), "{error}");
    }
}
