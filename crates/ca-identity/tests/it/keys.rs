//! Key files: ours read by OpenSSL, OpenSSL's read by us.

use identity::key::{KeyError, KeyKind, ReadOptions};
use identity::{KeyAlgorithm, Passphrase, PrivateKey, pem};

use crate::openssl::{Openssl, keys};

#[test]
fn openssl_reads_our_keys() {
    let Some(openssl) = Openssl::new() else { return };
    let passphrase = Passphrase::new("correct-horse").unwrap();
    for (algorithm, key) in keys() {
        assert_eq!(key.public_key().key_algorithm(), Some(algorithm));
        let spki = pem::encode("PUBLIC KEY", key.public_key().spki_der());

        openssl.write("key.pem", key.to_pkcs8_pem().as_bytes());
        openssl.run("pkey -in key.pem -check -noout");
        assert_eq!(
            openssl.run("pkey -in key.pem -pubout"),
            spki.as_bytes(),
            "{algorithm}"
        );

        // Written without options, so within the memory that OpenSSL grants scrypt by default.
        openssl.write("sealed.pem", key.to_encrypted_pkcs8_pem(&passphrase).unwrap());
        assert_eq!(
            openssl.run("pkey -in sealed.pem -passin pass:correct-horse -pubout"),
            spki.as_bytes()
        );
        assert!(
            openssl
                .attempt("pkey -in sealed.pem -passin pass:wrong -noout")
                .is_err()
        );
    }
}

#[test]
fn elliptic_curve_keys_carry_their_public_point() {
    let Some(openssl) = Openssl::new() else { return };
    openssl.run("ecparam -name prime256v1 -genkey -noout -out bare.pem");
    openssl.run("ec -in bare.pem -no_public -out without.pem");
    let key = PrivateKey::from_pem(&openssl.read("without.pem"), None).unwrap();
    let point = key.public_key().key_bytes();
    assert!(key.pkcs8_der().windows(point.len()).any(|window| window == point));
    assert_eq!(
        openssl.run("pkey -in bare.pem -pubout"),
        pem::encode("PUBLIC KEY", key.public_key().spki_der()).as_bytes()
    );
}

#[test]
fn we_read_the_keys_of_openssl() {
    let Some(openssl) = Openssl::new() else { return };
    let passphrase = Passphrase::new("correct-horse").unwrap();
    for (options, expected) in [
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            KeyKind::Rsa { bits: 2048 },
        ),
        (
            "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
            KeyKind::RsaPss { bits: 2048 },
        ),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", KeyKind::EcP256),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", KeyKind::EcP384),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-521", KeyKind::EcP521),
        ("-algorithm ED25519", KeyKind::Ed25519),
        ("-algorithm X25519", KeyKind::X25519),
    ] {
        openssl.run(&format!("genpkey {options} -out key.pem"));
        let spki = openssl.run("pkey -in key.pem -pubout");
        let check = |file: &str, passphrase: Option<&Passphrase>| {
            let key = PrivateKey::from_pem(&openssl.read(file), passphrase)
                .unwrap_or_else(|error| panic!("{options} {file}: {error}"));
            assert_eq!(key.public_key().kind(), expected);
            assert_eq!(
                pem::encode("PUBLIC KEY", key.public_key().spki_der()).as_bytes(),
                spki
            );
        };
        check("key.pem", None);
        for protection in [
            "-v2 aes128",
            "-v2 aes192 -v2prf hmacWithSHA512",
            "-v2 aes256 -v2prf hmacWithSHA1 -iter 5000",
            "-v2 des3",
            "-scrypt",
            "-scrypt -scrypt_N 4096 -scrypt_r 8 -scrypt_p 2",
        ] {
            openssl.run(&format!(
                "pkcs8 -topk8 -in key.pem {protection} -passout pass:correct-horse -out sealed.pem"
            ));
            check("sealed.pem", Some(&passphrase));
            let sealed = openssl.read("sealed.pem");
            assert_eq!(
                PrivateKey::from_pem(&sealed, None).unwrap_err(),
                KeyError::PassphraseRequired
            );
            let wrong = Passphrase::new("wrong").unwrap();
            assert_eq!(
                PrivateKey::from_pem(&sealed, Some(&wrong)).unwrap_err(),
                KeyError::Decryption
            );
        }
        if matches!(expected, KeyKind::Rsa { .. }) || expected.is_ec() {
            openssl.run("pkey -in key.pem -traditional -out traditional.pem");
            check("traditional.pem", None);
        }
    }
}

#[test]
fn parameters_before_the_key_and_compressed_points() {
    let Some(openssl) = Openssl::new() else { return };
    // Writes an EC PARAMETERS block before the key.
    openssl.run("ecparam -name secp384r1 -genkey -out key.pem");
    openssl.run("ec -in key.pem -conv_form compressed -out compressed.pem");
    for file in ["key.pem", "compressed.pem"] {
        let key = PrivateKey::from_pem(&openssl.read(file), None).unwrap();
        assert_eq!(key.public_key().kind(), KeyKind::EcP384);
        assert_eq!(key.public_key().key_bytes().first(), Some(&4));
    }
}

/// The old encrypted PEM, PBES1 and the schemes of PKCS#12 around a key; what is weak only when asked for.
#[test]
fn we_read_the_old_protections_of_openssl() {
    let Some(openssl) = Openssl::new() else { return };
    let (passphrase, wrong) = (
        Passphrase::new("correct-horse").unwrap(),
        Passphrase::new("wrong").unwrap(),
    );
    openssl.write("rsa.pem", crate::openssl::rsa_key().to_pkcs8_pem().as_bytes());
    openssl.run("ecparam -name prime256v1 -genkey -noout -out ec.pem");
    let legacy = ReadOptions { legacy: true };
    let check = |command: &str, weak: bool| {
        openssl.run(&format!(
            "{command} -passout pass:correct-horse -out old.pem -provider legacy -provider default"
        ));
        let old = openssl.read("old.pem");
        let spki = openssl
            .run("pkey -in old.pem -passin pass:correct-horse -pubout -provider legacy -provider default");
        let key = PrivateKey::from_pem_with(&old, Some(&passphrase), legacy)
            .unwrap_or_else(|error| panic!("{command}: {error}"));
        assert_eq!(
            pem::encode("PUBLIC KEY", key.public_key().spki_der()).as_bytes(),
            spki,
            "{command}"
        );
        let unasked = PrivateKey::from_pem(&old, Some(&passphrase));
        assert_eq!(
            matches!(unasked, Err(KeyError::LegacyNeeded { .. })),
            weak,
            "{command}: {unasked:?}"
        );
        assert_eq!(
            PrivateKey::from_pem_with(&old, Some(&wrong), legacy).unwrap_err(),
            KeyError::Decryption,
            "{command}"
        );
        assert_eq!(
            PrivateKey::from_pem_with(&old, None, legacy).unwrap_err(),
            KeyError::PassphraseRequired
        );
    };
    for (cipher, weak) in [
        ("aes128", false),
        ("aes192", false),
        ("aes256", false),
        ("des3", false),
        ("des", true),
    ] {
        check(&format!("rsa -in rsa.pem -traditional -{cipher}"), weak);
        check(&format!("ec -in ec.pem -{cipher}"), weak);
    }
    for (scheme, weak) in [
        ("PBE-SHA1-3DES", false),
        ("PBE-SHA1-2DES", false),
        ("PBE-SHA1-RC2-128", true),
        ("PBE-SHA1-RC2-40", true),
        ("PBE-MD5-DES", true),
        ("PBE-SHA1-DES", true),
        ("PBE-MD5-RC2-64", true),
        ("PBE-SHA1-RC2-64", true),
    ] {
        check(&format!("pkcs8 -topk8 -in rsa.pem -v1 {scheme}"), weak);
    }
}

#[test]
fn refusals_say_what_and_what_to_do() {
    let Some(openssl) = Openssl::new() else { return };
    let error = |file: &str| {
        let passphrase = Passphrase::new("correct-horse").unwrap();
        PrivateKey::from_pem(&openssl.read(file), Some(&passphrase))
            .unwrap_err()
            .to_string()
    };
    openssl.run("genrsa -out small.pem 1024");
    assert!(error("small.pem").contains("an RSA key of 1024 bits is too weak"));
    openssl.run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out koblitz.pem");
    assert!(error("koblitz.pem").contains("1.3.132.0.10"));
    openssl.run("genpkey -algorithm ED448 -out ed448.pem");
    assert!(error("ed448.pem").contains("1.3.101.113"));
    openssl.run("genrsa -out rsa.pem 2048");
    openssl.run("pkey -in rsa.pem -pubout -out public.pem");
    assert!(error("public.pem").contains("no private key"));
    openssl
        .run("pkcs8 -topk8 -in rsa.pem -v2 aes256 -iter 20000000 -passout pass:correct-horse -out slow.pem");
    assert!(error("slow.pem").contains("20000000 iterations"));
}

#[test]
fn a_key_with_a_foreign_public_point_is_refused() {
    let one = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let two = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let mut der = one.pkcs8_der().to_vec();
    let point = two.public_key().key_bytes();
    let at = der.len() - point.len();
    der.splice(at.., point.iter().copied());
    assert!(
        PrivateKey::from_pkcs8_der(&der)
            .unwrap_err()
            .to_string()
            .contains("another private key")
    );
}

#[test]
fn names_of_key_algorithms() {
    for algorithm in KeyAlgorithm::ALL {
        assert_eq!(algorithm.to_string().parse::<KeyAlgorithm>().unwrap(), algorithm);
    }
    let error = "rsa-1024".parse::<KeyAlgorithm>().unwrap_err().to_string();
    assert!(error.contains("rsa-1024") && error.contains("ec-p256"), "{error}");
}
