//! Their messages, read by us.

use test_support::{Run, openssl};

use crate::authority::{PASSWORD, PEOPLE, Person, authority, gpgsm_with, nss_with};

/// A MIME entity as mail programs sign it.
const ENTITY: &[u8] = b"Content-Type: text/plain; charset=us-ascii\r\n\r\nFrom a peer.\r\nSecond line.\r\n";

fn verify(message: &str, options: &[&str]) -> Run {
    let mut arguments = vec!["--format", "json", "mail", "verify", "--trust", "root.pem"];
    arguments.extend(options);
    arguments.push(message);
    authority().cachet(&arguments)
}

fn assert_valid(run: Run, person: &Person) {
    let json = run.ok().json();
    assert_eq!(json["verdict"], "valid", "{json:#}");
    assert_eq!(json["signers"][0]["emails"][0], person.address, "{json:#}");
    assert_eq!(json["signers"][0]["status"], "ok", "{json:#}");
}

fn decrypt(person: &Person, message: &str) -> Run {
    authority().cachet(&[
        "mail",
        "decrypt",
        "--identity",
        &person.p12(),
        "--identity-password-file",
        "pw",
        message,
    ])
}

#[test]
fn we_verify_what_openssl_signs() {
    let Some(openssl) = openssl() else { return };
    let folder = authority().folder();
    authority().write("entity", ENTITY);
    for person in PEOPLE.iter().filter(|person| person.openssl_cms) {
        let (certificate, key, chain) = (person.certificate(), person.key_file(), person.chain());
        let base = [
            "cms",
            "-sign",
            "-in",
            "entity",
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-certfile",
            &chain,
        ];
        let mut variants = vec![
            ("clear", vec![]),
            ("opaque", vec!["-nodetach"]),
            ("opaque-ber", vec!["-nodetach", "-stream"]),
            ("keyid", vec!["-keyid"]),
            ("no-attributes", vec!["-noattr"]),
            ("sha512", vec!["-md", "sha512"]),
        ];
        if person.key.starts_with("rsa") {
            variants.push((
                "pss",
                vec!["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"],
            ));
        }
        for (name, extra) in variants {
            let out = format!("in-{}-{name}.eml", person.key);
            let mut arguments: Vec<&str> = base.to_vec();
            arguments.extend(extra);
            arguments.extend([
                "-from",
                person.address,
                "-to",
                "x@example.com",
                "-subject",
                "t",
                "-out",
                &out,
            ]);
            openssl.run(folder, &arguments).ok();
            assert_valid(verify(&out, &[]), person);
            if name == "clear" {
                let text = String::from_utf8(authority().read(&out))
                    .unwrap()
                    .replace("a peer", "a bear");
                authority().write("in-tampered.eml", text);
                let json = verify("in-tampered.eml", &[]).exits(4).json();
                assert_eq!(json["verdict"], "invalid");
                assert_eq!(json["signers"][0]["status"], "altered-content");
            }
        }
    }
}

#[test]
fn we_verify_what_nss_and_gpgsm_sign() {
    for person in PEOPLE.iter().filter(|person| person.nss) {
        let Some(nss) = nss_with(person) else { return };
        authority().write("nss.p7m", nss.sign(person.address, ENTITY, false).ok().stdout);
        assert_valid(verify("nss.p7m", &["--any-sender"]), person);
    }
    let person = &PEOPLE[0];
    let Some(gpgsm) = gpgsm_with(person) else { return };
    authority().write(
        "gpgsm.p7m",
        gpgsm.sign(person.address, ENTITY, false, PASSWORD).ok().stdout,
    );
    assert_valid(verify("gpgsm.p7m", &["--any-sender"]), person);
}

#[test]
fn we_decrypt_what_openssl_encrypts() {
    let Some(openssl) = openssl() else { return };
    let folder = authority().folder();
    authority().write("entity", ENTITY);
    for person in PEOPLE.iter().filter(|person| person.can_encrypt) {
        let certificate = person.certificate();
        let mut variants = Vec::new();
        for cipher in [
            "-aes-128-cbc",
            "-aes-192-cbc",
            "-aes-256-cbc",
            "-aes-128-gcm",
            "-aes-256-gcm",
        ] {
            variants.push((cipher, vec![cipher]));
        }
        variants.push(("-stream", vec!["-aes-256-cbc", "-stream"]));
        variants.push(("-keyid", vec!["-aes-256-cbc", "-keyid"]));
        for (name, extra) in variants {
            let out = format!("in-{}{name}.eml", person.key);
            let mut arguments = vec!["cms", "-encrypt", "-in", "entity", "-out", &out];
            arguments.extend(extra);
            arguments.extend(["-recip", &certificate]);
            if person.key.starts_with("ec-") {
                arguments.extend(["-keyopt", "ecdh_kdf_md:sha256"]);
            }
            openssl.run(folder, &arguments).ok();
            decrypt(person, &out).ok().says("From a peer.");
        }
        if person.key.starts_with("rsa") {
            // The last three as Java and others write them, with a mask of SHA-1.
            for (digest, mask) in [
                ("sha1", "sha1"),
                ("sha256", "sha256"),
                ("sha512", "sha512"),
                ("sha256", "sha1"),
                ("sha512", "sha1"),
                ("sha224", "sha1"),
            ] {
                let md = format!("rsa_oaep_md:{digest}");
                let mgf = format!("rsa_mgf1_md:{mask}");
                let arguments = [
                    "cms",
                    "-encrypt",
                    "-aes-256-cbc",
                    "-in",
                    "entity",
                    "-out",
                    "in-oaep.eml",
                    "-recip",
                    &certificate,
                    "-keyopt",
                    "rsa_padding_mode:oaep",
                    "-keyopt",
                    &md,
                    "-keyopt",
                    &mgf,
                ];
                openssl.run(folder, &arguments).ok();
                decrypt(person, "in-oaep.eml").ok().says("From a peer.");
            }
        }
    }
}

#[test]
fn we_decrypt_what_nss_and_gpgsm_encrypt() {
    let person = &PEOPLE[0];
    if let Some(nss) = nss_with(person) {
        authority().write(
            "nss-encrypted.p7m",
            nss.encrypt(person.address, ENTITY).ok().stdout,
        );
        decrypt(person, "nss-encrypted.p7m").ok().says("From a peer.");
    }
    if let Some(gpgsm) = gpgsm_with(person) {
        authority().write(
            "gpgsm-encrypted.p7m",
            gpgsm.encrypt(person.address, ENTITY).ok().stdout,
        );
        decrypt(person, "gpgsm-encrypted.p7m").ok().says("From a peer.");
    }
}

#[test]
fn nobody_elses_key_fits() {
    let Some(openssl) = openssl() else { return };
    authority().write("entity", ENTITY);
    let (alice, bob) = (&PEOPLE[0], &PEOPLE[1]);
    let arguments = [
        "cms",
        "-encrypt",
        "-aes-256-cbc",
        "-in",
        "entity",
        "-out",
        "for-alice.eml",
        "-recip",
        &alice.certificate(),
    ];
    openssl.run(authority().folder(), &arguments).ok();
    let run = authority().cachet(&[
        "--format",
        "json",
        "mail",
        "decrypt",
        "--identity",
        &bob.p12(),
        "--identity-password-file",
        "pw",
        "for-alice.eml",
    ]);
    assert_eq!(run.exits(1).json()["error"]["kind"], "no-matching-recipient");
}
