//! Messages for a password or a key that was shared beforehand (RFC 5652 6.2.3, 6.2.4), judged by OpenSSL both ways.

use base64::Engine as _;
use identity::{ContentCipher, Passphrase};
use smime::decrypt::{OpenedBy, SharedKey};
use smime::{DecryptError, DecryptOptions, DecryptReport, EncryptError, MemorySpool, decrypt, encrypt};
use zeroize::Zeroizing;

use crate::pki::*;

const PASSWORD: &str = "correct horse, battery; stäple";
const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nfor who knows the word\r\n";

fn password(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

fn with_passwords(passwords: &[&str]) -> DecryptOptions {
    let mut options = DecryptOptions::default();
    options.passwords = passwords.iter().map(|text| password(text)).collect();
    options
}

fn opened(message: &[u8], options: &DecryptOptions) -> Result<(Vec<u8>, DecryptReport), DecryptError> {
    let held = decrypt(message, &[], options, MemorySpool::new())?;
    let report = held.report().clone();
    Ok((held.into_content().unwrap().into_inner(), report))
}

fn for_password(cipher: ContentCipher) -> Vec<u8> {
    let mut options = encrypt_options();
    options.cipher = Some(cipher);
    options.passwords = vec![password(PASSWORD)];
    let mut out = Vec::new();
    encrypt(CONTENT, &[], &options, &mut out).unwrap();
    out
}

#[test]
fn what_openssl_encrypts_with_a_password_opens_with_it() {
    let scratch = pki().scratch();
    let file = scratch.write("m", CONTENT);
    for cipher in ["-aes-128-cbc", "-aes-192-cbc", "-aes-256-cbc", "-des3"] {
        for (form, stream) in [("DER", false), ("DER", true), ("PEM", false), ("SMIME", true)] {
            let mut command = vec![
                "cms", "-encrypt", "-binary", cipher, "-in", &file, "-outform", form,
            ];
            command.extend(["-pwri_password", PASSWORD, "-out", "sealed"]);
            command.extend(stream.then_some("-stream"));
            scratch.openssl(&command).succeed();
            let message = scratch.read("sealed");

            let mut options = with_passwords(&["another", PASSWORD]);
            // The content is 3DES then; the wrap of the key is read always.
            options.legacy = cipher == "-des3";
            let (content, report) = opened(&message, &options).unwrap();
            assert!(content.ends_with(CONTENT), "{cipher} {form}");
            assert_eq!(report.opened_by, OpenedBy::Password(1));
            assert_eq!(report.recipients, ["a password"]);

            options.passwords.truncate(1);
            assert!(matches!(
                opened(&message, &options),
                Err(DecryptError::DecryptionFailed)
            ));
            options.passwords.clear();
            let error = opened(&message, &options).unwrap_err();
            assert!(error.to_string().ends_with("it is for a password"), "{error}");
        }
    }
}

#[test]
fn openssl_opens_with_the_password_what_is_encrypted_here() {
    for cipher in [
        ContentCipher::Aes128Cbc,
        ContentCipher::Aes192Cbc,
        ContentCipher::Aes256Cbc,
        ContentCipher::Aes128Gcm,
        ContentCipher::Aes256Gcm,
    ] {
        let scratch = pki().scratch();
        let file = scratch.write("m", &for_password(cipher));
        scratch
            .openssl(&[
                "cms",
                "-decrypt",
                "-in",
                &file,
                "-pwri_password",
                PASSWORD,
                "-out",
                "content",
            ])
            .succeed();
        assert!(
            scratch.read("content").ends_with(b"for who knows the word\r\n"),
            "{cipher}"
        );
    }
}

#[test]
fn what_openssl_encrypts_with_a_shared_key_opens_with_it() {
    let scratch = pki().scratch();
    let file = scratch.write("m", CONTENT);
    for cipher in ["-aes-128-cbc", "-aes-256-cbc", "-aes-128-gcm", "-aes-256-gcm"] {
        for length in [16, 24, 32] {
            let key = vec![length as u8; length];
            let hex = hex::encode(&key);
            scratch
                .openssl(&[
                    "cms",
                    "-encrypt",
                    "-binary",
                    "-stream",
                    cipher,
                    "-in",
                    &file,
                    "-secretkey",
                    &hex,
                    "-secretkeyid",
                    "C0FFEE",
                    "-out",
                    "sealed",
                ])
                .succeed();
            let message = scratch.read("sealed");
            let mut options = DecryptOptions::default();
            let shared_key = |octets: &[u8]| SharedKey::new(Zeroizing::new(octets.to_vec())).unwrap();
            options.shared_keys = vec![shared_key(&[0; 16]), shared_key(&key)];
            let (content, report) = opened(&message, &options).unwrap();
            assert!(content.ends_with(CONTENT), "{cipher} {length}");
            assert_eq!(
                report.opened_by,
                OpenedBy::SharedKey {
                    index: 1,
                    identifier: vec![0xc0, 0xff, 0xee]
                }
            );
            options.shared_keys.truncate(1);
            assert!(matches!(
                opened(&message, &options),
                Err(DecryptError::DecryptionFailed)
            ));
            let error = opened(&message, &with_passwords(&[PASSWORD])).unwrap_err();
            assert!(
                error.to_string().ends_with("a shared key with identifier c0ffee"),
                "{error}"
            );
        }
    }
    assert!(SharedKey::new(Zeroizing::new(vec![0; 17])).is_err());
}

/// Messages that Bouncy Castle 1.72 made of [`CONTENT`]: every PRF with another cipher for the key, and both key wraps;
/// `sha224`, `sha384` and `key-aes128` are AuthEnvelopedData with AES-256-GCM.
#[test]
fn what_bouncy_castle_encrypts_opens() {
    for (name, message) in [
        (
            "sha1",
            &include_bytes!("../data/bouncycastle/password-sha1.der")[..],
        ),
        (
            "sha224",
            include_bytes!("../data/bouncycastle/password-sha224.der"),
        ),
        (
            "sha256",
            include_bytes!("../data/bouncycastle/password-sha256.der"),
        ),
        (
            "sha384",
            include_bytes!("../data/bouncycastle/password-sha384.der"),
        ),
        (
            "sha512",
            include_bytes!("../data/bouncycastle/password-sha512.der"),
        ),
    ] {
        let (content, _) = opened(message, &with_passwords(&["correct horse"])).unwrap();
        assert_eq!(content, CONTENT, "{name}");
    }
    for (key, message) in [
        (
            "255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f",
            &include_bytes!("../data/bouncycastle/key-3des.der")[..],
        ),
        (
            "000102030405060708090a0b0c0d0e0f",
            include_bytes!("../data/bouncycastle/key-aes128.der"),
        ),
    ] {
        let mut options = DecryptOptions::default();
        options.legacy = true;
        let key = Zeroizing::new(hex::decode(key).unwrap());
        options.shared_keys = vec![SharedKey::new(key).unwrap()];
        let (content, report) = opened(message, &options).unwrap();
        assert_eq!(content, CONTENT);
        assert_eq!(report.recipients, ["a shared key with identifier c0ffee"]);
    }
}

#[test]
fn a_password_stands_beside_certificates() {
    let recipients = [pki().public("p256"), pki().public("rsa")];
    let mut options = encrypt_options();
    options.passwords = vec![password(PASSWORD), password("the other one")];
    let mut message = Vec::new();
    let report = encrypt(MAIL, &recipients, &options, &mut message).unwrap();
    assert_eq!((report.recipients.len(), report.passwords), (2, 2));
    for name in ["p256", "rsa"] {
        let (_, report) = decrypted(name, &message).unwrap();
        assert_eq!(report.opened_by, OpenedBy::Identity(0));
        assert_eq!(report.recipients.len(), 4);
    }
    for text in [PASSWORD, "the other one"] {
        opened(&message, &with_passwords(&[text])).unwrap();
    }
    let scratch = pki().scratch();
    let file = scratch.write("m", &message);
    for secret in [
        ["-pwri_password", "the other one"],
        ["-inkey", &pki().path("rsa.key")],
    ] {
        let mut command = vec!["cms", "-decrypt", "-in", &file];
        command.extend(secret);
        let recipient = pki().path("rsa.pem");
        if secret[0] == "-inkey" {
            command.extend(["-recip", &recipient]);
        }
        scratch.openssl(&command).succeed();
    }
}

#[test]
fn an_empty_password_is_refused() {
    let mut options = encrypt_options();
    options.passwords = vec![password("")];
    let error = encrypt(CONTENT, &[], &options, Vec::new()).unwrap_err();
    assert!(matches!(error, EncryptError::EmptyPassword), "{error}");
    options.passwords.clear();
    let error = encrypt(CONTENT, &[], &options, Vec::new()).unwrap_err();
    assert!(matches!(error, EncryptError::NoRecipients), "{error}");
}

#[test]
fn a_message_cannot_ask_for_endless_work() {
    let message = for_password(ContentCipher::Aes256Cbc);
    let text = String::from_utf8(message).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let der = base64::engine::general_purpose::STANDARD
        .decode(body.replace("\r\n", ""))
        .unwrap();
    let rounds = [2, 3, 0x09, 0x27, 0xc0];
    let at = der.windows(5).position(|octets| octets == rounds).unwrap();
    // 8,388,607 rounds are made, once, and give another key; a negative number and none are no numbers of rounds.
    for count in [[0x7f, 0xff, 0xff], [0x99, 0, 0], [0, 0, 0]] {
        let mut der = der.clone();
        der[at + 2..at + 5].copy_from_slice(&count);
        let error = opened(&der, &with_passwords(&[PASSWORD])).unwrap_err();
        assert!(matches!(error, DecryptError::DecryptionFailed), "{error}");
    }
    // Each of two passwords would cost as much.
    let mut der = der;
    der[at + 2..at + 5].copy_from_slice(&[0x7f, 0xff, 0xff]);
    let error = opened(&der, &with_passwords(&["one"; 2])).unwrap_err();
    assert!(
        matches!(
            error,
            DecryptError::TooMuchWork {
                iterations: 8_388_607,
                ..
            }
        ),
        "{error}"
    );
}
