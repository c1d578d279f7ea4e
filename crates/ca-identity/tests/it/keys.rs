//! Key files: ours read by OpenSSL, OpenSSL's read by us.

use identity::key::{KeyError, KeyKind, ReadOptions};
use identity::{KeyAlgorithm, Passphrase, PrivateKey, PublicKey, pem};

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

/// PBES2 around ciphers that are weak: RC2 with its key length of its own (RFC 8018, B.2.3), and DES.
#[test]
fn pbes2_with_rc2_and_des() {
    let Some(openssl) = Openssl::new() else { return };
    let (passphrase, wrong) = (
        Passphrase::new("correct-horse").unwrap(),
        Passphrase::new("wrong").unwrap(),
    );
    openssl.run("ecparam -name prime256v1 -genkey -noout -out ec.pem");
    let spki = openssl.run("pkey -in ec.pem -pubout");
    for cipher in ["rc2-40-cbc", "rc2-64-cbc", "rc2-cbc", "des-cbc"] {
        for prf in [
            "hmacWithSHA1",
            "hmacWithSHA224",
            "hmacWithSHA256",
            "hmacWithSHA384",
            "hmacWithSHA512",
        ] {
            openssl.run(&format!(
                "pkcs8 -topk8 -in ec.pem -v2 {cipher} -v2prf {prf} -iter 7 -passout pass:correct-horse -out sealed.pem -provider legacy -provider default"
            ));
            let sealed = openssl.read("sealed.pem");
            let legacy = ReadOptions { legacy: true };
            let key = PrivateKey::from_pem_with(&sealed, Some(&passphrase), legacy).unwrap();
            assert_eq!(
                pem::encode("PUBLIC KEY", key.public_key().spki_der()).as_bytes(),
                spki
            );
            let unasked = PrivateKey::from_pem(&sealed, Some(&passphrase)).unwrap_err();
            assert!(matches!(unasked, KeyError::LegacyNeeded { .. }), "{unasked}");
            let refused = PrivateKey::from_pem_with(&sealed, Some(&wrong), legacy).unwrap_err();
            assert_eq!(refused, KeyError::Decryption, "{cipher} {prf}");
        }
    }
}

/// Keys in bare DER, in each of the four forms; certificates and the like are not taken for keys.
#[test]
fn keys_in_der() {
    let Some(openssl) = Openssl::new() else { return };
    let passphrase = Passphrase::new("correct-horse").unwrap();
    let options = ReadOptions::default();
    openssl.write("rsa.pem", crate::openssl::rsa_key().to_pkcs8_pem().as_bytes());
    openssl.run("ecparam -name secp384r1 -genkey -noout -out ec.pem");
    openssl.run("genpkey -algorithm ed25519 -out ed25519.pem");
    for (command, of) in [
        ("rsa -in rsa.pem -traditional", "rsa"),
        ("ec -in ec.pem", "ec"),
        ("pkcs8 -topk8 -nocrypt -in rsa.pem", "rsa"),
        ("pkcs8 -topk8 -nocrypt -in ec.pem", "ec"),
        ("pkcs8 -topk8 -nocrypt -in ed25519.pem", "ed25519"),
        (
            "pkcs8 -topk8 -in ec.pem -v2 aes192 -passout pass:correct-horse",
            "ec",
        ),
        (
            "pkcs8 -topk8 -in rsa.pem -v1 PBE-SHA1-3DES -passout pass:correct-horse",
            "rsa",
        ),
    ] {
        openssl.run(&format!("{command} -outform DER -out key.der"));
        let der = openssl.read("key.der");
        let key = PrivateKey::from_der(&der, Some(&passphrase), options)
            .unwrap()
            .unwrap_or_else(|error| panic!("{command}: {error}"));
        let spki = openssl.run(&format!("pkey -in {of}.pem -pubout"));
        assert_eq!(
            pem::encode("PUBLIC KEY", key.public_key().spki_der()).as_bytes(),
            spki
        );
        if command.contains("passout") {
            let refused = PrivateKey::from_der(&der, None, options).unwrap().unwrap_err();
            assert_eq!(refused, KeyError::PassphraseRequired);
        }
        for cut in 0..der.len() {
            assert!(
                PrivateKey::from_der(&der[..cut], None, options).is_none(),
                "{command}: {cut}"
            );
        }
    }
    for command in [
        "req -x509 -key rsa.pem -subj /CN=x -outform DER -out other.der",
        "req -new -key rsa.pem -subj /CN=x -outform DER -out other.der",
        "pkey -in rsa.pem -pubout -outform DER -out other.der",
        "rsa -in rsa.pem -RSAPublicKey_out -outform DER -out other.der",
        "pkcs12 -export -nocerts -inkey rsa.pem -passout pass:x -out other.der",
    ] {
        openssl.run(command);
        let other = openssl.read("other.der");
        assert!(PrivateKey::from_der(&other, None, options).is_none(), "{command}");
    }
}

/// What an encrypted key asks for is bounded, and the refusal gives the figure.
#[test]
fn costs_are_bounded() {
    let Some(openssl) = Openssl::new() else { return };
    let passphrase = Passphrase::new("correct-horse").unwrap();
    openssl.run("ecparam -name prime256v1 -genkey -noout -out ec.pem");
    openssl.run("pkcs8 -topk8 -in ec.pem -scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 1 -passout pass:correct-horse -outform DER -out scrypt.der");
    openssl.run("pkcs8 -topk8 -in ec.pem -v2 aes256 -iter 1024 -passout pass:correct-horse -outform DER -out pbkdf2.der");
    openssl.run("pkcs8 -topk8 -in ec.pem -v1 PBE-SHA1-3DES -iter 1024 -passout pass:correct-horse -outform DER -out old.der");
    // INTEGER 1,024, of which the highest octets that fit the same length make a number just as well formed.
    let raised = |file: &str, to: [u8; 2]| {
        let mut der = openssl.read(file);
        let at = der.windows(4).position(|window| window == [2, 2, 4, 0]).unwrap();
        der[at + 2..at + 4].copy_from_slice(&to);
        der
    };
    let read = |der: &[u8]| PrivateKey::from_der(der, Some(&passphrase), ReadOptions::default()).unwrap();
    for file in ["scrypt.der", "pbkdf2.der", "old.der"] {
        assert!(read(&openssl.read(file)).is_ok(), "{file}");
        assert_eq!(
            read(&raised(file, [8, 0])).unwrap_err(),
            KeyError::Decryption,
            "{file}"
        );
    }
    // Not a power of two: no scrypt at all (RFC 7914, 2).
    let odd = read(&raised("scrypt.der", [4, 1])).unwrap_err();
    assert!(odd.to_string().contains("N=1025"), "{odd}");
    for (arguments, figure) in [
        (
            "-scrypt -scrypt_N 1048576 -scrypt_r 8 -scrypt_p 1",
            "N=1048576, r=8, p=1",
        ),
        (
            "-scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 16384",
            "N=1024, r=8, p=16384",
        ),
        ("-v2 aes128 -iter 10000001", "10000001 iterations"),
        ("-v1 PBE-SHA1-3DES -iter 10000001", "10000001 iterations"),
    ] {
        // OpenSSL itself takes some seconds for some, and refuses others: the figures are written into a small one.
        let der = inflated(&openssl, arguments);
        let refused = read(&der).unwrap_err();
        assert!(
            matches!(refused, KeyError::CostTooHigh { .. }),
            "{arguments}: {refused}"
        );
        assert!(refused.to_string().contains(figure), "{arguments}: {refused}");
    }
}

/// A key protected at little cost, whose file is then made to ask for what `arguments` say.
fn inflated(openssl: &Openssl, arguments: &str) -> Vec<u8> {
    let mut cheap = Vec::new();
    let mut figures = Vec::new();
    let mut words = arguments.split(' ');
    while let Some(word) = words.next() {
        cheap.push(word.to_owned());
        let smallest = match word {
            "-scrypt_N" => "32",
            "-scrypt_r" => "33",
            "-scrypt_p" => "34",
            "-iter" => "35",
            _ => continue,
        };
        let smallest_number: u8 = smallest.parse().unwrap();
        figures.push((smallest_number, words.next().unwrap().parse::<u32>().unwrap()));
        cheap.push(smallest.to_owned());
    }
    openssl.run(&format!(
        "pkcs8 -topk8 -in ec.pem {} -passout pass:x -outform DER -out cheap.der",
        cheap.join(" ")
    ));
    let mut der = openssl.read("cheap.der");
    for (small, large) in figures {
        let mut octets = large.to_be_bytes().to_vec();
        while octets.len() > 1 && octets[0] == 0 && octets[1] < 0x80 {
            octets.remove(0);
        }
        der = replaced(
            &der,
            &[2, 1, small],
            &[&[2, octets.len() as u8][..], &octets].concat(),
        )
        .unwrap();
    }
    der
}

/// DER with the first element `from` replaced by `to`, and the lengths around it made to fit.
fn replaced(der: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = der;
    let mut done = false;
    while let [tag, first, after @ ..] = rest {
        let (len, header) = match first {
            0..=0x7f => (usize::from(*first), 2),
            0x81 => (usize::from(after[0]), 3),
            0x82 => (usize::from(after[0]) << 8 | usize::from(after[1]), 4),
            _ => return None,
        };
        let (element, next) = rest.split_at(header + len);
        let content = &element[header..];
        if !done && element == from {
            out.extend_from_slice(to);
            done = true;
        } else if let Some(content) = (tag & 0x20 != 0 && !done)
            .then(|| replaced(content, from, to))
            .flatten()
        {
            match content.len() {
                len @ ..0x80 => out.extend([*tag, len as u8]),
                len @ ..0x100 => out.extend([*tag, 0x81, len as u8]),
                len => out.extend([*tag, 0x82, (len >> 8) as u8, len as u8]),
            }
            out.extend(content);
            done = true;
        } else {
            out.extend_from_slice(element);
        }
        rest = next;
    }
    done.then_some(out)
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

#[test]
fn a_key_has_one_form() {
    let key = PrivateKey::generate(KeyAlgorithm::Rsa2048).unwrap();
    let spki = key.public_key().spki_der();
    assert!(key.public_key().is_canonical());
    // Without the NULL parameters that RFC 3279, 2.3.1 demands.
    let (with_null, without) = (&[0x30, 0x0d, 0x06, 0x09][..], [0x30, 0x0b, 0x06, 0x09]);
    assert_eq!(spki.get(4..8), Some(with_null));
    let mut bare = vec![0x30, 0x82];
    bare.extend(u16::try_from(spki.len() - 6).unwrap().to_be_bytes());
    bare.extend(without);
    bare.extend(&spki[8..17]);
    bare.extend(&spki[19..]);
    let bare = PublicKey::from_spki_der(&bare).unwrap();
    assert!(!bare.is_canonical());
    for algorithm in [
        KeyAlgorithm::EcP256,
        KeyAlgorithm::EcP384,
        KeyAlgorithm::EcP521,
        KeyAlgorithm::Ed25519,
    ] {
        assert!(
            PrivateKey::generate(algorithm)
                .unwrap()
                .public_key()
                .is_canonical()
        );
    }
}
