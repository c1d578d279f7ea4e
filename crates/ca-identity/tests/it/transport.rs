//! RSA encryption and ECDH, against OpenSSL.

use identity::key::{EphemeralKey, KeyError, KeyTransportError, ReadOptions, RsaEncryption, SignError};
use identity::{DigestAlgorithm, KeyAlgorithm, PrivateKey, SignatureScheme, pem};

use crate::openssl::{Openssl, rsa_key};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn paddings() -> Vec<(RsaEncryption, String)> {
    let mut paddings = vec![(
        RsaEncryption::Pkcs1v15,
        "-pkeyopt rsa_padding_mode:pkcs1".to_owned(),
    )];
    for digest in [
        DigestAlgorithm::Sha1,
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha384,
        DigestAlgorithm::Sha512,
    ] {
        paddings.push((
            RsaEncryption::Oaep {
                digest,
                mgf1_digest: digest,
                label: Vec::new(),
            },
            format!(
                "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{digest} -pkeyopt rsa_mgf1_md:{digest}"
            ),
        ));
    }
    paddings
}

#[test]
fn rsa_both_ways() {
    let Some(openssl) = Openssl::new() else { return };
    let key = rsa_key();
    openssl.write("key.pem", key.to_pkcs8_pem().as_bytes());
    openssl.write("secret", SECRET);
    for (encryption, options) in paddings() {
        openssl.write("ours", key.public_key().rsa_encrypt(&encryption, SECRET).unwrap());
        assert_eq!(
            openssl.run(&format!("pkeyutl -decrypt -inkey key.pem -in ours {options}")),
            SECRET
        );
        openssl.run(&format!(
            "pkeyutl -encrypt -inkey key.pem -in secret -out theirs {options}"
        ));
        let theirs = openssl.read("theirs");
        assert_eq!(*key.rsa_decrypt(&encryption, &theirs).unwrap(), SECRET);
        assert_eq!(
            *key.rsa_decrypt_or_random(&encryption, &theirs, SECRET.len())
                .unwrap(),
            SECRET
        );
    }
}

#[test]
fn failures_look_alike() {
    let key = rsa_key();
    let good = key
        .public_key()
        .rsa_encrypt(&RsaEncryption::Pkcs1v15, SECRET)
        .unwrap();
    for damaged in [vec![], vec![0; 10], vec![0xff; 256], vec![7; 256], vec![7; 1000]] {
        for (encryption, _) in paddings() {
            assert_eq!(
                key.rsa_decrypt(&encryption, &damaged),
                Err(KeyTransportError::Failed)
            );
            let one = key.rsa_decrypt_or_random(&encryption, &damaged, 32).unwrap();
            let two = key.rsa_decrypt_or_random(&encryption, &damaged, 32).unwrap();
            assert!(one.len() == 32 && one != two);
        }
    }
    // The wrong length is as bad as wrong padding (RFC 3218, 2.3.2).
    let other = key
        .rsa_decrypt_or_random(&RsaEncryption::Pkcs1v15, &good, 16)
        .unwrap();
    assert!(other.len() == 16 && SECRET[..16] != **other);
    let elliptic = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    assert!(matches!(
        elliptic.rsa_decrypt_or_random(&RsaEncryption::Pkcs1v15, &good, 16),
        Err(KeyTransportError::Unsupported { .. })
    ));
    let md5 = RsaEncryption::Oaep {
        digest: DigestAlgorithm::Sha256,
        mgf1_digest: DigestAlgorithm::Md5,
        label: Vec::new(),
    };
    assert!(matches!(
        key.rsa_decrypt(&md5, &good),
        Err(KeyTransportError::UnsupportedOaep { .. })
    ));
}

/// Two different digests, SHA-224, and a label, as OpenSSL writes them.
#[test]
fn oaep_of_every_kind_is_read() {
    let Some(openssl) = Openssl::new() else { return };
    let key = rsa_key();
    openssl.write("key.pem", key.to_pkcs8_pem().as_bytes());
    openssl.write("secret", SECRET);
    let digests = [
        DigestAlgorithm::Sha1,
        DigestAlgorithm::Sha224,
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha384,
        DigestAlgorithm::Sha512,
    ];
    for digest in digests {
        for mgf1_digest in digests {
            for label in ["", "6c6162656c"] {
                let encryption = RsaEncryption::Oaep {
                    digest,
                    mgf1_digest,
                    label: hex::decode(label).unwrap(),
                };
                let option = match label {
                    "" => String::new(),
                    label => format!("-pkeyopt rsa_oaep_label:{label}"),
                };
                openssl.run(&format!(
                    "pkeyutl -encrypt -inkey key.pem -in secret -out theirs -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{digest} -pkeyopt rsa_mgf1_md:{mgf1_digest} {option}"
                ));
                let mut theirs = openssl.read("theirs");
                assert_eq!(
                    *key.rsa_decrypt(&encryption, &theirs).unwrap(),
                    SECRET,
                    "{encryption:?}"
                );
                let RsaEncryption::Oaep { label, .. } = &encryption else {
                    unreachable!()
                };
                let other = RsaEncryption::Oaep {
                    digest,
                    mgf1_digest,
                    label: [&label[..], b"x"].concat(),
                };
                assert_eq!(key.rsa_decrypt(&other, &theirs), Err(KeyTransportError::Failed));
                theirs[100] ^= 1;
                assert_eq!(
                    key.rsa_decrypt(&encryption, &theirs),
                    Err(KeyTransportError::Failed)
                );
            }
        }
    }
}

/// Keys below 2048 bits decrypt, and do nothing else.
#[test]
fn short_keys_open_old_messages() {
    let Some(openssl) = Openssl::new() else { return };
    openssl.write("secret", SECRET);
    for bits in [1024, 1536, 2047] {
        openssl.run(&format!("genrsa -out key.pem {bits}"));
        let pem = openssl.read("key.pem");
        let refused = PrivateKey::from_pem(&pem, None).unwrap_err();
        assert!(matches!(refused, KeyError::LegacyNeeded { .. }), "{refused}");
        let key = PrivateKey::from_pem_with(&pem, None, ReadOptions { legacy: true }).unwrap();
        assert_eq!(key.public_key().kind().to_string(), format!("rsa-{bits}"));
        assert_eq!(
            openssl.run("pkey -in key.pem -pubout"),
            pem::encode("PUBLIC KEY", key.public_key().spki_der()).as_bytes()
        );
        for (encryption, options) in paddings() {
            // OAEP with SHA-384 and SHA-512 has no room for the secret in 1024 bits.
            let attempt = openssl.attempt(&format!(
                "pkeyutl -encrypt -inkey key.pem -in secret -out theirs {options}"
            ));
            if attempt.is_err() {
                continue;
            }
            let mut theirs = openssl.read("theirs");
            assert_eq!(*key.rsa_decrypt(&encryption, &theirs).unwrap(), SECRET);
            theirs[50] ^= 1;
            let stand_in = key.rsa_decrypt_or_random(&encryption, &theirs, 32).unwrap();
            assert!(stand_in.len() == 32 && *stand_in != SECRET);
            for length in [0, 10, 1000] {
                assert_eq!(
                    key.rsa_decrypt(&encryption, &vec![7; length]),
                    Err(KeyTransportError::Failed)
                );
            }
        }
        let scheme = SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256);
        assert!(matches!(
            key.sign(&scheme, b"x"),
            Err(SignError::Unsupported { .. })
        ));
        assert!(
            key.public_key()
                .rsa_encrypt(&RsaEncryption::Pkcs1v15, SECRET)
                .is_err()
        );
    }
    openssl.run("genrsa -out key.pem 768");
    let refused = PrivateKey::from_pem_with(&openssl.read("key.pem"), None, ReadOptions { legacy: true });
    assert!(matches!(refused, Err(KeyError::UnsupportedKey { .. })));
}

#[test]
fn ecdh_agrees_with_openssl() {
    let Some(openssl) = Openssl::new() else { return };
    for algorithm in [KeyAlgorithm::EcP256, KeyAlgorithm::EcP384, KeyAlgorithm::EcP521] {
        let recipient = PrivateKey::generate(algorithm).unwrap();
        let ephemeral = EphemeralKey::generate(recipient.public_key()).unwrap();
        let sender = recipient
            .public_key()
            .with_point(ephemeral.public_point())
            .unwrap();
        let z = ephemeral.agree(recipient.public_key()).unwrap();
        assert_eq!(recipient.agree(&sender).unwrap(), z);

        openssl.write("key.pem", recipient.to_pkcs8_pem().as_bytes());
        openssl.write("peer.pem", pem::encode("PUBLIC KEY", sender.spki_der()));
        assert_eq!(
            openssl.run("pkeyutl -derive -inkey key.pem -peerkey peer.pem"),
            *z
        );
    }
}

#[test]
fn x25519_agrees_with_openssl() {
    let Some(openssl) = Openssl::new() else { return };
    openssl.run("genpkey -algorithm X25519 -out key.pem");
    let recipient = PrivateKey::from_pem(&openssl.read("key.pem"), None).unwrap();
    assert_eq!(recipient.to_pkcs8_pem().as_bytes(), openssl.read("key.pem"));
    let ephemeral = EphemeralKey::generate(recipient.public_key()).unwrap();
    let sender = recipient
        .public_key()
        .with_point(ephemeral.public_point())
        .unwrap();
    let z = ephemeral.agree(recipient.public_key()).unwrap();
    assert_eq!(recipient.agree(&sender).unwrap(), z);
    openssl.write("peer.pem", pem::encode("PUBLIC KEY", sender.spki_der()));
    assert_eq!(
        openssl.run("pkeyutl -derive -inkey key.pem -peerkey peer.pem"),
        *z
    );
}

/// RFC 7748, 6.1, in the encodings of RFC 8410.
#[test]
fn x25519_known_answer() {
    let key = |hex: &str| {
        let scalar = hex::decode(hex).unwrap();
        let prefix = hex::decode("302e020100300506032b656e04220420").unwrap();
        PrivateKey::from_pkcs8_der(&[prefix, scalar].concat()).unwrap()
    };
    let alice = key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    let bob = key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    for (key, public) in [
        (
            &alice,
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        ),
        (
            &bob,
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        ),
    ] {
        assert_eq!(
            hex::encode(key.public_key().spki_der()),
            format!("302a300506032b656e032100{public}")
        );
    }
    for (key, peer) in [(&alice, &bob), (&bob, &alice)] {
        assert_eq!(
            hex::encode(&*key.agree(peer.public_key()).unwrap()),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
        );
    }
    // Points of small order give zero (RFC 7748, 6.1; RFC 8418, 7).
    for small in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        let point = alice
            .public_key()
            .with_point(&hex::decode(small).unwrap())
            .unwrap();
        assert_eq!(alice.agree(&point), Err(KeyTransportError::Failed));
    }
    assert!(alice.public_key().with_point(&[9; 31]).is_err());
    let elliptic = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    assert!(matches!(
        alice.agree(elliptic.public_key()),
        Err(KeyTransportError::Unsupported { .. })
    ));
    assert!(SignatureScheme::default_for(alice.public_key()).is_err());
}

#[test]
fn points_off_the_curve_and_other_curves_are_refused() {
    let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let mut point = key.public_key().key_bytes().to_vec();
    *point.last_mut().unwrap() ^= 1;
    let off = key.public_key().with_point(&point).unwrap();
    assert_eq!(key.agree(&off).unwrap_err(), KeyTransportError::Failed);
    assert!(key.public_key().with_point(&[0]).is_err());
    assert!(key.public_key().with_point(&[]).is_err());
    let other = PrivateKey::generate(KeyAlgorithm::EcP384).unwrap();
    assert!(matches!(
        key.agree(other.public_key()),
        Err(KeyTransportError::Unsupported { .. })
    ));
    let signer = PrivateKey::generate(KeyAlgorithm::Ed25519).unwrap();
    assert!(EphemeralKey::generate(signer.public_key()).is_err());
    assert!(rsa_key().agree(key.public_key()).is_err());
}
