//! Messages in layers, made by OpenSSL and by us, opened down to what people read.

use std::io::{Read, Write};

use smime::LayerKind::{AuthEnveloped, Compressed, Enveloped, Plain, Signed};
use smime::report::{Code, Verdict};
use smime::{LayerKind, MemorySpool, OpenError, OpenOptions, OpenReport, VerifyError, VerifyOptions};

use crate::pki::*;

/// Opens as the holder `name`, who trusts the root; the content is there if it is given out.
fn open_with(
    name: &str,
    message: &[u8],
    change: impl FnOnce(&mut OpenOptions<'_>),
) -> Result<(OpenReport, Option<Vec<u8>>), OpenError> {
    let anchors = [pki().public("root")];
    let mut options = OpenOptions::new(VerifyOptions::new(now() + chrono::TimeDelta::seconds(2)));
    options.verify.anchors = &anchors;
    change(&mut options);
    let held = smime::open(message, &[pki().identity(name)], &options, || {
        Ok(MemorySpool::new())
    })?;
    let report = held.report().clone();
    let content = held.into_content().ok().map(std::io::Cursor::into_inner);
    Ok((report, content))
}

fn opened(message: &[u8]) -> (OpenReport, Option<Vec<u8>>) {
    open_with("p256", message, |_| {}).unwrap()
}

fn kinds(report: &OpenReport) -> Vec<LayerKind> {
    report.layers.iter().map(|layer| layer.kind).collect()
}

#[track_caller]
fn assert_opens(message: &[u8], expected: &[LayerKind], verdict: Verdict) -> (OpenReport, Vec<u8>) {
    let (report, content) = opened(message);
    assert_eq!(kinds(&report), expected, "{:#?}", report.verification.findings);
    assert_eq!(report.verdict(), verdict, "{:#?}", report.verification.findings);
    (report, content.expect("the content is given out"))
}

/// The header that a reader sees.
const OUTER: &str = "From: rsa@example.org\r\nTo: p256@example.org\r\nSubject: s\r\n";

fn openssl_sign(input: &[u8], arguments: &[&str]) -> Vec<u8> {
    let scratch = pki().scratch();
    let file = scratch.write("in", input);
    let (pem, key, chain) = (
        pki().path("rsa.pem"),
        pki().path("rsa.key"),
        pki().path("rsa.chain"),
    );
    let command = [
        &[
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
        ][..],
        arguments,
    ];
    scratch.openssl(&command.concat()).succeed().stdout
}

fn openssl_encrypt(input: &[u8], arguments: &[&str]) -> Vec<u8> {
    let scratch = pki().scratch();
    let file = scratch.write("in", input);
    let to = pki().path("p256.pem");
    let command = [&["cms", "-encrypt", "-in", &file][..], arguments, &[&to]];
    scratch.openssl(&command.concat()).succeed().stdout
}

fn with_header(message: &[u8]) -> Vec<u8> {
    [OUTER.as_bytes(), message].concat()
}

/// A CompressedData message (RFC 3274) with the content `inner`.
fn compressed(inner: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(inner).unwrap();
    let der = compressed_data(&encoder.finish().unwrap());
    let base64 = smime::mime::encode_base64(&der);
    let head = "MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=compressed-data;\r\n \
                name=smime.p7z\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    [head.as_bytes(), &base64].concat()
}

fn compressed_data(deflated: &[u8]) -> Vec<u8> {
    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84][..], &length, content].concat()
    }
    let oid = |hex: &str| value(6, &hex::decode(hex).unwrap());
    let data = oid("2a864886f70d010701");
    let zlib = value(0x30, &oid("2a864886f70d0109100308"));
    let inner = value(0x30, &[data, value(0xA0, &value(4, deflated))].concat());
    let data = value(0x30, &[vec![2, 1, 0], zlib, inner].concat());
    value(
        0x30,
        &[oid("2a864886f70d0109100109"), value(0xA0, &data)].concat(),
    )
}

#[test]
fn triple_wrapping_by_openssl_opens() {
    let entity = b"Content-Type: text/plain\r\n\r\nThree times\r\n";
    for arguments in [&[][..], &["-nodetach"]] {
        let inner = openssl_sign(entity, arguments);
        let sealed = openssl_encrypt(&inner, &["-aes256"]);
        let whole = with_header(&openssl_sign(&sealed, arguments));
        let (report, content) = assert_opens(&whole, &[Signed, Enveloped, Signed, Plain], Verdict::Valid);
        assert_eq!(content, entity);
        assert_eq!(report.verification.from_matches, Some(true));
        assert_eq!(report.verification.from, ["rsa@example.org"]);
        assert!(report.verification.encrypted);
        assert_eq!(report.layers[0].signers, [0]);
        assert_eq!(report.layers[2].signers, [1]);
        assert_eq!(report.layers[1].cipher.unwrap().to_string(), "aes-256-cbc");
        assert_eq!(report.layers[3].size, entity.len() as u64);
        let remark = report.verification.finding(Code::SignedCiphertext).unwrap();
        assert_eq!(remark.layer, Some(1));

        // Nobody but the one whom the reader sees may have signed, on any layer.
        let forged = String::from_utf8(whole)
            .unwrap()
            .replace("From: rsa@", "From: boss@");
        let (report, content) = opened(forged.as_bytes());
        assert_eq!(report.verdict(), Verdict::Invalid);
        assert_eq!(content, None);
        let layers: Vec<_> = report
            .verification
            .findings
            .iter()
            .filter(|finding| finding.code == Code::FromMismatch)
            .map(|finding| (finding.layer, finding.signer))
            .collect();
        assert_eq!(layers, [(Some(0), Some(0)), (Some(2), Some(1))]);
    }
}

#[test]
fn cms_without_mime_opens() {
    let signed = openssl_sign(b"bare text\r\n", &["-nodetach", "-outform", "DER", "-binary"]);
    let sealed = openssl_encrypt(&signed, &["-binary", "-outform", "DER", "-aes128"]);
    let (report, content) = open_with("p256", &sealed, |options| options.verify.any_sender = true).unwrap();
    assert_eq!(kinds(&report), [Enveloped, Signed, Plain]);
    assert_eq!(
        report.verdict(),
        Verdict::Valid,
        "{:#?}",
        report.verification.findings
    );
    assert_eq!(content.unwrap(), b"bare text\r\n");
    let report = opened(&sealed).0;
    assert_eq!(report.verdict(), Verdict::Indeterminate, "there is no From");
    assert!(report.verification.finding(Code::NoFrom).is_some());
}

#[test]
fn unsigned_is_said_and_opens() {
    let plain = b"Content-Type: text/plain\r\n\r\nhush\r\n";
    let sealed = openssl_encrypt(plain, &["-aes-256-gcm"]);
    let (report, content) = assert_opens(&sealed, &[AuthEnveloped, Plain], Verdict::Unsigned);
    assert!(content.ends_with(b"hush\r\n"));
    assert!(report.verification.finding(Code::Unsigned).is_some());
    assert!(report.verification.finding(Code::NotAuthenticated).is_none());

    let (_, content) = assert_opens(b"Subject: x\n\nhello\n", &[Plain], Verdict::Unsigned);
    assert_eq!(content, b"Subject: x\n\nhello\n");
}

#[test]
fn what_is_no_message_is_an_error() {
    for garbage in [
        &b""[..],
        b"hello\n",
        b"\n\nhello\n",
        b"\x00\xff\x01",
        b"Dear Bob:\n\nhello\n",
    ] {
        let error = open_with("p256", garbage, |_| ()).unwrap_err();
        assert!(
            matches!(error, OpenError::NotAMessage { empty } if empty == garbage.is_empty()),
            "{error}"
        );
        let error = smime::verify(garbage, &VerifyOptions::new(now()), MemorySpool::new());
        assert!(matches!(error.unwrap_err(), VerifyError::NotAMessage { .. }));
    }
}

#[test]
fn a_signature_that_is_not_good_holds_the_content_back() {
    let signed = String::from_utf8(openssl_sign(b"Pay 100\r\n", &["-text"])).unwrap();
    let changed = with_header(signed.replace("Pay 100", "Pay 900").as_bytes());
    let sealed = with_header(&openssl_encrypt(&changed, &["-aes256"]));
    let (report, content) = opened(&sealed);
    assert_eq!(kinds(&report), [Enveloped, Signed, Plain]);
    assert_eq!(report.verdict(), Verdict::Invalid);
    assert_eq!(report.layers[1].verdict, Some(Verdict::Invalid));
    assert_eq!(content, None);
    let finding = report.verification.finding(Code::AlteredContent).unwrap();
    assert_eq!((finding.layer, finding.signer), (Some(1), Some(0)));

    // Layers below a signature whose maker nobody trusts are shown too.
    let whole = with_header(&openssl_sign(&sealed, &[]));
    let (report, content) = open_with("p256", &whole, |options| options.verify.anchors = &[]).unwrap();
    assert_eq!(kinds(&report), [Signed, Enveloped, Signed, Plain]);
    assert_eq!((report.verdict(), content), (Verdict::Invalid, None));
}

#[test]
fn another_outer_from_is_noticed() {
    let inner = signed("rsa", MAIL, &sign_options());
    let sealed = String::from_utf8(openssl_encrypt(&inner, &["-aes256"])).unwrap();
    assert_opens(
        format!("From: The Holder <rsa@example.org>\n{sealed}").as_bytes(),
        &[Enveloped, Signed, Plain],
        Verdict::Valid,
    );
    let (report, content) = opened(format!("From: boss@example.org\n{sealed}").as_bytes());
    assert_eq!(report.verdict(), Verdict::Invalid);
    assert!(report.verification.finding(Code::SeveralFrom).is_some());
    assert_eq!(content, None);
}

#[test]
fn compressed_layers_are_inflated_within_bounds() {
    let entity = b"Content-Type: text/plain\r\n\r\nsmall\r\n";
    let (_, content) = assert_opens(&compressed(entity), &[Compressed, Plain], Verdict::Unsigned);
    assert_eq!(content, entity);
    // RFC 8551 2.4.5: before signing, after it, and inside encryption.
    let signed = openssl_sign(&compressed(entity), &[]);
    assert_opens(
        &with_header(&signed),
        &[Signed, Compressed, Plain],
        Verdict::Valid,
    );
    let sealed = openssl_encrypt(&compressed(&openssl_sign(entity, &[])), &["-aes256"]);
    assert_opens(
        &with_header(&sealed),
        &[Enveloped, Compressed, Signed, Plain],
        Verdict::Valid,
    );

    let bomb = compressed(&vec![b'a'; 40 << 20]);
    assert!(matches!(
        open_with("p256", &bomb, |_| {}),
        Err(OpenError::ExpansionLimit { limit: 0x100_0000 })
    ));
    let generous = open_with("p256", &bomb, |options| options.limits.max_expansion = 2000).unwrap();
    assert_eq!(generous.1.unwrap().len(), 40 << 20);

    let nested = (0..20).fold(entity.to_vec(), |inner, _| compressed(&inner));
    assert!(matches!(
        open_with("p256", &nested, |_| {}),
        Err(OpenError::TooManyLayers { limit: 16 })
    ));
    let mut damaged = compressed_data(b"not zlib");
    let found = open_with("p256", &damaged, |_| {});
    assert!(matches!(found, Err(OpenError::Compression)), "{found:?}");
    damaged.truncate(30);
    assert!(matches!(
        open_with("p256", &damaged, |_| {}),
        Err(OpenError::Cms(_))
    ));
}

#[test]
fn what_cannot_be_opened_is_an_error() {
    let sealed = openssl_encrypt(&openssl_sign(b"x\r\n", &[]), &["-aes256"]);
    let whole = with_header(&openssl_sign(&sealed, &[]));
    let error = open_with("p384", &whole, |_| {}).unwrap_err();
    assert!(matches!(
        error,
        OpenError::Decrypt {
            layer: 1,
            source: smime::DecryptError::NoMatchingRecipient { .. }
        }
    ));
    assert!(
        error
            .to_string()
            .starts_with("layer 2 of the message: nothing that was given")
    );
    for pgp in [
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\n\nx\n--b--\n",
        "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\n\n--b\n\nx\n--b\n\ny\n--b--\n",
        "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n",
    ] {
        assert!(
            matches!(open_with("p256", pgp.as_bytes(), |_| {}), Err(OpenError::OpenPgp)),
            "{pgp}"
        );
    }
}

#[test]
fn parts_that_nothing_covers_are_told() {
    let part = String::from_utf8(openssl_sign(b"signed part\r\n", &["-text"])).unwrap();
    let part = part.split_once("MIME-Version: 1.0\n").unwrap().1;
    let mixed = |part: &str| {
        format!(
            "{OUTER}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{part}\r\n--m\r\n\r\nfooter\r\n--m--\r\n"
        )
    };
    let (report, content) = opened(mixed(part).as_bytes());
    assert_eq!(kinds(&report), [Plain]);
    assert_eq!((report.verdict(), content), (Verdict::Invalid, None));
    assert!(report.verification.finding(Code::PartiallySigned).is_some());

    // An encrypted part among others is not opened: what stands around it could send its content away.
    let sealed = String::from_utf8(openssl_encrypt(b"x\r\n", &["-aes256"])).unwrap();
    let (report, content) = opened(mixed(&sealed).as_bytes());
    assert_eq!((report.verdict(), content), (Verdict::Unsigned, None));
    assert!(report.verification.encrypted);

    // A signed message that somebody forwards inside his own is an attachment.
    let whole = openssl_sign(mixed(part).as_bytes(), &[]);
    assert_opens(&with_header(&whole), &[Signed, Plain], Verdict::Valid);
}

#[test]
fn certificates_alone_are_called_so() {
    let scratch = pki().scratch();
    let out = scratch
        .openssl(&[
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            &pki().path("rsa.chain"),
            "-outform",
            "DER",
        ])
        .succeed();
    let base64 = smime::mime::encode_base64(&out.stdout);
    let head = "Content-Type: application/pkcs7-mime; smime-type=certs-only; name=smime.p7c\r\n\
                Content-Transfer-Encoding: base64\r\n\r\n";
    let mail = [head.as_bytes(), &base64].concat();
    let (report, content) = assert_opens(&mail, &[Signed], Verdict::Unsigned);
    let finding = report.verification.finding(Code::CertificatesOnly).unwrap();
    assert!(
        finding.message.contains("2 certificate(s)"),
        "{}",
        finding.message
    );
    assert_eq!(content, b"");
    let report = verified(&mail);
    assert_eq!(report.verdict, Verdict::Unsigned);
    assert!(report.finding(Code::CertificatesOnly).is_some());
}

#[test]
fn content_is_read_as_it_comes() {
    // One octet at a time, as from a slow pipe.
    struct Slow<'a>(&'a [u8]);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }
    let whole = with_header(&openssl_encrypt(
        &openssl_sign(b"x\r\n", &["-text"]),
        &["-aes256"],
    ));
    let options = OpenOptions::new(VerifyOptions::new(now()));
    let held = smime::open(Slow(&whole), &[pki().identity("p256")], &options, || {
        Ok(MemorySpool::new())
    })
    .unwrap();
    assert_eq!(kinds(held.report()), [Enveloped, Signed, Plain]);
}

#[test]
fn a_header_that_says_two_things_is_told() {
    let signed = openssl_sign(b"Content-Type: text/plain\r\n\r\nhello\r\n", &[]);
    let message = [b"Content-Type: text/html\r\n", &signed[..]].concat();
    let (report, content) = opened(&message);
    assert_eq!(report.verdict(), Verdict::Unsigned);
    assert!(report.verification.finding(Code::DuplicateHeader).is_some());
    assert_eq!(content, None);
}

#[test]
fn text_after_a_signature_in_base64_does_not_empty_the_message() {
    let signed = openssl_sign(b"hello\r\n", &["-nodetach", "-outform", "DER"]);
    let mut message = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &signed)
        .into_bytes()
        .chunks(64)
        .flat_map(|line| [line, b"\n"].concat())
        .collect::<Vec<_>>();
    message.extend_from_slice(b"\nand now some text, with a stop.\n");
    assert!(open_with("p256", &message, |_| {}).is_err());
}

/// A mail program may show the name outside, although the field inside is the one that is judged.
#[test]
fn the_outer_from_is_looked_at_too() {
    let inner = [
        b"From: rsa@example.org\r\n".as_slice(),
        b"Content-Type: text/plain\r\n\r\nx\r\n",
    ]
    .concat();
    let signed = signed("rsa", &inner, &sign_options());
    let sealed = String::from_utf8(openssl_encrypt(&signed, &["-aes256"])).unwrap();
    let with_from = |from: &str| format!("From: {from}\r\n{sealed}");
    let (report, _) = opened(with_from("\"ceo@bank.example\" <rsa@example.org>").as_bytes());
    assert_eq!(
        report.verdict(),
        Verdict::Valid,
        "{:#?}",
        report.verification.findings
    );
    let finding = report.verification.finding(Code::FromNameIsAddress);
    let finding = finding.unwrap_or_else(|| panic!("{:#?}", report.verification.findings));
    assert!(finding.message.contains("ceo@bank.example"));
    let (report, _) = opened(with_from("RSA Holder <rsa@example.org>").as_bytes());
    assert!(report.verification.finding(Code::FromNameIsAddress).is_none());
}

#[test]
fn smime_type_is_compared_in_every_layer() {
    let inner = [
        b"From: rsa@example.org\r\n".as_slice(),
        b"Content-Type: text/plain\r\n\r\nx\r\n",
    ]
    .concat();
    let sealed = String::from_utf8(openssl_encrypt(&inner, &["-aes256"])).unwrap();
    let (report, _) = opened(sealed.as_bytes());
    assert!(report.verification.finding(Code::SmimeTypeMismatch).is_none());
    let wrong = sealed.replace("enveloped-data", "signed-data");
    assert_ne!(wrong, sealed);
    let (report, _) = opened(wrong.as_bytes());
    assert_eq!(kinds(&report), [Enveloped, Plain]);
    let finding = report.verification.finding(Code::SmimeTypeMismatch).unwrap();
    assert_eq!(finding.layer, Some(0));
}
