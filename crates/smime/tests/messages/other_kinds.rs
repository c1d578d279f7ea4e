//! EncryptedData and DigestedData (RFC 5652 7 and 8), as OpenSSL makes them.

use std::io::Read;

use identity::digest::Hasher;
use identity::{DigestAlgorithm, Passphrase};
use smime::decrypt::{OpenedBy, SharedKey};
use smime::report::{Code, Verdict};
use smime::{
    DecryptError, DecryptOptions, Discard, LayerKind, Limits, MemorySpool, OpenOptions, VerifyOptions,
    decrypt, open, verify,
};
use zeroize::Zeroizing;

use crate::pki::*;

const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nfor who has the key\r\n";

fn shared_key(octets: &[u8]) -> SharedKey {
    SharedKey::new(Zeroizing::new(octets.to_vec())).unwrap()
}

#[test]
fn encrypted_data_opens_with_its_content_key() {
    let scratch = pki().scratch();
    let file = scratch.write("m", CONTENT);
    for (cipher, length) in [
        ("-aes-128-cbc", 16),
        ("-aes-192-cbc", 24),
        ("-aes-256-cbc", 32),
        ("-des3", 24),
    ] {
        let key = vec![length as u8; length];
        let hex = hex::encode(&key);
        for (form, stream) in [("DER", false), ("DER", true), ("PEM", false), ("SMIME", true)] {
            let mut command = vec!["cms", "-EncryptedData_encrypt", "-binary", cipher, "-in", &file];
            command.extend(["-secretkey", &hex, "-outform", form, "-out", "sealed"]);
            command.extend(stream.then_some("-stream"));
            scratch.openssl(&command).succeed();
            let message = scratch.read("sealed");

            let mut options = DecryptOptions::default();
            options.legacy = cipher == "-des3";
            options.shared_keys = vec![shared_key(&[7; 24]), shared_key(&[9; 32]), shared_key(&key)];
            let held = decrypt(&message[..], &[], &options, MemorySpool::new()).unwrap();
            let report = held.report();
            assert_eq!(report.kind, LayerKind::Encrypted);
            let identifier = Vec::new();
            assert_eq!(report.opened_by, OpenedBy::SharedKey { index: 2, identifier });
            assert!(report.findings.contains(&"not-authenticated"), "{cipher} {form}");
            assert!(held.into_content().unwrap().into_inner().ends_with(CONTENT));

            let mut opening = OpenOptions::new(VerifyOptions::new(now()));
            opening.decrypt = options.clone();
            let held = open(&message[..], &[], &opening, || Ok(MemorySpool::new())).unwrap();
            let kinds: Vec<_> = held.report().layers.iter().map(|layer| layer.kind).collect();
            assert_eq!(kinds, [LayerKind::Encrypted, LayerKind::Plain], "{cipher} {form}");
            assert_eq!(held.report().verdict(), Verdict::Unsigned);

            // A key of another length, or none, cannot be the one; nor is a password.
            options.shared_keys = vec![shared_key(&[1; 16]), shared_key(&[1; 24])];
            options.shared_keys.retain(|_| length == 32);
            options.passwords = vec![Passphrase::new("word").unwrap()];
            let error = decrypt(&message[..], &[], &options, MemorySpool::new()).unwrap_err();
            assert!(
                matches!(error, DecryptError::NoMatchingRecipient { .. }),
                "{error}"
            );
            assert!(
                error.to_string().ends_with(&format!("of {length} octets")),
                "{error}"
            );

            let cut = &message[..message.len() / 2];
            options.shared_keys = vec![shared_key(&key)];
            assert!(decrypt(cut, &[], &options, MemorySpool::new()).is_err());
        }
    }
}

#[test]
fn a_digest_alone_shows_damage_and_no_signer() {
    let scratch = pki().scratch();
    let file = scratch.write("m", CONTENT);
    for digest in ["sha1", "sha256", "sha512"] {
        for (form, stream) in [("DER", false), ("DER", true), ("PEM", false), ("SMIME", true)] {
            let mut command = vec!["cms", "-digest_create", "-binary", "-nodetach", "-in", &file];
            command.extend(["-md", digest, "-outform", form, "-out", "digested"]);
            command.extend(stream.then_some("-stream"));
            scratch.openssl(&command).succeed();
            let message = scratch.read("digested");
            let options = VerifyOptions::new(now());
            let judged = |message: &[u8]| {
                let held = verify(message, &options, MemorySpool::new()).unwrap();
                assert!(held.report().finding(Code::DigestOnly).is_some());
                held.into_report()
            };
            let report = judged(&message);
            assert_eq!(report.verdict, Verdict::Unsigned, "{digest} {form}");
            assert!(report.finding(Code::AlteredContent).is_none(), "{digest} {form}");

            let opening = OpenOptions::new(options.clone());
            let held = open(&message[..], &[], &opening, || Ok(MemorySpool::new())).unwrap();
            let kinds: Vec<_> = held.report().layers.iter().map(|layer| layer.kind).collect();
            assert_eq!(kinds, [LayerKind::Digested, LayerKind::Plain], "{digest} {form}");
            assert_eq!(held.report().verdict(), Verdict::Unsigned);
            assert!(held.into_content().unwrap().into_inner().ends_with(CONTENT));

            if form == "DER" {
                let mut altered = message.clone();
                let at = memchr::memmem::find(&altered, b"who has").unwrap();
                altered[at] ^= 1;
                let report = judged(&altered);
                assert_eq!(report.verdict, Verdict::Invalid);
                assert!(report.finding(Code::AlteredContent).is_some());
                let held = open(&altered[..], &[], &opening, || Ok(MemorySpool::new())).unwrap();
                assert_eq!(held.report().verdict(), Verdict::Invalid);
                assert!(held.into_content().is_err());
            }
        }
    }
}

#[test]
fn a_digest_without_its_content_says_so() {
    let scratch = pki().scratch();
    let file = scratch.write("m", CONTENT);
    let command = ["cms", "-digest_create", "-binary", "-in", &file, "-md", "sha256"];
    let out = ["-outform", "DER", "-out", "digested"];
    scratch.openssl(&[&command[..], &out].concat()).succeed();
    let message = scratch.read("digested");
    if memchr::memmem::find(&message, b"who has").is_some() {
        // This OpenSSL puts the content in.
        return;
    }
    let held = verify(&message[..], &VerifyOptions::new(now()), MemorySpool::new()).unwrap();
    assert!(held.report().finding(Code::ContentAbsent).is_some());
}

/// A DigestedData of `length` zeros, whose lengths take eight octets each.
fn zeros_with_digest(length: u64, digest: &[u8]) -> impl Read {
    fn head(tag: u8, length: u64) -> Vec<u8> {
        [&[tag, 0x88][..], &length.to_be_bytes()].concat()
    }
    fn around(tag: u8, parts: &[&[u8]], more: u64) -> Vec<u8> {
        let inside = parts.concat();
        [head(tag, inside.len() as u64 + more), inside].concat()
    }
    const DIGESTED: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 7, 5];
    const DATA: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 7, 1];
    const SHA256: &[u8] = &[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let end = [&[4, digest.len() as u8], digest].concat();
    let after = end.len() as u64;
    let explicit = around(0xA0, &[&head(4, length)], length);
    let content = around(0x30, &[DATA, &explicit], length);
    let data = around(0x30, &[&[2, 1, 0], SHA256, &content], length + after);
    let explicit = around(0xA0, &[&data], length + after);
    let begin = around(0x30, &[DIGESTED, &explicit], length + after);
    std::io::Cursor::new(begin)
        .chain(std::io::repeat(0).take(length))
        .chain(std::io::Cursor::new(end))
}

fn digest_of_zeros(length: u64) -> Vec<u8> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let zeros = vec![0; 1 << 20];
    for _ in 0..length >> 20 {
        hasher.update(&zeros);
    }
    hasher.finish()
}

fn assert_long(length: u64) {
    let digest = digest_of_zeros(length);
    let mut options = VerifyOptions::new(now());
    let refused = verify(zeros_with_digest(length, &digest), &options, Discard);
    assert_eq!(refused.is_err(), length > options.limits.max_input);
    options.limits = Limits::default().with_max_input(u64::MAX);
    for (digest, verdict) in [(digest, Verdict::Unsigned), (vec![0; 32], Verdict::Invalid)] {
        let held = verify(zeros_with_digest(length, &digest), &options, Discard).unwrap();
        assert_eq!(held.report().verdict, verdict, "{length}");
    }
}

#[test]
fn lengths_of_many_octets_are_read() {
    assert_long(3 << 20);
}

/// `just long` runs it.
#[test]
#[ignore = "reads 15 GiB"]
fn five_gibibytes_are_read_like_five_octets() {
    assert_long(5 << 30);
}
