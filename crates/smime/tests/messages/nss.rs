//! NSS, the engine of Thunderbird, both ways.

use smime::SignForm;
use smime::report::{Code, Verdict};

use crate::pki::*;

/// A certificate database with the root trusted and one holder's identity in it.
fn database(scratch: &Scratch, name: &str) {
    let at = |command: &str, arguments: &[&str]| run(scratch.path(), command, arguments, b"").succeed();
    at("certutil", &["-N", "-d", "sql:.", "--empty-password"]);
    at(
        "certutil",
        &[
            "-A",
            "-d",
            "sql:.",
            "-n",
            "root",
            "-t",
            ",C,",
            "-i",
            &pki().path("root.pem"),
        ],
    );
    at(
        "certutil",
        &[
            "-A",
            "-d",
            "sql:.",
            "-n",
            "issuing",
            "-t",
            ",,",
            "-i",
            &pki().path("issuing.pem"),
        ],
    );
    let (pem, key) = (
        pki().path(&format!("{name}.pem")),
        pki().path(&format!("{name}.key")),
    );
    at(
        "openssl",
        &[
            "pkcs12", "-export", "-in", &pem, "-inkey", &key, "-name", name, "-out", "p12", "-passout",
            "pass:x",
        ],
    );
    at("pk12util", &["-i", "p12", "-d", "sql:.", "-W", "x"]);
}

#[test]
fn signatures_are_accepted() {
    if !have("cmsutil") {
        return;
    }
    for name in ["rsa", "p256", "p384", "p521"] {
        let scratch = pki().scratch();
        database(&scratch, name);
        for pss in [false, name == "rsa"] {
            let mut options = sign_options();
            options.pss = pss;
            // A signer with two certificates names the other one.
            options.encryption_certificate = (name == "p256").then(|| pki().public("rsa"));
            let (content, signature) = split(&signed(name, b"Hello Bob,\nworld\n", &options));
            scratch.write("content", &content);
            scratch.write("signature", &signature);
            let verify = ["-D", "-d", "sql:.", "-i", "signature", "-c", "content", "-u", "4"];
            run(scratch.path(), "cmsutil", &verify, b"").succeed();
            scratch.write("content", &[&content[..], b"x"].concat());
            run(scratch.path(), "cmsutil", &verify, b"").fail();
        }
        let mut options = sign_options();
        options.form = SignForm::Opaque;
        let opaque = signed(name, b"Hello\n", &options);
        scratch.write("m", &smime::mime::Message::parse(&opaque).decoded_body().unwrap());
        let answer = run(
            scratch.path(),
            "cmsutil",
            &["-D", "-d", "sql:.", "-i", "m", "-u", "4"],
            b"",
        )
        .succeed();
        assert!(answer.stdout.ends_with(b"\r\n\r\nHello\r\n"));
    }
}

#[test]
fn envelopes_are_opened() {
    if !have("cmsutil") {
        return;
    }
    // NSS 3.87, Debian 12's, decodes no message with an ECDH recipient in it, OpenSSL's neither.
    let scratch = pki().scratch();
    database(&scratch, "rsa");
    let long = [
        MAIL,
        &b"All work and no play makes Jack a dull boy.\r\n".repeat(120_000),
    ]
    .concat();
    for (cipher, mail) in [
        ("aes-128-cbc", MAIL),
        ("aes-192-cbc", MAIL),
        ("aes-256-cbc", MAIL),
        ("aes-256-cbc", &long),
    ] {
        let mut options = encrypt_options();
        options.cipher = Some(cipher.parse().unwrap());
        let message = encrypted(&["rsa"], mail, &options);
        scratch.write(
            "m",
            &smime::mime::Message::parse(&message).decoded_body().unwrap(),
        );
        run(
            scratch.path(),
            "cmsutil",
            &["-D", "-d", "sql:.", "-i", "m", "-o", "content"],
            b"",
        )
        .succeed();
        let content = scratch.read("content");
        assert!(
            content.starts_with(MAIL_ENTITY) && content.len() - MAIL_ENTITY.len() == mail.len() - MAIL.len()
        );
    }
}

#[test]
fn envelopes_of_nss_are_opened_here() {
    if !have("cmsutil") {
        return;
    }
    let scratch = pki().scratch();
    database(&scratch, "rsa");
    scratch.write("entity", MAIL_ENTITY);
    let encrypt = [
        "-E",
        "-d",
        "sql:.",
        "-r",
        "rsa@example.org",
        "-i",
        "entity",
        "-o",
        "m",
    ];
    run(scratch.path(), "cmsutil", &encrypt, b"").succeed();
    let message = scratch.read("m");
    let mut options = smime::DecryptOptions::default();
    // NSS chooses Triple DES for someone whose capabilities it does not know.
    options.legacy = true;
    let held = smime::decrypt(
        &message[..],
        &[pki().identity("rsa")],
        &options,
        smime::MemorySpool::new(),
    )
    .unwrap();
    assert_eq!(held.into_content().unwrap().into_inner(), MAIL_ENTITY);
}

#[test]
fn signatures_of_nss_are_accepted_here() {
    if !have("cmsutil") {
        return;
    }
    for name in ["rsa", "p256", "p384"] {
        let scratch = pki().scratch();
        database(&scratch, name);
        scratch.write("entity", MAIL_ENTITY);
        let sign = ["-S", "-d", "sql:.", "-N", name, "-i", "entity", "-o", "m"];
        for (extra, time) in [(&["-G"][..], true), (&["-H", "SHA384", "-G"], true), (&[], false)] {
            run(scratch.path(), "cmsutil", &[&sign[..], extra].concat(), b"").succeed();
            let report = verified(&scratch.read("m"));
            assert_eq!(
                report.verdict,
                Verdict::Valid,
                "{name} {extra:?}: {:#?}",
                report.findings
            );
            assert_eq!(report.signers[0].signing_time.is_some(), time);
        }
        run(
            scratch.path(),
            "cmsutil",
            &[&sign[..], &["-T", "-G"]].concat(),
            b"",
        )
        .succeed();
        let signature = scratch.read("m");
        let report = verified(&clear_signed(MAIL_ENTITY, &signature));
        assert_eq!(report.verdict, Verdict::Valid, "{name}: {:#?}", report.findings);
        let report = verified(&clear_signed(&MAIL_ENTITY.to_ascii_lowercase(), &signature));
        assert_eq!(report.signers[0].status, Code::AlteredContent);
    }
}
