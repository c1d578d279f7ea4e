//! Damaged input is refused, never a panic.

use std::sync::OnceLock;

use identity::cipher::Decryptor;
use identity::key::ReadOptions;
use identity::name::COMMON_NAME;
use identity::{
    Certificate, CertificateList, CertificateRequest, ContentCipher, ContentKey, DistinguishedName,
    KeyAlgorithm, Mailbox, Passphrase, PrivateKey, PublicKey, SignatureScheme, pem,
};
use proptest::prelude::*;

use crate::openssl::rsa_key;

/// A certificate of a real kind: RSA, all common extensions.
const CERTIFICATE: &[u8] = include_bytes!("data/rich.pem");

struct Samples {
    certificate: Vec<u8>,
    request: Vec<u8>,
    keys: Vec<Vec<u8>>,
}

fn samples() -> &'static Samples {
    static SAMPLES: OnceLock<Samples> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
        let subject = DistinguishedName::from_attributes(&[(COMMON_NAME, "x")]).unwrap();
        let emails = [Mailbox::parse("zoé@example.org").unwrap()];
        Samples {
            certificate: pem::certificates(CERTIFICATE).unwrap().remove(0).der().to_vec(),
            request: CertificateRequest::build(&subject, &emails, &key).unwrap(),
            keys: vec![key.pkcs8_der().to_vec(), rsa_key().pkcs8_der().to_vec()],
        }
    })
}

/// Bytes to change, and where to cut.
fn damage() -> impl Strategy<Value = (Vec<(prop::sample::Index, u8)>, Option<prop::sample::Index>)> {
    (
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        proptest::option::of(any::<prop::sample::Index>()),
    )
}

fn apply(original: &[u8], damage: &(Vec<(prop::sample::Index, u8)>, Option<prop::sample::Index>)) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for (index, byte) in &damage.0 {
        let at = index.index(bytes.len());
        bytes[at] = *byte;
    }
    if let Some(cut) = damage.1 {
        bytes.truncate(cut.index(original.len()));
    }
    bytes
}

proptest! {
    #[test]
    fn certificates(damage in damage()) {
        if let Ok(certificate) = Certificate::from_der(&apply(&samples().certificate, &damage)) {
            let _ = (certificate.to_owned(), format!("{certificate:?}"), certificate.emails(), certificate.smime_capabilities());
            let _ = certificate.verify_signed_by(certificate.public_key());
        }
    }

    #[test]
    fn requests(damage in damage()) {
        if let Ok(request) = CertificateRequest::from_der(&apply(&samples().request, &damage)) {
            let _ = (request.emails(), request.verify());
        }
    }

    #[test]
    fn keys(damage in damage(), which in 0..2_usize) {
        let _ = PrivateKey::from_pkcs8_der(&apply(&samples().keys[which], &damage));
    }

    #[test]
    fn names(bytes in prop::collection::vec(any::<u8>(), 1..60)) {
        // A name with one attribute of any type and content.
        let mut value = vec![0x30, bytes.len() as u8 + 9, 0x31, bytes.len() as u8 + 7, 0x30, bytes.len() as u8 + 5];
        value.extend([0x06, 0x03, 0x55, 0x04, 0x03]);
        value.extend(&bytes);
        if let Ok(name) = DistinguishedName::from_der(&value) {
            prop_assert!(!name.to_string().chars().any(char::is_control));
            prop_assert!(name.matches(&name));
        }
    }

    #[test]
    fn files(damage in damage()) {
        let bytes = apply(CERTIFICATE, &damage);
        let _ = pem::certificates(&bytes);
        let _ = pem::decode(&bytes);
        let _ = PrivateKey::from_pem(&bytes, Some(&Passphrase::new("x").unwrap()));
        let _ = CertificateRequest::from_pem_or_der(&bytes);
    }

    #[test]
    fn anything(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Certificate::from_der(&bytes);
        let _ = CertificateList::from_der(&bytes);
        let _ = CertificateRequest::from_pem_or_der(&bytes);
        let _ = DistinguishedName::from_der(&bytes);
        let _ = PublicKey::from_spki_der(&bytes);
        let _ = PrivateKey::from_pkcs8_der(&bytes);
        let _ = PrivateKey::from_encrypted_pkcs8_der(
            &bytes,
            &Passphrase::new("x").unwrap(),
            ReadOptions { legacy: true },
        );
        let _ = SignatureScheme::from_algorithm_identifier_der(&bytes);
        let _ = pem::certificates(&bytes);
        for cipher in [ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm, ContentCipher::DesEde3Cbc] {
            let key = ContentKey::generate(cipher).unwrap();
            if let Ok(mut decryptor) = Decryptor::new(cipher, &key, &bytes) {
                let mut out = Vec::new();
                let _ = decryptor.update(&bytes, &mut out);
                let _ = decryptor.finish(b"", None, &mut out);
            }
        }
    }

    #[test]
    fn names_begin_to_end(text in "\\PC{0,40}") {
        if let Ok(name) = DistinguishedName::from_attributes(&[(COMMON_NAME, text.as_str())]) {
            prop_assert_eq!(name.common_name(), Some(text.as_str()));
            prop_assert!(!name.to_string().chars().any(char::is_control));
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    let mut bytes = vec![];
    for _ in 0..20_000 {
        bytes.extend([0x30, 0x80]);
    }
    assert!(pem::certificates(&bytes).is_err());
    assert!(Certificate::from_der(&bytes).is_err());
}
