//! Our messages, read by them.

use test_support::{base64_body, openssl, split_clear_signed};

use crate::authority::{PASSWORD, PEOPLE, Person, authority, gpgsm_with, nss_with, path};

const CONTENT: &str = "accents";

fn sign(person: &Person, name: &str, options: &[&str]) -> Vec<u8> {
    let (identity, out) = (person.p12(), format!("out-{}-{name}.eml", person.key));
    let mut arguments = vec![
        "mail",
        "sign",
        "--identity",
        &identity,
        "--identity-password-file",
        "pw",
        "--out",
        &out,
    ];
    arguments.extend(options);
    arguments.push("body.txt");
    authority().cachet(&arguments).ok();
    authority().read(&out)
}

fn encrypt(person: &Person, name: &str, options: &[&str]) -> Vec<u8> {
    let (to, out) = (person.certificate(), format!("out-{}-{name}.eml", person.key));
    let mut arguments = vec!["mail", "encrypt", "--to", &to, "--out", &out];
    arguments.extend(options);
    arguments.push("body.txt");
    authority().cachet(&arguments).ok();
    authority().read(&out)
}

#[test]
fn openssl_verifies_clear_and_opaque_signatures() {
    let Some(openssl) = openssl() else { return };
    for person in PEOPLE.iter().filter(|person| person.openssl_cms) {
        let pss = person.key.starts_with("rsa");
        for (name, options) in [
            ("clear", &[][..]),
            ("opaque", &["--opaque"][..]),
            ("pss", &["--pss"][..]),
        ] {
            if name == "pss" && !pss {
                continue;
            }
            let message = sign(person, name, options);
            let file = format!("out-{}-{name}.eml", person.key);
            let verify = [
                "cms",
                "-verify",
                "-in",
                &file,
                "-CAfile",
                "root.pem",
                "-purpose",
                "smimesign",
                "-out",
                "plain",
            ];
            openssl
                .run(authority().folder(), &verify)
                .ok()
                .says("CMS Verification successful");
            assert!(String::from_utf8_lossy(&authority().read("plain")).contains(CONTENT));

            // One changed letter in the content is noticed.
            if name == "clear" {
                let text = String::from_utf8(message).unwrap().replace("world", "w0rld");
                authority().write("tampered.eml", text);
                openssl
                    .run(
                        authority().folder(),
                        &["cms", "-verify", "-in", "tampered.eml", "-CAfile", "root.pem"],
                    )
                    .exits(4);
            }
        }
    }
}

#[test]
fn nss_verifies_clear_and_opaque_signatures() {
    for person in PEOPLE.iter().filter(|person| person.nss) {
        let Some(nss) = nss_with(person) else { return };
        let parts = split_clear_signed(&sign(person, "nss-clear", &[]));
        nss.decode(&parts.signature, Some(&parts.content)).ok();
        let mut changed = parts.content.clone();
        *changed.last_mut().unwrap() ^= 1;
        nss.decode(&parts.signature, Some(&changed)).fails();
        let opaque = base64_body(&sign(person, "nss-opaque", &["--opaque"]));
        nss.decode(&opaque, None).ok().says(CONTENT);
    }
}

#[test]
fn gpgsm_verifies_clear_and_opaque_signatures() {
    // Verification needs no private key in its home: every key type it knows is judged from one home. gpgsm 2.2 takes Ed25519 for a bad
    // signature, and P-521 for a DSA whose "hash length" is no "multiple of 8 bits" (its own words).
    for person in PEOPLE
        .iter()
        .filter(|person| !["ed25519", "ec-p521"].contains(&person.key))
    {
        let Some(gpgsm) = gpgsm_with(&PEOPLE[0]) else {
            return;
        };
        let parts = split_clear_signed(&sign(person, "gpgsm-clear", &[]));
        assert!(
            gpgsm.verify(&parts.signature, Some(&parts.content)),
            "{}",
            person.key
        );
        let mut changed = parts.content.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(!gpgsm.verify(&parts.signature, Some(&changed)), "{}", person.key);
        let opaque = base64_body(&sign(person, "gpgsm-opaque", &["--opaque"]));
        assert!(gpgsm.verify(&opaque, None), "{}", person.key);
    }
}

#[test]
fn openssl_decrypts_every_cipher_and_scheme() {
    let Some(openssl) = openssl() else { return };
    for person in PEOPLE.iter().filter(|person| person.can_encrypt) {
        let mut variants = vec![("default", vec![])];
        for cipher in [
            "aes-128-cbc",
            "aes-192-cbc",
            "aes-256-cbc",
            "aes-128-gcm",
            "aes-256-gcm",
        ] {
            variants.push((cipher, vec!["--cipher", cipher]));
        }
        if person.key.starts_with("rsa") {
            variants.push(("oaep", vec!["--oaep"]));
            for (name, option) in [
                ("oaep-sha1", "--oaep=sha1"),
                ("oaep-sha256", "--oaep=sha256"),
                ("oaep-sha384", "--oaep=sha384"),
                ("oaep-sha512", "--oaep=sha512"),
            ] {
                variants.push((name, vec![option]));
            }
        }
        for (name, options) in variants {
            encrypt(person, name, &options);
            let file = format!("out-{}-{name}.eml", person.key);
            let decrypt = [
                "cms",
                "-decrypt",
                "-in",
                &file,
                "-recip",
                &person.certificate(),
                "-inkey",
                &person.key_file(),
            ];
            openssl.run(authority().folder(), &decrypt).ok().says(CONTENT);
        }
    }
}

#[test]
fn nss_and_gpgsm_decrypt_the_default() {
    let person = &PEOPLE[0];
    let cms = base64_body(&encrypt(person, "default-for-peers", &[]));
    if let Some(nss) = nss_with(person) {
        nss.decode(&cms, None).ok().says(CONTENT);
    }
    if let Some(gpgsm) = gpgsm_with(person) {
        gpgsm.decrypt(&cms, PASSWORD).ok().says(CONTENT);
    }
}

#[test]
fn openssl_opens_signed_then_encrypted_in_one_command() {
    let Some(openssl) = openssl() else { return };
    let (alice, bob) = (&PEOPLE[0], &PEOPLE[1]);
    let certificate = path(&bob.certificate());
    sign(
        alice,
        "both",
        &[
            "--encrypt-to",
            &certificate,
            "--to",
            bob.address,
            "--subject",
            "Both",
        ],
    );
    let file = format!("out-{}-both.eml", alice.key);
    let decrypt = [
        "cms",
        "-decrypt",
        "-in",
        &file,
        "-recip",
        &bob.certificate(),
        "-inkey",
        &bob.key_file(),
        "-out",
        "inner.eml",
    ];
    openssl.run(authority().folder(), &decrypt).ok();
    let verify = [
        "cms",
        "-verify",
        "-in",
        "inner.eml",
        "-CAfile",
        "root.pem",
        "-purpose",
        "smimesign",
    ];
    openssl.run(authority().folder(), &verify).ok().says(CONTENT);
}

#[test]
fn every_recipient_of_several_can_open() {
    let Some(openssl) = openssl() else { return };
    let people: Vec<&Person> = PEOPLE.iter().filter(|person| person.can_encrypt).collect();
    let certificates: Vec<String> = people.iter().map(|person| person.certificate()).collect();
    let mut arguments = vec!["mail", "encrypt", "--out", "many.eml"];
    for certificate in &certificates {
        arguments.extend(["--to", certificate]);
    }
    arguments.push("body.txt");
    authority().cachet(&arguments).ok();
    for person in people {
        let decrypt = [
            "cms",
            "-decrypt",
            "-in",
            "many.eml",
            "-recip",
            &person.certificate(),
            "-inkey",
            &person.key_file(),
        ];
        openssl.run(authority().folder(), &decrypt).ok().says(CONTENT);
        let identity = person.p12();
        authority()
            .cachet(&[
                "mail",
                "decrypt",
                "--identity",
                &identity,
                "--identity-password-file",
                "pw",
                "many.eml",
            ])
            .ok()
            .says(CONTENT);
    }
}
