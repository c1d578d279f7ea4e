//! Any change is noticed, and the status says where.

use smime::MemorySpool;
use smime::report::{Code, Verdict};
use smime::sign::SignForm;
use smime::verify::verify;

use super::pki::{MAIL, have, sign_options, signed, split};
use super::{assert_refused, assert_valid, judged, replaced, root, trusting};

#[test]
fn altered_content() {
    if !have("openssl") {
        return;
    }
    for name in ["rsa", "p256", "ed25519"] {
        let input = replaced(MAIL, "rsa@", &format!("{name}@"));
        let message = signed(name, &input, &sign_options());
        let report = judged(&replaced(&message, "Hello Bob", "Hello Rob"));
        assert_refused(&report, Verdict::Invalid, Code::AlteredContent);
        assert_eq!(report.signers[0].status, Code::AlteredContent);
        assert!(
            report.finding(Code::AlteredSignature).is_none(),
            "the signature itself is sound"
        );
    }
}

#[test]
fn altered_signature() {
    if !have("openssl") {
        return;
    }
    let message = signed("rsa", MAIL, &sign_options());
    let (_, mut der) = split(&message);
    // The signature value stands last.
    *der.last_mut().unwrap() ^= 1;
    let text = String::from_utf8_lossy(&message).into_owned();
    let head = text.find("smime.p7s").unwrap();
    let start = head + text[head..].find("\r\n\r\n").unwrap() + 4;
    let end = start + text[start..].find("\r\n--").unwrap();
    let body = String::from_utf8(smime::mime::encode_base64(&der)).unwrap();
    let report = judged(format!("{}{}{}", &text[..start], body.trim_end(), &text[end..]).as_bytes());
    assert_refused(&report, Verdict::Invalid, Code::AlteredSignature);
    assert_eq!(report.signers[0].status, Code::AlteredSignature);
}

/// Every octet that the signature covers, and every octet of the signature structure, flipped in one bit.
#[test]
fn any_single_changed_bit_is_noticed() {
    if !have("openssl") {
        return;
    }
    let mut opaque = sign_options();
    opaque.form = SignForm::Opaque;
    let message = signed("p256", &replaced(MAIL, "rsa@", "p256@"), &opaque);
    assert_valid(&judged(&message));
    let der = smime::mime::Message::parse(&message)
        .decoded_body()
        .unwrap()
        .into_owned();
    let anchors = root();
    let mut options = trusting(&anchors);
    options.any_sender = true;
    let mut seed = 0x9e37_79b9_u32;
    for offset in (0..der.len()).step_by(3) {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let mut changed = der.clone();
        changed[offset] ^= 1 << (seed >> 29);
        let Ok(held) = verify(changed.as_slice(), &options, MemorySpool::new()) else {
            continue;
        };
        if held.report().verdict == Verdict::Valid {
            // What no signature covers (version numbers, the list of digests, certificates that are not needed,
            // the encoding of lengths) may change, as long as content and signer stay the same.
            let signer = &held.report().signers[0];
            assert_eq!(signer.emails, ["p256@example.org"], "octet {offset}");
            let mut content = Vec::new();
            std::io::copy(&mut held.into_content().unwrap(), &mut content).unwrap();
            assert!(
                String::from_utf8_lossy(&content).contains("Hello Bob,\r\nworld\r\n"),
                "octet {offset}"
            );
        }
    }
    let clear = signed("p256", &replaced(MAIL, "rsa@", "p256@"), &sign_options());
    let (content, _) = split(&clear);
    let start = clear
        .windows(content.len())
        .position(|window| window == content)
        .unwrap();
    for offset in start..start + content.len() {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let mut changed = clear.clone();
        changed[offset] ^= 1 << (seed >> 29);
        // A changed line end that canonicalises to the same text is the same content.
        let same = changed
            .get(offset)
            .is_some_and(|octet| matches!(octet, b'\r' | b'\n'));
        if let Ok(held) = verify(changed.as_slice(), &options, MemorySpool::new()) {
            assert!(
                held.report().verdict != Verdict::Valid || same,
                "octet {offset} of the content"
            );
        }
    }
}
