//! RFC 9788 Appendix C: messages with protected headers, read as the RFC says, and noticed when changed outside.

use std::path::Path;

use smime::protected::{Protection, Scheme, Visibility};
use smime::report::{Code, Verdict, VerifyReport};
use smime::verify::{VerifyOptions, verify};
use smime::{DecryptOptions, MemorySpool, decrypt};

use super::{certificate, corpus, identities, read};

const SIGNED: [(&str, Scheme); 6] = [
    ("smime-one-part-hp", Scheme::Clear),
    ("smime-multipart-hp", Scheme::Clear),
    ("smime-one-part-complex-hp", Scheme::Clear),
    ("smime-multipart-complex-hp", Scheme::Clear),
    ("smime-one-part-complex-rfc8551hp", Scheme::Rfc8551),
    ("smime-multipart-complex-rfc8551hp", Scheme::Rfc8551),
];

const ENCRYPTED: [&str; 3] = [
    "smime-signed-enc-hp-baseline",
    "smime-signed-enc-hp-baseline-legacy",
    "smime-signed-enc-hp-shy",
];

fn judge(folder: &Path, message: &[u8]) -> (VerifyReport, Option<Vec<u8>>) {
    let anchors = [certificate(&folder.with_file_name("rfc9216"), "ca.rsa")];
    let mut options = VerifyOptions::new("2021-03-01T00:00:00Z".parse().unwrap());
    options.anchors = &anchors;
    let held = verify(message, &options, MemorySpool::new()).unwrap();
    let report = held.report().clone();
    (
        report,
        held.into_content()
            .ok()
            .map(|content| content.into_inner().to_vec()),
    )
}

/// Bob's view: the inner message with the outer header.
fn opened(folder: &Path, message: &[u8]) -> Vec<u8> {
    let bob = identities(&folder.with_file_name("rfc9216"), "bob");
    let held = decrypt(message, &bob, &DecryptOptions::default(), MemorySpool::new()).unwrap();
    assert!(
        held.report().protected_headers.is_none(),
        "they are under the signature"
    );
    held.into_content().unwrap().into_inner().to_vec()
}

fn replaced(message: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[track_caller]
fn assert_sound(name: &str, report: &VerifyReport, scheme: Scheme) {
    assert_eq!(report.verdict, Verdict::Valid, "{name}: {:#?}", report.findings);
    assert_eq!(report.from_matches, Some(true), "{name}");
    for code in [Code::HeaderDiffers, Code::HeaderNotProtected] {
        assert!(report.finding(code).is_none(), "{name}: {:#?}", report.findings);
    }
    let headers = report.protected_headers.as_ref().unwrap();
    assert_eq!((headers.scheme, headers.signed), (scheme, true), "{name}");
    assert_eq!(headers.get("Subject").unwrap().value, name);
    assert_eq!(headers.get("From").unwrap().value, "Alice <alice@smime.example>");
}

#[test]
fn corpus_rfc9788_signed() {
    let Some(folder) = corpus("rfc9788") else { return };
    for (name, scheme) in SIGNED {
        let message = read(&folder.join(format!("{name}.eml")));
        let (report, _) = judge(&folder, &message);
        assert_sound(name, &report, scheme);
        let headers = report.protected_headers.unwrap();
        assert_eq!(headers.fields.len(), 6, "{name}");
        for field in &headers.fields {
            assert_eq!(field.visibility, Visibility::Visible, "{name}");
            assert_eq!(headers.protection(field), Protection::SignedOnly, "{name}");
        }

        let (report, _) = judge(
            &folder,
            &replaced(&message, "Subject: smime", "Subject: RE: smime"),
        );
        assert_eq!(report.verdict, Verdict::Valid, "{name}");
        assert!(report.finding(Code::HeaderDiffers).is_some(), "{name}");
        let (report, _) = judge(&folder, &replaced(&message, "alice@smime", "eve@smime"));
        assert_eq!(report.verdict, Verdict::Invalid, "{name}");
        assert!(report.finding(Code::FromMismatch).is_some(), "{name}");
        let (report, _) = judge(
            &folder,
            &replaced(&message, "To: ", "Reply-To: eve@smime.example\nTo: "),
        );
        assert!(
            report.finding(Code::HeaderNotProtected).is_some() || scheme != Scheme::Clear,
            "{name}"
        );
        println!("rfc9788 {name}: valid, {scheme}");
    }
    println!("rfc9788: {} of {} signed messages", SIGNED.len(), SIGNED.len());
}

#[test]
fn corpus_rfc9788_encrypted() {
    let Some(folder) = corpus("rfc9788") else { return };
    for name in ENCRYPTED {
        let message = read(&folder.join(format!("{name}.eml")));
        let inner = opened(&folder, &message);
        let (report, content) = judge(&folder, &inner);
        assert_sound(name, &report, Scheme::Cipher);
        let headers = report.protected_headers.unwrap();
        assert_eq!(headers.legacy_display, name.ends_with("-legacy"), "{name}");
        let subject = headers.get("Subject").unwrap();
        assert_eq!(subject.visibility, Visibility::Obscured, "{name}");
        assert_eq!(subject.outer.as_deref(), Some("[...]"), "{name}");
        let shy = name.ends_with("shy");
        let from = headers.get("From").unwrap().visibility;
        assert_eq!(from == Visibility::Obscured, shy, "{name}");
        assert_eq!(
            headers.get("Message-ID").unwrap().visibility,
            Visibility::Visible,
            "{name}"
        );
        let payload = read(&folder.join(format!("{name}.payload.txt")));
        let without_cr = |text: Vec<u8>| text.into_iter().filter(|b| *b != b'\r').collect::<Vec<u8>>();
        assert_eq!(
            String::from_utf8(without_cr(content.unwrap()))
                .unwrap()
                .trim_end(),
            String::from_utf8(without_cr(payload)).unwrap().trim_end(),
            "{name}"
        );

        let changed = opened(&folder, &replaced(&message, "Subject: [...]", "Subject: You won"));
        let (report, _) = judge(&folder, &changed);
        assert!(report.finding(Code::HeaderDiffers).is_some(), "{name}");
        println!("rfc9788 {name}: valid, {}", Scheme::Cipher);
    }
    println!(
        "rfc9788: {} of {} encrypted messages",
        ENCRYPTED.len(),
        ENCRYPTED.len()
    );
}

#[test]
fn corpus_rfc9788_opened() {
    let Some(folder) = corpus("rfc9788") else { return };
    let bob = identities(&folder.with_file_name("rfc9216"), "bob");
    let anchors = [certificate(&folder.with_file_name("rfc9216"), "ca.rsa")];
    let mut options = VerifyOptions::new("2021-03-01T00:00:00Z".parse().unwrap());
    options.anchors = &anchors;
    for name in ENCRYPTED {
        let message = read(&folder.join(format!("{name}.eml")));
        let options = smime::OpenOptions::new(options.clone());
        let held = smime::open(&message[..], &bob, &options, || Ok(MemorySpool::new())).unwrap();
        let headers = held.report().verification.protected_headers.clone().unwrap();
        let subject = headers.get("Subject").unwrap();
        assert_eq!(
            headers.protection(subject),
            Protection::SignedAndEncrypted,
            "{name}"
        );
    }
}
