//! PKCS#12: ours read by OpenSSL, NSS, keytool and gpgsm; theirs, and the public vectors, by us.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use identity::identity::Identity;
use identity::pkcs12::{Bag, Pkcs12Error, Preset, ReadOptions, read, write};
use identity::{Certificate, Passphrase, PrivateKey, pem};
use test_support::{Gpgsm, Nss, keytool, openssl};

const PASSWORD: &str = "correct horse 42";
const ADDRESS: &str = "alice@example.org";

/// A root, an issuing CA and a leaf for each key type, made by openssl alone.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let openssl = openssl().unwrap();
            let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
            write("ca.cnf", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n");
            write("leaf.cnf", "keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement\nextendedKeyUsage=emailProtection\nsubjectAltName=email:alice@example.org\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
            let run = |line: &str| drop(openssl.run(folder.path(), &line.split(' ').collect::<Vec<_>>()).ok());
            run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -days 30 -subj /CN=P12-Root -addext keyUsage=critical,keyCertSign,cRLSign");
            run("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout sub.key -out sub.csr -subj /CN=P12-Issuing");
            run("x509 -req -in sub.csr -CA root.pem -CAkey root.key -CAcreateserial -days 20 -extfile ca.cnf -out sub.pem");
            for (name, key) in [
                ("rsa", "rsa:2048"),
                ("p256", "ec -pkeyopt ec_paramgen_curve:P-256"),
                ("p384", "ec -pkeyopt ec_paramgen_curve:P-384"),
                ("p521", "ec -pkeyopt ec_paramgen_curve:P-521"),
                ("ed25519", "ed25519"),
            ] {
                run(&format!("req -new -newkey {key} -nodes -keyout {name}.key -out {name}.csr -subj /CN=Alice"));
                run(&format!("x509 -req -in {name}.csr -CA sub.pem -CAkey sub.key -CAcreateserial -days 10 -extfile leaf.cnf -out {name}.pem"));
            }
            folder
        })
        .path()
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn certificate(name: &str) -> Certificate {
    pem::certificates(&file(&format!("{name}.pem")))
        .unwrap()
        .remove(0)
}

fn identity(name: &str) -> Identity {
    let bundle = [
        file("root.pem"),
        file(&format!("{name}.key")),
        file("sub.pem"),
        file(&format!("{name}.pem")),
    ]
    .concat();
    let identity = Identity::from_pem(&bundle, None).unwrap().remove(0);
    assert_eq!(
        identity.chain(),
        [certificate("sub"), certificate("root")],
        "leaf's issuer first, whatever the order of the file"
    );
    identity
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

fn written(name: &str, preset: Preset) -> PathBuf {
    let bytes = identity(name)
        .to_pkcs12(ADDRESS, &passphrase(PASSWORD), preset, None)
        .unwrap();
    let path = folder().join(format!("ours-{name}-{preset:?}.p12"));
    std::fs::write(&path, bytes).unwrap();
    path
}

const KEYS: [&str; 5] = ["rsa", "p256", "p384", "p521", "ed25519"];
const PRESETS: [Preset; 2] = [Preset::Modern, Preset::Compat];

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

#[test]
fn nss_imports_a_pair_of_keys() {
    if openssl().is_none() {
        return;
    }
    let (one, two) = (identity("p256"), identity("rsa"));
    let bags = [&one, &two].map(|identity| Bag {
        key: identity.key(),
        certificate: identity.certificate(),
    });
    let bytes = write(
        &bags,
        one.chain(),
        ADDRESS,
        &passphrase(PASSWORD),
        Preset::Modern,
        None,
    )
    .unwrap();
    assert_eq!(
        Identity::from_pkcs12(&bytes, Some(&passphrase(PASSWORD)), ReadOptions::default())
            .unwrap()
            .len(),
        2
    );
    let path = folder().join("pair.p12");
    std::fs::write(&path, bytes).unwrap();
    let Some(nss) = Nss::new() else { return };
    nss.import_p12(&path, PASSWORD).ok();
    nss.trust(&folder().join("root.pem"));
    nss.sign(ADDRESS, b"content", false).ok();
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
                .to_pkcs12(ADDRESS, given.as_ref().unwrap(), Preset::Compat, None)
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

#[test]
fn foreign_and_damaged_files_are_told_apart() {
    if openssl().is_none() {
        return;
    }
    let good = identity("p256")
        .to_pkcs12(ADDRESS, &passphrase("x"), Preset::Modern, Some(10_000))
        .unwrap();
    let password = passphrase("x");
    let error = |bytes: &[u8]| read(bytes, Some(&password), ReadOptions::default()).unwrap_err();
    for length in [1, 2, 10, good.len() / 2, good.len() - 1] {
        assert!(
            matches!(error(&good[..length]), Pkcs12Error::Truncated),
            "{length}: {}",
            error(&good[..length])
        );
    }
    for foreign in [
        &b""[..],
        b"%PDF-1.7",
        b"\xfe\xed\xfe\xed\0\0\0\x02",
        &file("root.pem"),
        certificate("root").der(),
    ] {
        assert!(
            matches!(error(foreign), Pkcs12Error::NotPkcs12 { .. }),
            "{}",
            error(foreign)
        );
    }
    // A changed byte anywhere is noticed, and nothing panics.
    for position in (0..good.len()).step_by(3) {
        let mut changed = good.clone();
        changed[position] ^= 0x41;
        if let Ok(contents) = read(&changed, Some(&password), ReadOptions { legacy: true }) {
            assert_eq!(
                contents.keys.len(),
                1,
                "a change outside the MAC ({position}) changes no key"
            );
            assert_eq!(
                contents.keys[0].key.public_key(),
                identity("p256").key().public_key()
            );
        }
    }
    let stranger = PrivateKey::generate(identity::KeyAlgorithm::EcP256).unwrap();
    assert!(Identity::new(stranger, certificate("p256"), Vec::new()).is_err());
}

/// Every verdict of the public collection; it also holds other people's regressions and forgeries.
#[test]
fn corpus_pkcs12() {
    let Some(corpus) = std::env::var_os("CACHET_CORPUS") else {
        eprintln!("SKIPPED: CACHET_CORPUS is not set");
        return;
    };
    let folder = PathBuf::from(corpus).join("pkcs12");
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let (mut met, mut wrong) = (0, Vec::new());
    for entry in manifest.as_array().unwrap() {
        let name = entry["file"].as_str().unwrap();
        let mut bytes = std::fs::read(folder.join(name)).unwrap();
        if entry["format"] == "pem" || pem::is_pem(&bytes) {
            bytes = pem::decode(&bytes).unwrap().remove(0).der.to_vec();
        }
        let password = entry["password"].as_str().map(passphrase);
        let answer = read(&bytes, password.as_ref(), ReadOptions { legacy: true });
        let expected = entry["expect"].as_str().unwrap();
        if answer.is_ok() == (expected == "ok") {
            met += 1;
        } else {
            wrong.push(format!(
                "{name}: expected {expected} ({}), got {:?}",
                entry["note"],
                answer.err().map(|e| e.to_string())
            ));
        }
    }
    eprintln!(
        "pkcs12 corpus: {met} of {} verdicts met",
        manifest.as_array().unwrap().len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
