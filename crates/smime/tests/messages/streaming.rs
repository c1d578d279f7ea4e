//! Messages come in pieces: whatever the pieces, the content and the verdict are the same, and a changed bit shows.

use std::io::Read;

use identity::ContentCipher;
use proptest::prelude::*;
use smime::mime::{Message, decode_base64};
use smime::verify::{VerifyOptions, verify};
use smime::{DecryptOptions, Discard, MemorySpool, SignForm, decrypt};

use crate::pki::*;

/// Gives pieces of changing length, as a pipe does.
struct Pieces<'a> {
    rest: &'a [u8],
    lengths: std::iter::Cycle<std::vec::IntoIter<usize>>,
}

impl<'a> Pieces<'a> {
    fn new(rest: &'a [u8], lengths: &[usize]) -> Self {
        Self {
            rest,
            lengths: Vec::from(lengths).into_iter().cycle(),
        }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = self.lengths.next().unwrap_or(1).min(buffer.len());
        self.rest.read(&mut buffer[..most])
    }
}

fn opened(input: impl Read) -> Option<Vec<u8>> {
    let bob = [pki().identity("p256")];
    let held = decrypt(input, &bob, &DecryptOptions::default(), MemorySpool::new()).ok()?;
    let mut content = Vec::new();
    held.into_content().ok()?.read_to_end(&mut content).ok()?;
    Some(content)
}

/// The signed content, if the verdict is valid.
fn trusted(input: impl Read) -> Option<Vec<u8>> {
    let roots = [pki().public("root")];
    let mut options = VerifyOptions::new(now());
    options.anchors = &roots;
    let held = verify(input, &options, MemorySpool::new()).ok()?;
    let mut content = Vec::new();
    held.into_content().ok()?.read_to_end(&mut content).ok()?;
    Some(content)
}

fn with_lf(message: &[u8]) -> Vec<u8> {
    String::from_utf8(message.to_vec())
        .unwrap()
        .replace("\r\n", "\n")
        .into_bytes()
}

fn enveloped(content: &[u8], cipher: ContentCipher) -> Vec<u8> {
    // The certificates come first: they are not valid before they were made.
    pki();
    let mut options = encrypt_options();
    options.cipher = Some(cipher);
    encrypted(&["p256"], content, &options)
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![1_usize..5, 5_usize..200, 200_usize..100_000];
    prop::collection::vec(length, 1..4)
}

/// Text of any length around the bounds at which reading changes its ways.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof!["[ -~]{0,80}", "--[a-z]{0,5}", "[äöü€ ]{0,9}"];
    (prop::collection::vec(line, 0..40), 1_usize..300)
        .prop_map(|(lines, times)| (lines.join("\n") + "\n").repeat(times).into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn encrypted_content_comes_through_in_any_pieces(text in text(), lengths in lengths(), gcm in any::<bool>()) {
        let cipher = if gcm { ContentCipher::Aes256Gcm } else { ContentCipher::Aes128Cbc };
        let message = enveloped(&text, cipher);
        let der = decode_base64(Message::parse(&message).body()).unwrap();
        let whole = opened(&message[..]).unwrap();
        prop_assert!(opened(Pieces::new(&message, &lengths)) == Some(whole.clone()));
        prop_assert!(opened(Pieces::new(&with_lf(&message), &lengths)) == Some(whole.clone()));
        let inner = opened(Pieces::new(&der, &lengths)).unwrap();
        prop_assert!(whole.ends_with(&inner));
    }

    #[test]
    fn signed_content_comes_through_in_any_pieces(text in text(), lengths in lengths(), opaque in any::<bool>()) {
        pki();
        let mut options = sign_options();
        options.form = if opaque { SignForm::Opaque } else { SignForm::Clear };
        let message = signed("p256", &text, &options);
        let whole = trusted(&message[..]);
        prop_assert!(whole.is_some());
        prop_assert!(trusted(Pieces::new(&message, &lengths)) == whole);
        prop_assert!(trusted(Pieces::new(&with_lf(&message), &lengths)) == whole);
    }

    #[test]
    fn a_changed_bit_of_signed_content_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8_u8, lengths in lengths()) {
        pki();
        let text = "A line of text that was signed.\n".repeat(2000);
        let message = signed("p256", text.as_bytes(), &sign_options());
        let (content, _) = split(&message);
        let start = message.windows(content.len()).position(|window| window == content).unwrap();
        let at = start + at.index(content.len());
        let mut changed = message.clone();
        changed[at] ^= 1 << bit;
        // A line end in another form is the same line end.
        let canonical = |message: &[u8]| with_lf(&String::from_utf8_lossy(message).into_owned().into_bytes());
        prop_assume!(canonical(&changed) != canonical(&message));
        prop_assert!(trusted(Pieces::new(&changed, &lengths)).is_none());
    }

    #[test]
    fn a_changed_bit_of_an_authenticated_message_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8_u8, lengths in lengths()) {
        let text = "A line of text that was encrypted.\n".repeat(2000);
        let message = enveloped(text.as_bytes(), ContentCipher::Aes256Gcm);
        let mut der = decode_base64(Message::parse(&message).body()).unwrap();
        let whole = opened(&der[..]).unwrap();
        // The ciphertext and the tag stand at the end.
        let protected = text.len() / 2;
        let at = der.len() - protected + at.index(protected);
        der[at] ^= 1 << bit;
        let now = opened(Pieces::new(&der, &lengths));
        prop_assert!(now.is_none(), "{} octets, {}", whole.len(), at);
    }
}

/// Long content takes the second thread, and is not kept in memory.
#[test]
fn long_messages_come_through() {
    let text = "A line of text, and another sixty octets to make it a long one.\n".repeat(80_000);
    for form in [SignForm::Clear, SignForm::Opaque] {
        pki();
        let mut options = sign_options();
        options.form = form;
        let message = signed("p256", text.as_bytes(), &options);
        let whole = trusted(&message[..]).unwrap();
        assert!(whole.len() > text.len());
        assert!(trusted(&with_lf(&message)[..]).unwrap() == whole);
        let sealed = enveloped(&message, ContentCipher::Aes256Gcm);
        assert!(trusted(&opened(&sealed[..]).unwrap()[..]).unwrap() == whole);
        let mut cut = sealed.clone();
        cut.truncate(sealed.len() / 2);
        assert!(opened(&cut[..]).is_none());

        // A digest that is not announced is computed when the content is read again, or else from the beginning.
        if form == SignForm::Clear {
            let text = String::from_utf8(message).unwrap();
            let other = text.replace("micalg=sha-256", "micalg=sha-512");
            assert_ne!(text, other);
            assert!(trusted(other.as_bytes()).is_some());
            let roots = [pki().public("root")];
            let mut options = VerifyOptions::new(now());
            options.anchors = &roots;
            let held = verify(other.as_bytes(), &options, Discard).unwrap();
            assert_eq!(held.report().verdict.to_string(), "valid");
        }
    }
}
