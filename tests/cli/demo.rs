//! `cachet demo`: the story, and what it leaves behind for the peers.

use test_support::{Gpgsm, Nss, base64_body, openssl, split_clear_signed};

use crate::fixture::empty;

#[test]
fn tells_the_story_again_and_again() {
    let sandbox = empty();
    let run = sandbox.line("demo").ok();
    let story = run.text();
    let mut from = 0;
    for event in [
        "indeterminate",
        "fingerprint",
        "valid",
        "tampered",
        "stranger",
        "in-person",
    ] {
        let at = story[from..]
            .to_lowercase()
            .find(event)
            .unwrap_or_else(|| panic!("'{event}' in this order in\n{story}"));
        from += at;
    }
    assert!(story.contains("Thunderbird"), "which program opens what");
    sandbox.line("demo").ok();
    assert!(sandbox.path("cachet-demo").is_dir() && sandbox.path("cachet-demo-2").is_dir());
    sandbox.line("demo --out mine").ok();
    sandbox.line("demo --out mine").exits(1).says("mine");
    std::fs::create_dir(sandbox.path("ready")).unwrap();
    sandbox.line("demo --out ready").ok();
}

#[test]
fn the_peers_accept_every_message_it_leaves() {
    let Some(openssl) = openssl() else { return };
    let sandbox = empty();
    sandbox.line("demo --out d").ok();
    let files = sandbox.files("d");
    let root = files
        .iter()
        .find(|name| name.ends_with("root.pem"))
        .unwrap_or_else(|| panic!("root.pem in {files:?}"));
    let root = format!("d/{root}");
    let fingerprint = openssl
        .run(
            sandbox.folder(),
            &["x509", "-in", &root, "-noout", "-fingerprint", "-sha1"],
        )
        .ok()
        .text();
    let fingerprint = fingerprint.split('=').nth(1).unwrap().trim().replace(':', "");
    let mut good = 0;
    for name in files.iter().filter(|name| name.ends_with(".eml")) {
        let file = format!("d/{name}");
        let message = sandbox.read(&file);
        let text = String::from_utf8_lossy(&message).into_owned();
        if !text.contains("multipart/signed; ") && !text.contains("Content-Type: multipart/signed") {
            continue;
        }
        let run = openssl.run(
            sandbox.folder(),
            &[
                "cms",
                "-verify",
                "-in",
                &file,
                "-CAfile",
                &root,
                "-purpose",
                "smimesign",
                "-out",
                "plain",
            ],
        );
        let parts = split_clear_signed(&message);
        let bad = ["tamper", "stranger"].iter().any(|word| name.contains(word));
        assert_eq!(run.code == Some(0), !bad, "openssl on {name}: {run:?}");
        if let Some(nss) = Nss::new() {
            nss.trust(&sandbox.path(&root));
            assert_eq!(
                nss.decode(&parts.signature, Some(&parts.content)).code == Some(0),
                !bad,
                "NSS on {name}"
            );
        }
        if let Some(gpgsm) = Gpgsm::new() {
            gpgsm.trust(&sandbox.path(&root), &fingerprint);
            assert_eq!(
                gpgsm.verify(&parts.signature, Some(&parts.content)),
                !bad,
                "gpgsm on {name}"
            );
        }
        good += usize::from(!bad);
    }
    assert!(good >= 1, "{files:?}");
    // The encrypted ones are opened with Bob's p12 by each of them (gpgsm reads its compat form).
    let modern = sandbox.path("d/bob/bob@example.org.p12");
    let compat = sandbox.path("d/bob/bob@example.org.compat.p12");
    let password = String::from_utf8(sandbox.read("d/bob/bob@example.org.p12.password"))
        .unwrap()
        .trim()
        .to_owned();
    let (p12, pass) = (modern.to_str().unwrap(), format!("pass:{password}"));
    openssl
        .run(
            sandbox.folder(),
            &[
                "pkcs12", "-in", p12, "-passin", &pass, "-nodes", "-out", "bob.pem",
            ],
        )
        .ok();
    let mut opened = 0;
    for name in files.iter().filter(|name| name.ends_with(".eml")) {
        let file = format!("d/{name}");
        let message = sandbox.read(&file);
        if !String::from_utf8_lossy(&message).contains("smime-type=enveloped-data") {
            continue;
        }
        let cms = base64_body(&message);
        openssl
            .run(
                sandbox.folder(),
                &[
                    "cms", "-decrypt", "-in", &file, "-recip", "bob.pem", "-inkey", "bob.pem",
                ],
            )
            .ok();
        if let Some(nss) = Nss::new() {
            nss.import_p12(&modern, &password).ok();
            nss.decode(&cms, None).ok();
        }
        if let Some(gpgsm) = Gpgsm::new() {
            gpgsm.trust(&sandbox.path(&root), &fingerprint);
            gpgsm.import_p12(&compat, &password).ok();
            // It exits with an error after it has decrypted, as it has no certificate of the other recipient.
            assert!(
                gpgsm.decrypt(&cms, &password).text().contains("Content-Type:"),
                "gpgsm on {name}"
            );
        }
        opened += 1;
    }
    assert!(opened >= 2, "encrypted only, and both: {files:?}");
}
