//! Whatever a stranger sends, the answer is an error and not a panic.

use proptest::prelude::*;
use smime::mime::{ContentType, Message};
use smime::{Compose, Limits};

use crate::pki::*;

/// Reads everything that can be read of an entity and of its parts.
fn walk(message: &Message<'_>, depth: usize) {
    let _ = message.decoded_body();
    let _ = message.header().addresses("From");
    message.header().fields().iter().for_each(|f| drop(f.text()));
    if depth < 8
        && let Ok(Some(parts)) = message.multipart(&Limits::default())
    {
        parts.parts().iter().for_each(|p| walk(p, depth + 1));
    }
}

/// Mail-like octets: the pieces that parsers stumble over, in any order.
fn mail_like() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"From: \"a\" <a@b>, c: d@e;\r\n",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: multipart/signed; boundary=\"b",
        b"Content-Type: application/pkcs7-mime\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"MIME-Version: 1.0\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"--b\r\n",
        b"--b--\n",
        b"=?utf-8?q?=41?=",
        b"=4",
        b"MIAGCSqGSIb3DQEHA6CA",
        b"\xFF\xFE\x00",
        b": ;=\"\\()<>",
    ];
    let piece = prop::sample::select(PIECES);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_are_read_as_mime(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        walk(&Message::parse(&bytes), 0);
        let _ = ContentType::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn mail_like_octets_are_read_as_mime(bytes in mail_like()) {
        walk(&Message::parse(&bytes), 0);
        let _ = decrypted("p256", &bytes);
    }

    #[test]
    fn mail_like_octets_are_composed(bytes in mail_like()) {
        let mut options = encrypt_options();
        options.compose = Compose::default();
        let message = encrypted(&["p256"], &bytes, &options);
        prop_assert!(decrypted("p256", &message).is_ok());
    }

    #[test]
    fn any_octets_are_read_as_cms(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = decrypted("p256", &[&[0x30, 0x80, 6, 9][..], &bytes].concat());
    }

    #[test]
    fn damaged_envelopes_are_refused(position in any::<prop::sample::Index>(), octet in any::<u8>(), cut in any::<bool>()) {
        let message = envelope();
        let at = position.index(message.len());
        let mut damaged = message.to_vec();
        if cut { damaged.truncate(at) } else { damaged[at] = octet }
        let intact = damaged == message;
        let opened = decrypted("p256", &damaged);
        // In the recipient's identifiers an octet may change without harm; the content cannot.
        if let Ok((content, _)) = opened {
            prop_assert!(intact || content == MAIL_ENTITY);
        }
    }
}

/// One authenticated envelope as DER.
fn envelope() -> &'static [u8] {
    static ENVELOPE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    ENVELOPE.get_or_init(|| {
        let mut options = encrypt_options();
        options.cipher = Some(identity::ContentCipher::Aes256Gcm);
        let message = encrypted(&["p256"], MAIL, &options);
        Message::parse(&message).decoded_body().unwrap().into_owned()
    })
}
