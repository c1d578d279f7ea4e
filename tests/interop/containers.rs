//! PKCS#12 files, ours read by others and theirs by us.

use test_support::{Gpgsm, Nss, keytool, openssl};

use crate::authority::{PASSWORD, PEOPLE, authority, gpgsm_with, nss_with};

#[test]
fn openssl_reads_both_presets() {
    let Some(openssl) = openssl() else { return };
    let sandbox = authority();
    let password = format!("pass:{PASSWORD}");
    for person in PEOPLE {
        for p12 in [person.p12(), person.compat_p12()] {
            let run = openssl
                .run(
                    sandbox.folder(),
                    &["pkcs12", "-in", &p12, "-passin", &password, "-nodes"],
                )
                .ok();
            assert_eq!(
                run.text().matches("BEGIN CERTIFICATE").count(),
                3,
                "{p12}: leaf, issuing CA, root"
            );
            assert!(
                run.text().contains(&format!("friendlyName: {}", person.address)),
                "{p12}"
            );
            openssl
                .run(
                    sandbox.folder(),
                    &["pkcs12", "-in", &p12, "-passin", "pass:wrong", "-nodes"],
                )
                .fails()
                .says("invalid password");
        }
    }
}

#[test]
fn keytool_sees_the_whole_chain() {
    let Some(keytool) = keytool() else { return };
    for person in PEOPLE {
        for p12 in [person.p12(), person.compat_p12()] {
            keytool
                .run(
                    authority().folder(),
                    &[
                        "-list",
                        "-v",
                        "-keystore",
                        &p12,
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                    ],
                )
                .ok()
                .says("PrivateKeyEntry")
                .says("chain length: 3");
        }
    }
}

#[test]
fn nss_finds_the_imported_identity_by_its_address_alone() {
    for person in PEOPLE.iter().filter(|person| person.nss) {
        for p12 in [person.p12(), person.compat_p12()] {
            let Some(nss) = Nss::new() else { return };
            nss.import_p12(&authority().path(&p12), PASSWORD).ok();
            nss.trust(&authority().path("root.pem"));
            nss.sign(person.address, b"content", false).ok();
        }
    }
}

#[test]
fn gpgsm_imports_the_compat_preset() {
    for person in PEOPLE.iter().filter(|person| person.gpgsm) {
        let Some(gpgsm) = gpgsm_with(person) else { return };
        gpgsm.sign(person.address, b"content", false, PASSWORD).ok();
    }
}

#[test]
fn a_wrong_password_is_refused_by_every_reader() {
    let sandbox = authority();
    let person = &PEOPLE[0];
    if let Some(nss) = Nss::new() {
        nss.import_p12(&sandbox.path(&person.p12()), "wrong").fails();
    }
    if let Some(gpgsm) = Gpgsm::new() {
        gpgsm
            .import_p12(&sandbox.path(&person.compat_p12()), "wrong")
            .fails();
    }
    sandbox.write("wrong", "wrong\n");
    sandbox
        .cachet(&["inspect", &person.p12(), "--password-file", "wrong"])
        .exits(1)
        .says("password");
}

#[test]
fn we_read_what_openssl_and_nss_export() {
    let Some(openssl) = openssl() else { return };
    let sandbox = authority();
    let password = format!("pass:{PASSWORD}");
    for person in PEOPLE {
        let (key, certificate, chain) = (person.key_file(), person.certificate(), person.chain());
        let base = [
            "pkcs12",
            "-export",
            "-inkey",
            &key,
            "-in",
            &certificate,
            "-certfile",
            &chain,
            "-passout",
            &password,
        ];
        for (variant, extra) in [
            ("default", &[][..]),
            (
                "3des",
                &[
                    "-keypbe",
                    "PBE-SHA1-3DES",
                    "-certpbe",
                    "PBE-SHA1-3DES",
                    "-macalg",
                    "sha1",
                ][..],
            ),
            ("rc2", &["-legacy"][..]),
        ] {
            let out = format!("openssl-{}-{variant}.p12", person.key);
            let arguments: Vec<&str> = base
                .iter()
                .copied()
                .chain(extra.iter().copied())
                .chain(["-out", &out])
                .collect();
            openssl.run(sandbox.folder(), &arguments).ok();
            let mut ours = vec!["--format", "json", "inspect", &out, "--password-file", "pw"];
            if variant == "rc2" {
                ours.push("--legacy");
            }
            let json = sandbox.cachet(&ours).ok().json();
            assert_eq!(json["kind"], "pkcs12", "{out}: {json}");
            assert_eq!(json["keys"].as_array().unwrap().len(), 1, "{out}");
            assert_eq!(json["certificates"].as_array().unwrap().len(), 3, "{out}");
        }
    }
    let person = &PEOPLE[0];
    let Some(nss) = nss_with(person) else { return };
    nss.export_p12(person.address, &sandbox.path("nss.p12"), PASSWORD)
        .ok();
    let json = sandbox
        .line("--format json inspect nss.p12 --password-file pw")
        .ok()
        .json();
    assert_eq!(json["keys"].as_array().unwrap().len(), 1);
}
