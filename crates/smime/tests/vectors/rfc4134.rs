//! RFC 4134: CMS of every kind, with the algorithms of its time.
//!
//! DSA, SHA-1 and keys of 1024 bits count with `legacy` only.

use std::path::Path;

use identity::identity::Identity;
use identity::key::{KeyError, ReadOptions};
use identity::{Certificate, PrivateKey};
use smime::decrypt::SharedKey;
use smime::mime::encode_base64;
use smime::report::{Code, Verdict, VerifyReport};
use smime::verify::{VerifyOptions, verify};
use smime::{DecryptError, DecryptOptions, MemorySpool, decrypt};
use zeroize::Zeroizing;

use super::{corpus, read};

/// Name, verdict, and each signer's status.
const SIGNED: [(&str, &str, &[Code]); 11] = [
    ("4.1.bin", "valid", &[Code::Ok]),
    ("4.2.bin", "valid", &[Code::Ok]),
    ("4.3.bin", "valid", &[Code::Ok]),
    // Carl's list of revoked certificates, which it carries, names Alice's.
    ("4.4.bin", "invalid", &[Code::Revoked]),
    ("4.5.bin", "valid", &[Code::Ok]),
    ("4.6.bin", "valid", &[Code::Ok, Code::Ok]),
    ("4.7.bin", "valid", &[Code::Ok]),
    ("4.8.eml", "valid", &[Code::Ok]),
    ("4.9.eml", "valid", &[Code::Ok]),
    ("4.10.bin", "valid", &[Code::Ok]),
    ("4.11.bin", "unsigned", &[]),
];

fn own(folder: &Path, name: &str) -> Certificate {
    Certificate::from_der(&read(&folder.join(name))).unwrap()
}

fn judge(folder: &Path, message: &[u8], legacy: bool) -> VerifyReport {
    let anchors = [own(folder, "CarlRSASelf.cer"), own(folder, "CarlDSSSelf.cer")];
    let untrusted: Vec<_> = ["AliceDSSSignByCarlNoInherit.cer", "DianeDSSSignByCarlInherit.cer"]
        .into_iter()
        .filter_map(|name| Certificate::from_der(&read(&folder.join(name))).ok())
        .collect();
    let mut options = VerifyOptions::new("2026-01-01T00:00:00Z".parse().unwrap());
    options.anchors = &anchors;
    options.untrusted = &untrusted;
    options.legacy = legacy;
    options.any_sender = true;
    verify(message, &options, MemorySpool::new())
        .unwrap()
        .into_report()
}

/// The message; a detached signature is put beside its content.
fn message(folder: &Path, name: &str) -> Vec<u8> {
    let bytes = read(&folder.join(name));
    if name != "4.3.bin" {
        return bytes;
    }
    let head = "Content-Type: multipart/signed; micalg=sha1; boundary=b;\r\n \
                protocol=\"application/pkcs7-signature\"\r\n\r\n--b\r\n";
    let middle = "\r\n--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\
                  Content-Transfer-Encoding: base64\r\n\r\n";
    [
        head.as_bytes(),
        &read(&folder.join("ExContent.bin")),
        middle.as_bytes(),
        &encode_base64(&bytes),
        b"\r\n--b--\r\n",
    ]
    .concat()
}

#[test]
fn corpus_rfc4134_signed() {
    let Some(folder) = corpus("rfc4134") else { return };
    let mut wrong = Vec::new();
    for (name, verdict, statuses) in SIGNED {
        let report = judge(&folder, &message(&folder, name), true);
        let found: Vec<_> = report.signers.iter().map(|signer| signer.status).collect();
        println!("rfc4134 {name}: {} {found:?}", report.verdict);
        if report.verdict.as_str() != verdict || found != statuses {
            wrong.push(format!(
                "{name}: {verdict} {statuses:?} expected: {:#?}",
                report.findings
            ));
        }
        let strict = judge(&folder, &message(&folder, name), false);
        assert_ne!(
            strict.verdict.as_str(),
            "valid",
            "{name}: SHA-1 and 1024 bits without legacy"
        );
    }
    println!(
        "rfc4134: {} of {} signed messages",
        SIGNED.len() - wrong.len(),
        SIGNED.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An identity whose key has 1024 bits.
fn holder(folder: &Path, key: &str, certificate: &str) -> Identity {
    let key = read(&folder.join(key));
    let refused = PrivateKey::from_pkcs8_der(&key).unwrap_err();
    assert!(matches!(refused, KeyError::LegacyNeeded { .. }), "{refused}");
    let key = PrivateKey::from_pkcs8_der_with(&key, ReadOptions { legacy: true }).unwrap();
    Identity::new(key, own(folder, certificate), Vec::new()).unwrap()
}

#[test]
fn corpus_rfc4134_enveloped() {
    let Some(folder) = corpus("rfc4134") else { return };
    let bob = [holder(&folder, "BobPrivRSAEncrypt.pri", "BobRSASignByCarl.cer")];
    let mut legacy = DecryptOptions::default();
    legacy.legacy = true;
    for name in ["5.1.bin", "5.2.bin", "5.3.eml"] {
        let message = read(&folder.join(name));
        let held = decrypt(&message[..], &bob, &legacy, MemorySpool::new()).unwrap();
        println!("rfc4134 {name}: opened, {}", held.report().cipher);
        assert!(held.report().findings.contains(&"weak-cipher"), "{name}");
        assert!(held.report().findings.contains(&"weak-key"), "{name}");
        let content = held.into_content().unwrap().into_inner();
        assert!(content.ends_with(b"This is some sample content."), "{name}");
        let refused = decrypt(&message[..], &bob, &DecryptOptions::default(), MemorySpool::new());
        assert!(
            matches!(refused, Err(DecryptError::LegacyCipher { .. })),
            "{name}"
        );
    }
    println!("rfc4134: 3 of 3 enveloped messages");
}

/// The Triple DES key of 7.1, as the text gives it; 7.2 was made with the same.
const SHARED: &str = "737c791f25ead0e04629254352f7dc6291e5cb26917ada32";

#[test]
fn corpus_rfc4134_digested() {
    let Some(folder) = corpus("rfc4134") else { return };
    let message = read(&folder.join("6.0.bin"));
    let report = judge(&folder, &message, false);
    assert_eq!(report.verdict, Verdict::Unsigned, "{:?}", report.findings);
    assert!(report.finding(Code::DigestOnly).is_some());
    let mut altered = message;
    let at = memchr::memmem::find(&altered, b"sample").unwrap();
    altered[at] ^= 1;
    assert_eq!(judge(&folder, &altered, false).verdict, Verdict::Invalid);
    println!("rfc4134: 1 of 1 digested messages");
}

#[test]
fn corpus_rfc4134_encrypted() {
    let Some(folder) = corpus("rfc4134") else { return };
    let mut options = DecryptOptions::default();
    let key = Zeroizing::new(hex::decode(SHARED).unwrap());
    options.shared_keys = vec![SharedKey::new(key).unwrap()];
    options.legacy = true;
    for name in ["7.1.bin", "7.2.bin"] {
        let message = read(&folder.join(name));
        let held = decrypt(&message[..], &[], &options, MemorySpool::new()).unwrap();
        assert_eq!(
            held.report().findings,
            ["not-authenticated", "weak-cipher"],
            "{name}"
        );
        let content = held.into_content().unwrap().into_inner();
        assert_eq!(content, b"This is some sample content.", "{name}");
        let refused = decrypt(&message[..], &[], &DecryptOptions::default(), MemorySpool::new());
        assert!(
            matches!(refused, Err(DecryptError::LegacyCipher { .. })),
            "{name}"
        );
        println!("rfc4134 {name}: opened");
    }
    println!("rfc4134: 2 of 2 encrypted messages");
}
