//! What other programs write.

use std::path::Path;

use identity::identity::{Identity, IdentityError};
use identity::pkcs12::{Contents, Pkcs12Error, Preset, ReadOptions, read};
use test_support::{Nss, keytool, openssl, openssl_next};

use super::{
    ADDRESS, KEYS, PASSWORD, certificate, file, folder, identity, new_file, passphrase, run_openssl, written,
};

#[test]
fn we_read_openssl_nss_and_keytool() {
    let Some(openssl) = openssl() else { return };
    let password = format!("pass:{PASSWORD}");
    let check = |path: &Path, legacy: bool, name: &str| {
        let bytes = std::fs::read(path).unwrap();
        let found =
            Identity::from_pkcs12(&bytes, Some(&passphrase(PASSWORD)), ReadOptions { legacy }).unwrap();
        assert_eq!(found.len(), 1, "{path:?}");
        assert_eq!(found[0].certificate(), &certificate(name), "{path:?}");
        assert_eq!(found[0].chain().len(), 2, "{path:?}");
        let wrong = Identity::from_pkcs12(&bytes, Some(&passphrase("wrong")), ReadOptions { legacy });
        assert!(wrong.is_err(), "{path:?}");
    };
    for name in KEYS {
        let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
        std::fs::write(
            folder().join("chain.pem"),
            [file("sub.pem"), file("root.pem")].concat(),
        )
        .unwrap();
        let base = [
            "pkcs12",
            "-export",
            "-inkey",
            &key,
            "-in",
            &pem,
            "-certfile",
            "chain.pem",
            "-passout",
            &password,
            "-out",
            "theirs.p12",
        ];
        for (extra, legacy) in [
            (&[][..], false),
            (
                &[
                    "-keypbe",
                    "PBE-SHA1-3DES",
                    "-certpbe",
                    "PBE-SHA1-3DES",
                    "-macalg",
                    "sha1",
                ][..],
                false,
            ),
            (&["-keypbe", "AES-128-CBC", "-certpbe", "NONE"][..], false),
            (&["-nomac"][..], false),
            (&["-legacy"][..], true),
        ] {
            openssl
                .run(folder(), &base.iter().chain(extra).copied().collect::<Vec<_>>())
                .ok();
            check(&folder().join("theirs.p12"), legacy, name);
            if legacy {
                let bytes = file("theirs.p12");
                let refused = read(&bytes, Some(&passphrase(PASSWORD)), ReadOptions::default()).unwrap_err();
                assert!(matches!(refused, Pkcs12Error::LegacyNeeded { .. }), "{refused}");
            }
        }
    }
    if let Some(nss) = Nss::new() {
        nss.import_p12(&written("p256", Preset::Modern), PASSWORD).ok();
        let path = folder().join("nss.p12");
        nss.export_p12(ADDRESS, &path, PASSWORD).ok();
        check(&path, true, "p256");
    }
    if let Some(keytool) = keytool() {
        let source = written("rsa", Preset::Modern);
        keytool
            .run(
                folder(),
                &[
                    "-importkeystore",
                    "-srckeystore",
                    source.to_str().unwrap(),
                    "-srcstoretype",
                    "PKCS12",
                    "-srcstorepass",
                    PASSWORD,
                    "-destkeystore",
                    "java.p12",
                    "-deststoretype",
                    "PKCS12",
                    "-deststorepass",
                    PASSWORD,
                    "-noprompt",
                ],
            )
            .ok();
        check(&folder().join("java.p12"), false, "rsa");
    }
}

#[test]
fn passwords_that_are_empty_absent_or_not_ascii() {
    let Some(openssl) = openssl() else { return };
    for (argument, given) in [
        ("pass:", None),
        ("pass:", Some("")),
        ("pass:pässwörd €😀", Some("pässwörd €😀")),
    ] {
        let base = [
            "pkcs12", "-export", "-inkey", "p256.key", "-in", "p256.pem", "-passout", argument, "-out",
            "odd.p12",
        ];
        openssl.run(folder(), &base).ok();
        let given = given.map(passphrase);
        read(&file("odd.p12"), given.as_ref(), ReadOptions::default()).unwrap();
        if given.as_ref().is_some_and(|given| !given.is_empty()) {
            let ours = identity("p256")
                .to_pkcs12(ADDRESS, given.as_ref().unwrap(), Preset::Compat, Some(2048))
                .unwrap();
            std::fs::write(folder().join("ours-odd.p12"), ours).unwrap();
            openssl
                .run(
                    folder(),
                    &["pkcs12", "-in", "ours-odd.p12", "-passin", argument, "-nodes"],
                )
                .ok();
        }
    }
    let bytes = identity("p256")
        .to_pkcs12(ADDRESS, &passphrase("x"), Preset::Modern, Some(10_000))
        .unwrap();
    assert!(matches!(
        read(&bytes, None, ReadOptions::default()),
        Err(Pkcs12Error::PasswordNeeded)
    ));
    assert!(matches!(
        read(&bytes, Some(&passphrase("y")), ReadOptions::default()),
        Err(Pkcs12Error::WrongPassword)
    ));
}

fn read_password(name: &str, legacy: bool) -> Result<Contents, Pkcs12Error> {
    read(&file(name), Some(&passphrase("secret")), ReadOptions { legacy })
}

/// Every protection that OpenSSL knows to write; what is weak only when asked for.
#[test]
fn openssl_protections() {
    if openssl().is_none() {
        return;
    }
    for (scheme, weak, named) in [
        ("PBE-MD5-DES", true, "pbes1-md5-des"),
        ("PBE-MD5-RC2-64", true, "pbes1-md5-rc2-64"),
        ("PBE-SHA1-DES", true, "pbes1-sha1-des"),
        ("PBE-SHA1-RC2-64", true, "pbes1-sha1-rc2-64"),
        ("PBE-SHA1-RC2-40", true, "pkcs12-sha1-rc2-40"),
        ("PBE-SHA1-RC2-128", true, "pkcs12-sha1-rc2-128"),
        ("DES-CBC", true, "pbes2 des-cbc"),
        ("PBE-SHA1-2DES", false, "pkcs12-sha1-2key-3des"),
        ("PBE-SHA1-3DES", false, "pkcs12-sha1-3des"),
        ("DES-EDE3-CBC", false, "pbes2 3des-cbc"),
        (
            "AES-128-CBC",
            false,
            "pbes2 aes-128-cbc, pbkdf2 hmac-sha256, 2048 iterations",
        ),
        ("AES-192-CBC", false, "pbes2 aes-192-cbc"),
        ("AES-256-CBC", false, "pbes2 aes-256-cbc"),
    ] {
        let out = format!("{scheme}.p12");
        run_openssl(&format!(
            "pkcs12 -export -legacy -keypbe {scheme} -certpbe {scheme} -macalg sha1 -inkey p256.key -in p256.pem -passout pass:secret -out {out}"
        ));
        let contents = read_password(&out, true).unwrap_or_else(|error| panic!("{scheme}: {error}"));
        for encryption in [&contents.keys[0].encryption, &contents.certificates[0].encryption] {
            assert!(
                encryption.as_ref().is_some_and(|text| text.starts_with(named)),
                "{encryption:?}"
            );
        }
        assert_eq!(
            contents.mac.as_ref().map(|mac| mac.algorithm.as_str()),
            Some("hmac-sha1")
        );
        assert_eq!(
            contents.keys[0].key.public_key(),
            contents.certificates[0].certificate.public_key()
        );
        match read_password(&out, false) {
            Err(Pkcs12Error::LegacyNeeded { .. }) => assert!(weak, "{scheme}"),
            other => assert!(other.is_ok() && !weak, "{scheme}"),
        }
        let wrong = read(
            &file(&out),
            Some(&passphrase("Secret")),
            ReadOptions { legacy: true },
        );
        assert!(matches!(wrong, Err(Pkcs12Error::WrongPassword)), "{scheme}");
    }
    for mac in ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] {
        run_openssl(&format!(
            "pkcs12 -export -macalg {mac} -inkey p256.key -in p256.pem -passout pass:secret -out mac.p12"
        ));
        let found = read_password("mac.p12", false).unwrap().mac.unwrap();
        assert_eq!((found.algorithm, found.iterations), (format!("hmac-{mac}"), 2048));
    }
}

/// Without a MAC the decryption alone tells that a password is wrong.
#[test]
fn files_without_mac_or_without_half_of_the_pair() {
    if openssl().is_none() {
        return;
    }
    for scheme in ["AES-256-CBC", "PBE-SHA1-3DES"] {
        run_openssl(&format!(
            "pkcs12 -export -iter 1 -nomac -keypbe {scheme} -certpbe {scheme} -inkey p256.key -in p256.pem -passout pass:secret -out nomac.p12"
        ));
        assert_eq!(read_password("nomac.p12", false).unwrap().mac, None);
        // Of 256 wrong passwords one gives a padding that looks right.
        for attempt in 0..1_500 {
            let wrong = passphrase(&format!("wrong {attempt}"));
            let refused = read(&file("nomac.p12"), Some(&wrong), ReadOptions::default()).map(drop);
            assert_eq!(refused, Err(Pkcs12Error::WrongPassword), "{scheme}");
        }
        assert_eq!(
            read(&file("nomac.p12"), None, ReadOptions::default()).map(drop),
            Err(Pkcs12Error::PasswordNeeded)
        );
    }
    run_openssl("pkcs12 -export -nocerts -inkey p256.key -passout pass:secret -out key.p12");
    let contents = read_password("key.p12", false).unwrap();
    assert_eq!((contents.keys.len(), contents.certificates.len()), (1, 0));
    run_openssl("pkcs12 -export -nokeys -in p256.pem -certfile sub.pem -passout pass:secret -out certs.p12");
    let contents = read_password("certs.p12", false).unwrap();
    assert_eq!((contents.keys.len(), contents.certificates.len()), (0, 2));
    let identities =
        |name: &str| Identity::from_pkcs12(&file(name), Some(&passphrase("secret")), ReadOptions::default());
    assert!(matches!(
        identities("key.p12"),
        Err(IdentityError::NoCertificate { .. })
    ));
    assert!(matches!(
        identities("certs.p12"),
        Err(IdentityError::NoKey { .. })
    ));
}

/// PBMAC1 (RFC 9579) as OpenSSL writes it since 3.4, beside the vectors of the RFC.
#[test]
fn pbmac1_of_openssl() {
    let (Some(_), Some(next)) = (openssl(), openssl_next()) else {
        return;
    };
    let root = folder();
    for mac in ["sha256", "sha384", "sha512"] {
        for prf in ["sha1", "sha256", "sha512"] {
            let line = format!(
                "pkcs12 -export -pbmac1_pbkdf2 -macalg {mac} -pbmac1_pbkdf2_md {prf} -macsaltlen 40 -iter 3000 -inkey p256.key -in p256.pem -passout pass:secret -out pbmac1.p12"
            );
            next.run(root, &line.split(' ').collect::<Vec<_>>()).ok();
            let contents =
                read_password("pbmac1.p12", false).unwrap_or_else(|error| panic!("{mac} {prf}: {error}"));
            let found = contents.mac.unwrap();
            assert_eq!(
                (found.algorithm, found.iterations),
                (format!("pbmac1 hmac-{mac}"), 3000)
            );
            let wrong = read(
                &file("pbmac1.p12"),
                Some(&passphrase("Secret")),
                ReadOptions::default(),
            );
            assert!(matches!(wrong, Err(Pkcs12Error::WrongPassword)), "{mac} {prf}");
        }
    }
}

/// NSS writes BER of indefinite length with strings in pieces, whatever it encrypts with.
#[test]
fn nss_protections_and_pairs() {
    if openssl().is_none() {
        return;
    }
    let Some(pk12util) = test_support::Peer::find("pk12util") else {
        return;
    };
    let Some(certutil) = test_support::Peer::find("certutil") else {
        return;
    };
    let database = tempfile::tempdir().unwrap();
    let run = |peer: &test_support::Peer, line: &str| {
        peer.run(database.path(), &line.split(' ').collect::<Vec<_>>())
            .ok()
    };
    run(&certutil, "-N -d sql:. --empty-password");
    for name in ["rsa", "p256", "p384"] {
        let out = format!("in-{name}.p12");
        run_openssl(&format!(
            "pkcs12 -export -inkey {name}.key -in {name}.pem -certfile sub.pem -name {name} -passout pass:secret -out {out}"
        ));
        let path = folder().join(out);
        run(&pk12util, &format!("-i {} -d sql:. -W secret", path.display()));
    }
    for protection in [
        "",
        " -c AES-256-CBC -C AES-256-CBC",
        " -c AES-128-CBC -C none",
        " -M SHA-512",
    ] {
        run(
            &pk12util,
            &format!("-o out.p12 -d sql:. -n rsa -W secret{protection}"),
        );
        let bytes = std::fs::read(database.path().join("out.p12")).unwrap();
        assert_eq!(bytes[..2], [0x30, 0x80], "indefinite length");
        let contents = read(&bytes, Some(&passphrase("secret")), ReadOptions { legacy: true }).unwrap();
        // All three have one subject, and so one nickname.
        assert_eq!(contents.unread, Vec::<String>::new(), "{protection}");
        let found =
            Identity::from_pkcs12(&bytes, Some(&passphrase("secret")), ReadOptions { legacy: true }).unwrap();
        assert!(
            found
                .iter()
                .any(|identity| identity.certificate() == &certificate("rsa"))
        );
        assert!(
            found
                .iter()
                .all(|identity| identity.chain() == [certificate("sub")])
        );
        let wrong = read(&bytes, Some(&passphrase("sesame")), ReadOptions { legacy: true });
        assert!(matches!(wrong, Err(Pkcs12Error::WrongPassword)));
        assert!(matches!(
            read(
                &bytes[..bytes.len() - 1],
                Some(&passphrase("secret")),
                ReadOptions { legacy: true }
            ),
            Err(Pkcs12Error::Truncated)
        ));
    }
}

/// NSS takes a password as UTF-8 and widens it as RFC 7292 says.
#[test]
fn nss_with_a_password_that_is_not_ascii() {
    if openssl().is_none() {
        return;
    }
    let Some(nss) = Nss::new() else { return };
    nss.import_p12(&written("p256", Preset::Modern), PASSWORD).ok();
    let path = new_file("nss-unicode");
    for password in ["pässwörd", "пароль €"] {
        nss.export_p12(ADDRESS, &path, password).ok();
        let bytes = std::fs::read(&path).unwrap();
        let found = Identity::from_pkcs12(&bytes, Some(&passphrase(password)), ReadOptions { legacy: true });
        assert_eq!(
            found.unwrap()[0].certificate(),
            &certificate("p256"),
            "{password}"
        );
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn several_keys_from_java() {
    if openssl().is_none() {
        return;
    }
    let Some(keytool) = keytool() else { return };
    for name in ["rsa", "p256"] {
        run_openssl(&format!(
            "pkcs12 -export -inkey {name}.key -in {name}.pem -certfile sub.pem -name {name} -passout pass:secret -out for-java.p12"
        ));
        let line = "-importkeystore -srckeystore for-java.p12 -srcstoretype PKCS12 -srcstorepass secret -destkeystore several.p12 -deststoretype PKCS12 -deststorepass secret -noprompt";
        let _ = keytool.run(folder(), &line.split(' ').collect::<Vec<_>>()).ok();
    }
    let found = Identity::from_pkcs12(
        &file("several.p12"),
        Some(&passphrase("secret")),
        ReadOptions::default(),
    )
    .unwrap();
    let certificates: Vec<_> = found
        .iter()
        .map(|identity| identity.certificate().clone())
        .collect();
    assert_eq!(certificates.len(), 2);
    assert!(certificates.contains(&certificate("rsa")) && certificates.contains(&certificate("p256")));
}

#[test]
fn what_gpgsm_exports() {
    let Some(gpgsm) = test_support::Gpgsm::new() else {
        return;
    };
    if openssl().is_none() {
        return;
    }
    let _ = gpgsm.import_p12(&written("rsa", Preset::Compat), PASSWORD).ok();
    let exported = gpgsm.export_p12(ADDRESS, PASSWORD).ok().stdout;
    let contents = read(
        &exported,
        Some(&passphrase(PASSWORD)),
        ReadOptions { legacy: true },
    )
    .unwrap();
    assert_eq!(
        contents.keys[0].key.public_key(),
        identity("rsa").key().public_key()
    );
    assert!(
        contents
            .certificates
            .iter()
            .any(|bag| bag.certificate == certificate("rsa"))
    );
}
