//! Signatures: ours checked by OpenSSL and independently, OpenSSL's checked by us.

use identity::digest::digest;
use identity::verify::verify_digest;
use identity::{
    DigestAlgorithm, KeyKind, PrivateKey, PublicKey, SignatureScheme, VerifyError, pem, verify,
    verify_independently,
};

use crate::openssl::{Openssl, keys};

const MESSAGE: &[u8] = b"the quick brown fox";
const STRONG: [DigestAlgorithm; 3] = [
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
];

fn schemes(key: &PrivateKey) -> Vec<SignatureScheme> {
    let kind = key.public_key().kind();
    match kind {
        KeyKind::Rsa { .. } => STRONG
            .into_iter()
            .flat_map(|digest| {
                [
                    SignatureScheme::RsaPkcs1(digest),
                    SignatureScheme::rsa_pss(digest),
                ]
            })
            .collect(),
        KeyKind::Ed25519 => vec![SignatureScheme::Ed25519],
        _ => STRONG.into_iter().map(SignatureScheme::Ecdsa).collect(),
    }
}

/// The options of `openssl pkeyutl` for a scheme.
fn options(scheme: SignatureScheme) -> String {
    match scheme {
        SignatureScheme::RsaPss { digest, salt_len } => format!(
            "-digest {digest} -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:{salt_len} -pkeyopt rsa_mgf1_md:{digest}"
        ),
        SignatureScheme::Ed25519 => String::new(),
        other => format!("-digest {}", other.digest()),
    }
}

#[test]
fn openssl_accepts_our_signatures() {
    let Some(openssl) = Openssl::new() else { return };
    openssl.write("message", MESSAGE);
    for (algorithm, key) in keys() {
        let public = key.public_key();
        openssl.write("public.pem", pem::encode("PUBLIC KEY", public.spki_der()));
        let default = SignatureScheme::default_for(public).unwrap();
        verify_independently(public, &default, MESSAGE, &key.sign(&default, MESSAGE).unwrap())
            .unwrap_or_else(|error| panic!("{algorithm}: nothing may leave the CA unchecked: {error}"));
        for scheme in schemes(&key) {
            let signature = key.sign(&scheme, MESSAGE).unwrap();
            openssl.write("signature", &signature);
            openssl.run(&format!(
                "pkeyutl -verify -rawin -pubin -inkey public.pem -in message -sigfile signature {}",
                options(scheme)
            ));
            check_all_ways(public, scheme, &signature);
        }
    }
}

fn check_all_ways(public: &PublicKey, scheme: SignatureScheme, signature: &[u8]) {
    let what = format!("{} {scheme}", public.kind());
    assert_eq!(verify(public, &scheme, MESSAGE, signature), Ok(()), "{what}");
    assert_eq!(
        verify(public, &scheme, b"other", signature),
        Err(VerifyError::BadSignature),
        "{what}"
    );
    let mut damaged = signature.to_vec();
    if let Some(last) = damaged.last_mut() {
        *last ^= 1;
    }
    assert_eq!(
        verify(public, &scheme, MESSAGE, &damaged),
        Err(VerifyError::BadSignature),
        "{what}"
    );
    assert_eq!(
        verify(public, &scheme, MESSAGE, b""),
        Err(VerifyError::BadSignature),
        "{what}"
    );
    match verify_independently(public, &scheme, MESSAGE, signature) {
        Ok(()) | Err(VerifyError::Unsupported { .. }) => {}
        Err(error) => panic!("{what}: {error}"),
    }
    if scheme != SignatureScheme::Ed25519 {
        let value = digest(scheme.digest(), MESSAGE);
        assert_eq!(
            verify_digest(public, &scheme, &value, signature),
            Ok(()),
            "{what}"
        );
        let other = digest(scheme.digest(), b"other");
        assert_eq!(
            verify_digest(public, &scheme, &other, signature),
            Err(VerifyError::BadSignature),
            "{what}"
        );
    }
}

#[test]
fn we_check_the_signatures_of_openssl() {
    use DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
    let Some(openssl) = Openssl::new() else { return };
    openssl.write("message", MESSAGE);
    let pss = |digest, salt_len| SignatureScheme::RsaPss { digest, salt_len };
    let rsa = SignatureScheme::RsaPkcs1;
    let ecdsa = [Sha1, Sha224, Sha256, Sha384, Sha512]
        .map(SignatureScheme::Ecdsa)
        .to_vec();
    for (key, schemes) in [
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            vec![
                rsa(Sha1),
                rsa(Sha256),
                rsa(Sha384),
                rsa(Sha512),
                pss(Sha256, 32),
                pss(Sha256, 20),
                pss(Sha256, 0),
                pss(Sha256, 1),
                pss(Sha256, 77),
                pss(Sha256, 222),
                pss(Sha384, 48),
                pss(Sha512, 64),
                pss(Sha512, 190),
            ],
        ),
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
            vec![rsa(Sha1), rsa(Sha256), rsa(Sha512)],
        ),
        (
            "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
            vec![pss(Sha256, 32), pss(Sha384, 20), pss(Sha512, 64)],
        ),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", ecdsa.clone()),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", ecdsa.clone()),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-521", ecdsa),
        ("-algorithm ED25519", vec![SignatureScheme::Ed25519]),
    ] {
        openssl.run(&format!("genpkey {key} -out key.pem"));
        openssl.run("pkey -in key.pem -pubout -outform DER -out public.der");
        let public = PublicKey::from_spki_der(&openssl.read("public.der")).unwrap();
        for scheme in schemes {
            openssl.run(&format!(
                "pkeyutl -sign -rawin -inkey key.pem -in message -out signature {}",
                options(scheme)
            ));
            check_all_ways(&public, scheme, &openssl.read("signature"));
        }
    }
}

#[test]
fn a_compressed_point_is_checked_too() {
    let Some(openssl) = Openssl::new() else { return };
    openssl.write("message", MESSAGE);
    openssl.run("ecparam -name prime256v1 -genkey -noout -out key.pem");
    openssl.run("ec -in key.pem -pubout -conv_form compressed -outform DER -out public.der");
    openssl.run("pkeyutl -sign -rawin -inkey key.pem -in message -out signature -digest sha256");
    let public = PublicKey::from_spki_der(&openssl.read("public.der")).unwrap();
    check_all_ways(
        &public,
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
        &openssl.read("signature"),
    );
}

#[test]
fn combinations_that_do_not_fit_are_refused() {
    for (_, key) in keys() {
        for scheme in [
            SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha1),
            SignatureScheme::Ecdsa(DigestAlgorithm::Sha1),
            SignatureScheme::RsaPkcs1(DigestAlgorithm::Md5),
        ] {
            assert!(key.sign(&scheme, MESSAGE).is_err(), "{key:?} {scheme}");
        }
        let other = match key.public_key().kind() {
            KeyKind::Ed25519 => SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
            _ => SignatureScheme::Ed25519,
        };
        assert!(key.sign(&other, MESSAGE).is_err());
        assert!(matches!(
            verify(key.public_key(), &other, MESSAGE, b"x"),
            Err(VerifyError::Unsupported { .. })
        ));
    }
}
