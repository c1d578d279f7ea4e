//! Header protection (RFC 9788) as we write it: read here and by OpenSSL, and noticed when changed on the way.

use smime::protected::{HeaderProtection, Protection, Scheme, Visibility};
use smime::report::{Code, Verdict, VerifyReport};
use smime::{Discard, EncryptError, SignForm, VerifyOptions};

use crate::pki::{decrypted, encrypt_options, encrypted, now, pki, sign_options, signed};

const MESSAGE: &[u8] =
    b"From: Alice <rsa@example.org>\nTo: bob@example.net\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= \n\
    Keywords: merger\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\nHello Bob\n";

fn protecting(form: SignForm, protection: HeaderProtection) -> smime::SignOptions {
    // The certificates are made before the moment is taken.
    pki();
    let mut options = sign_options();
    options.form = form;
    options.compose.protect_headers = Some(protection);
    options
}

/// Verifies as [`crate::pki::verified`] does, and asks whose From it is.
fn verified(message: &[u8]) -> VerifyReport {
    let anchors = [pki().public("root")];
    let mut options = VerifyOptions::new(now() + chrono::TimeDelta::seconds(2));
    options.anchors = &anchors;
    smime::verify(message, &options, Discard).unwrap().into_report()
}

fn changed(message: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).unwrap();
    assert!(text.contains(from), "{text}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn signed_headers_are_compared() {
    for form in [SignForm::Clear, SignForm::Opaque] {
        let message = signed("rsa", MESSAGE, &protecting(form, HeaderProtection::Signed));
        let report = verified(&message);
        assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
        for code in [Code::HeaderDiffers, Code::HeaderNotProtected] {
            assert!(report.finding(code).is_none(), "{:#?}", report.findings);
        }
        let headers = report.protected_headers.unwrap();
        assert_eq!((headers.scheme, headers.signed), (Scheme::Clear, true));
        let subject = headers.get("subject").unwrap();
        assert_eq!(subject.value, "Grüße");
        assert_eq!(headers.protection(subject), Protection::SignedOnly);

        let scratch = pki().scratch();
        let file = scratch.write("m", &message);
        let root = pki().path("root.pem");
        let command = [
            "cms", "-verify", "-in", &file, "-CAfile", &root, "-out", "content",
        ];
        scratch.openssl(&command).succeed();
        let content = String::from_utf8(scratch.read("content")).unwrap();
        assert!(
            content.contains("hp=\"clear\"") && content.contains("Subject: =?utf-8?q?Gr"),
            "{content}"
        );
        assert!(!content.contains("HP-Outer"), "{content}");

        // Outside the fields stand first, so that the first occurrence is the unprotected one.
        let other = changed(
            &message,
            "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
            "Subject: You won",
        );
        assert!(verified(&other).finding(Code::HeaderDiffers).is_some());
        let added = changed(&message, "To: ", "Reply-To: eve@example.com\r\nTo: ");
        assert!(verified(&added).finding(Code::HeaderNotProtected).is_some());
        let forged = verified(&changed(&message, "rsa@example.org", "eve@example.org"));
        assert_eq!(forged.verdict, Verdict::Invalid);
        assert!(forged.finding(Code::FromMismatch).is_some());
        assert!(forged.finding(Code::HeaderDiffers).is_some());
    }
}

#[test]
fn the_subject_of_an_encrypted_message_is_hidden() {
    let message = signed(
        "rsa",
        MESSAGE,
        &protecting(SignForm::Clear, HeaderProtection::Encrypted),
    );
    let sealed = encrypted(&["p256"], &message, &encrypt_options());
    let text = String::from_utf8_lossy(&sealed);
    assert!(
        text.contains("Subject: [...]") && !text.contains("Keywords"),
        "{text}"
    );
    let (opened, found) = decrypted("p256", &sealed).unwrap();
    assert!(found.protected_headers.is_none());
    let report = verified(&opened);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
    let headers = report.protected_headers.unwrap();
    let shown = |name| headers.get(name).map(|field| field.visibility);
    assert_eq!(shown("Subject"), Some(Visibility::Obscured));
    assert_eq!(shown("Keywords"), Some(Visibility::Removed));
    assert_eq!(shown("From"), Some(Visibility::Visible));
}

#[test]
fn encryption_alone_hides_it_too() {
    pki();
    let mut options = encrypt_options();
    options.compose.protect_headers = Some(HeaderProtection::Signed);
    let sealed = encrypted(&["p256"], MESSAGE, &options);
    assert!(String::from_utf8_lossy(&sealed).contains("Subject: [...]"));
    let (opened, found) = decrypted("p256", &sealed).unwrap();
    let opened = String::from_utf8(opened).unwrap();
    assert!(
        opened.contains("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=") && !opened.starts_with("Subject: [...]"),
        "{opened}"
    );
    assert!(opened.ends_with("Hello Bob\r\n"));
    let headers = found.protected_headers.unwrap();
    assert_eq!(headers.scheme, Scheme::Cipher);
    let subject = headers.get("Subject").unwrap();
    assert_eq!(headers.protection(subject), Protection::EncryptedOnly);
    assert!(!found.findings.contains(&"header-differs"));

    let (_, found) = decrypted("p256", &changed(&sealed, "Subject: [...]", "Subject: You won")).unwrap();
    assert!(found.findings.contains(&"header-differs"), "{:?}", found.findings);
}

#[test]
fn cms_on_its_own_tells_the_protected_header_too() {
    pki();
    let mut options = encrypt_options();
    options.compose.protect_headers = Some(HeaderProtection::Encrypted);
    let message = b"From: rsa@example.org\r\nSubject: hidden\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; hp-legacy-display=1\r\n\r\nSubject: hidden\r\n\r\nText\r\n--b--\r\n";
    let sealed = encrypted(&["p256"], message, &options);
    let cms = smime::mime::Message::parse(&sealed)
        .decoded_body()
        .unwrap()
        .into_owned();
    let mut seen = Vec::new();
    for input in [&sealed, &cms] {
        let (content, report) = decrypted("p256", input).unwrap();
        let headers = report.protected_headers.unwrap();
        assert_eq!((headers.scheme, headers.encrypted), (Scheme::Cipher, true));
        assert_eq!(headers.get("Subject").unwrap().value, "hidden");
        assert!(headers.legacy_display);
        assert!(
            !report.findings.contains(&"header-differs"),
            "{:?}",
            report.findings
        );
        seen.push(content);
    }
    assert!(seen[1].starts_with(b"From: rsa@example.org\r\n"));
    // No message around it: nothing is put before the content, and nothing is kept from it.
    let plain = encrypted(&["p256"], MESSAGE, &encrypt_options());
    let cms = smime::mime::Message::parse(&plain)
        .decoded_body()
        .unwrap()
        .into_owned();
    let (content, report) = decrypted("p256", &cms).unwrap();
    assert!(report.protected_headers.is_none());
    assert!(
        content.starts_with(b"Content-Type: "),
        "{}",
        String::from_utf8_lossy(&content)
    );
}

#[test]
fn what_is_sealed_already_cannot_be_protected() {
    let message = signed("rsa", MESSAGE, &sign_options());
    let mut options = encrypt_options();
    options.compose.protect_headers = Some(HeaderProtection::Encrypted);
    let recipients = [pki().public("p256")];
    let refused = smime::encrypt(&message[..], &recipients, &options, Vec::new());
    let Err(EncryptError::Compose(smime::ComposeError::AlreadySealed { content_type })) = refused else {
        panic!()
    };
    assert_eq!(content_type, "multipart/signed");
}
