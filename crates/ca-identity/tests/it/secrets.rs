//! Secrets do not show in `Debug`.

use identity::key::EphemeralKey;
use identity::{ContentCipher, ContentKey, KeyAlgorithm, Passphrase, PrivateKey, pem};

#[test]
fn debug_shows_no_secret() {
    let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let content_key = ContentKey::from_bytes(vec![0xab; 32].into());
    let passphrase = Passphrase::new("hunter2-hunter2").unwrap();
    let block = pem::decode(key.to_pkcs8_pem().as_bytes()).unwrap().remove(0);
    let ephemeral = EphemeralKey::generate(key.public_key()).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey(ec-p256, redacted)");
    assert_eq!(format!("{content_key:?}"), "ContentKey(redacted)");
    assert_eq!(format!("{passphrase:?}"), "Passphrase(redacted)");
    assert_eq!(format!("{ephemeral:?}"), "EphemeralKey(ec-p256, redacted)");
    let shown = format!("{block:?}");
    assert!(shown.contains("PRIVATE KEY") && !shown.contains("der"), "{shown}");
    assert_eq!(
        ContentKey::generate(ContentCipher::Aes256Cbc)
            .unwrap()
            .as_bytes()
            .len(),
        32
    );
}

#[test]
fn errors_do_not_repeat_passphrases_or_keys() {
    let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let sealed = key
        .to_encrypted_pkcs8_pem(&Passphrase::new("right-one").unwrap())
        .unwrap();
    let wrong = Passphrase::new("wrong-one").unwrap();
    let error = PrivateKey::from_pem(sealed.as_bytes(), Some(&wrong)).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("wrong-one"));
}
