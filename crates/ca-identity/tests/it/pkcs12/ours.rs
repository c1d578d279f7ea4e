//! What we write, judged by other programs.

use std::path::PathBuf;

use identity::identity::Identity;
use identity::pkcs12::{
    Bag, MACHINE_PASSWORD_ITERATIONS, PEOPLE_PASSWORD_ITERATIONS, Pkcs12Error, Preset, ReadOptions, read,
    write,
};
use test_support::{Gpgsm, Nss, keytool, openssl};

use super::{ADDRESS, KEYS, PASSWORD, PRESETS, certificate, folder, identity, new_file, passphrase, written};

#[test]
fn openssl_reads_ours() {
    let Some(openssl) = openssl() else { return };
    for name in KEYS {
        for preset in PRESETS {
            let path = written(name, preset);
            let path = path.to_str().unwrap();
            let password = format!("pass:{PASSWORD}");
            let run = openssl
                .run(
                    folder(),
                    &["pkcs12", "-info", "-in", path, "-passin", &password, "-nodes"],
                )
                .ok();
            assert_eq!(run.text().matches("BEGIN CERTIFICATE").count(), 3);
            assert_eq!(
                run.text().matches(&format!("friendlyName: {ADDRESS}")).count(),
                2,
                "key and leaf"
            );
            assert_eq!(run.text().matches("localKeyID").count(), 2);
            let expected = if preset == Preset::Modern {
                "AES-256-CBC"
            } else {
                "pbeWithSHA1And3-KeyTripleDES-CBC"
            };
            assert!(run.stderr.contains(expected), "{}", run.stderr);
            openssl
                .run(
                    folder(),
                    &["pkcs12", "-in", path, "-passin", "pass:wrong", "-nodes"],
                )
                .fails();
        }
    }
}

#[test]
fn nss_finds_the_identity_by_its_address() {
    if openssl().is_none() {
        return;
    }
    for name in ["rsa", "p256", "p384", "p521"] {
        for preset in PRESETS {
            let Some(nss) = Nss::new() else { return };
            nss.import_p12(&written(name, preset), PASSWORD).ok();
            nss.trust(&folder().join("root.pem"));
            nss.sign(ADDRESS, b"content", false).ok();
        }
    }
}

/// A signing and an encryption certificate of the same person, in either order.
fn pairs() -> Vec<PathBuf> {
    let (sign, encrypt) = (identity("sign"), identity("encrypt"));
    let mut paths = Vec::new();
    for (order, pair) in [
        ("sign-first", [&sign, &encrypt]),
        ("encrypt-first", [&encrypt, &sign]),
    ] {
        for preset in PRESETS {
            let bags = pair.map(|identity| Bag {
                key: identity.key(),
                certificate: identity.certificate(),
            });
            let rounds = Some(MACHINE_PASSWORD_ITERATIONS);
            let bytes = write(
                &bags,
                sign.chain(),
                ADDRESS,
                &passphrase(PASSWORD),
                preset,
                rounds,
            )
            .unwrap();
            let found =
                Identity::from_pkcs12(&bytes, Some(&passphrase(PASSWORD)), ReadOptions::default()).unwrap();
            let uses: Vec<_> = found
                .iter()
                .map(|identity| (identity.can_sign(), identity.can_encrypt()))
                .collect();
            assert!(
                uses.contains(&(true, false)) && uses.contains(&(false, true)),
                "{uses:?}"
            );
            assert!(found.iter().all(|identity| identity.chain().len() == 2));
            let path = new_file(&format!("pair-{order}-{preset:?}"));
            std::fs::write(&path, bytes).unwrap();
            paths.push(path);
        }
    }
    paths
}

#[test]
fn nss_signs_and_encrypts_with_the_right_one_of_a_pair() {
    let Some(openssl) = openssl() else { return };
    for path in pairs() {
        let Some(nss) = Nss::new() else { return };
        nss.import_p12(&path, PASSWORD).ok();
        nss.trust(&folder().join("root.pem"));
        let signed = nss.sign(ADDRESS, b"content", false).ok().stdout;
        std::fs::write(folder().join("signed.der"), signed).unwrap();
        openssl
            .run(
                folder(),
                &[
                    "cms",
                    "-verify",
                    "-inform",
                    "DER",
                    "-in",
                    "signed.der",
                    "-CAfile",
                    "root.pem",
                    "-signer",
                    "signer.pem",
                    "-out",
                    "verified",
                ],
            )
            .ok();
        assert_eq!(certificate("signer"), certificate("sign"), "{path:?}");
        let sealed = nss.encrypt(ADDRESS, b"content").ok().stdout;
        std::fs::write(folder().join("sealed.der"), &sealed).unwrap();
        let decrypted = openssl
            .run(
                folder(),
                &[
                    "cms",
                    "-decrypt",
                    "-inform",
                    "DER",
                    "-in",
                    "sealed.der",
                    "-recip",
                    "encrypt.pem",
                    "-inkey",
                    "encrypt.key",
                ],
            )
            .ok();
        assert_eq!(decrypted.stdout, b"content", "{path:?}");
        assert_eq!(nss.decode(&sealed, None).ok().stdout, b"content", "{path:?}");
    }
}

#[test]
fn keytool_keeps_both_keys_of_a_pair() {
    if openssl().is_none() {
        return;
    }
    let Some(keytool) = keytool() else { return };
    for path in pairs() {
        let listed = keytool
            .run(
                folder(),
                &[
                    "-list",
                    "-keystore",
                    path.to_str().unwrap(),
                    "-storetype",
                    "PKCS12",
                    "-storepass",
                    PASSWORD,
                ],
            )
            .ok();
        assert_eq!(
            listed.text().matches("PrivateKeyEntry").count(),
            2,
            "{}",
            listed.text()
        );
    }
}

/// The rounds that people's passwords get are no obstacle to the slowest importer.
#[test]
fn everyone_copes_with_the_default_rounds() {
    let Some(openssl) = openssl() else { return };
    let rsa = identity("rsa");
    for preset in PRESETS {
        let path = folder().join(format!("default-{preset:?}.p12"));
        let bytes = rsa
            .to_pkcs12(ADDRESS, &passphrase(PASSWORD), preset, None)
            .unwrap();
        let mac = read(&bytes, Some(&passphrase(PASSWORD)), ReadOptions::default())
            .unwrap()
            .mac
            .unwrap();
        assert_eq!(mac.iterations, PEOPLE_PASSWORD_ITERATIONS);
        std::fs::write(&path, bytes).unwrap();
        let (file, password) = (path.to_str().unwrap(), format!("pass:{PASSWORD}"));
        let run = openssl
            .run(
                folder(),
                &["pkcs12", "-info", "-noout", "-in", file, "-passin", &password],
            )
            .ok();
        assert!(run.stderr.contains("100000"), "{}", run.stderr);
        if let Some(nss) = Nss::new() {
            nss.import_p12(&path, PASSWORD).ok();
        }
        if let Some(keytool) = keytool() {
            let arguments = [
                "-list",
                "-keystore",
                file,
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
            ];
            keytool.run(folder(), &arguments).ok().says("PrivateKeyEntry");
        }
        if let (Preset::Compat, Some(gpgsm)) = (preset, Gpgsm::new()) {
            gpgsm
                .import_p12(&path, PASSWORD)
                .ok()
                .says("secret keys imported: 1");
        }
    }
}

#[test]
fn what_would_protect_nobody_is_not_written() {
    if openssl().is_none() {
        return;
    }
    let (one, other) = (identity("p256"), identity("p384"));
    let password = passphrase(PASSWORD);
    let to = |preset, rounds| one.to_pkcs12(ADDRESS, &password, preset, Some(rounds)).map(drop);
    for (preset, rounds) in [
        (Preset::Modern, 9_999),
        (Preset::Compat, 2047),
        (Preset::Modern, 0),
    ] {
        let minimum = preset.minimum_iterations();
        let refused = Err(Pkcs12Error::TooFewIterations {
            iterations: rounds,
            minimum,
        });
        assert_eq!(to(preset, rounds), refused);
    }
    assert!(matches!(
        to(Preset::Modern, u32::MAX),
        Err(Pkcs12Error::TooManyIterations { .. })
    ));
    assert_eq!(to(Preset::Compat, 2048), Ok(()));
    let crossed = Bag {
        key: one.key(),
        certificate: other.certificate(),
    };
    let write = |bags: &[Bag<'_>]| write(bags, &[], ADDRESS, &password, Preset::Modern, None);
    assert!(matches!(write(&[crossed]), Err(Pkcs12Error::KeyMismatch { .. })));
    assert!(matches!(write(&[]), Err(Pkcs12Error::NoKey)));
}

#[test]
fn keytool_sees_the_chain() {
    if openssl().is_none() {
        return;
    }
    let Some(keytool) = keytool() else { return };
    for name in KEYS {
        for preset in PRESETS {
            let path = written(name, preset);
            let arguments = [
                "-list",
                "-v",
                "-keystore",
                path.to_str().unwrap(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
            ];
            keytool
                .run(folder(), &arguments)
                .ok()
                .says("PrivateKeyEntry")
                .says("chain length: 3");
        }
    }
}

#[test]
fn gpgsm_imports_the_compat_preset() {
    if openssl().is_none() {
        return;
    }
    let Some(gpgsm) = Gpgsm::new() else { return };
    gpgsm
        .import_p12(&written("rsa", Preset::Compat), PASSWORD)
        .ok()
        .says("secret keys imported: 1");
}
