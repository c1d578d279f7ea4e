//! GnuPG's gpgsm, both ways.

use std::os::unix::fs::PermissionsExt;

use smime::report::{Code, Verdict};

use crate::pki::*;

/// A home directory with the root trusted and one holder's identity in it; its agent ends with it.
struct Home(Scratch);

impl Home {
    fn new(name: &str) -> Self {
        let scratch = pki().scratch();
        std::fs::set_permissions(scratch.path(), PermissionsExt::from_mode(0o700)).unwrap();
        scratch.write("gpgsm.conf", b"disable-crl-checks\ndisable-dirmngr\n");
        scratch.write("gpg-agent.conf", b"allow-loopback-pinentry\n");
        let root = pki().path("root.pem");
        let printed = scratch
            .openssl(&["x509", "-in", &root, "-noout", "-fingerprint", "-sha1"])
            .succeed();
        let printed = String::from_utf8(printed.stdout).unwrap();
        let fingerprint = printed.trim().split('=').next_back().unwrap();
        scratch.write("trustlist.txt", format!("{fingerprint} S relax\n").as_bytes());
        let home = Self(scratch);
        for certificate in ["root", "issuing", name] {
            home.gpgsm(&["--import", &pki().path(&format!("{certificate}.pem"))]);
        }
        let (pem, key) = (
            pki().path(&format!("{name}.pem")),
            pki().path(&format!("{name}.key")),
        );
        // gpgsm 2.2 reads nothing newer, and now and then not even that: some files it cannot decrypt, whoever wrote them, and its
        // agent sometimes starts too late. Another export has another salt.
        let import = || {
            home.0
                .openssl(&[
                    "pkcs12",
                    "-export",
                    "-in",
                    &pem,
                    "-inkey",
                    &key,
                    "-out",
                    "p12",
                    "-passout",
                    "pass:x",
                    "-macalg",
                    "sha1",
                    "-keypbe",
                    "PBE-SHA1-3DES",
                    "-certpbe",
                    "PBE-SHA1-3DES",
                ])
                .succeed();
            home.gpgsm(&["--import", "p12"]).stderr
        };
        let imported = (0..8).map(|_| import()).any(|said| {
            let good = said.contains("secret keys imported: 1");
            if !good {
                eprintln!("gpgsm did not import a p12 of openssl's: {said}");
            }
            good
        });
        assert!(imported, "gpgsm imports none of eight p12 files");
        home
    }

    fn gpgsm(&self, arguments: &[&str]) -> Output {
        let fixed = [
            "--batch",
            "--yes",
            "--pinentry-mode",
            "loopback",
            "--passphrase-fd",
            "0",
            "--status-fd",
            "1",
        ];
        run(self.0.path(), "gpgsm", &[&fixed, arguments].concat(), b"x\n")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        run(self.0.path(), "gpgconf", &["--kill", "all"], b"");
    }
}

#[test]
fn signatures_are_accepted() {
    if !have("gpgsm") {
        return;
    }
    let home = Home::new("rsa");
    let long = b"All work and no play makes Jack a dull boy.\n".repeat(120_000);
    for (pss, text) in [(false, &b"Hello Bob,\nworld\n"[..]), (true, &long)] {
        let mut options = sign_options();
        options.pss = pss;
        let (content, signature) = split(&signed("rsa", text, &options));
        home.0.write("content", &content);
        home.0.write("signature", &signature);
        let answer = home.gpgsm(&["--verify", "signature", "content"]).succeed();
        let status = String::from_utf8_lossy(&answer.stdout).into_owned();
        assert!(
            status.contains("GOODSIG") && status.contains("TRUST_FULLY"),
            "{status}{}",
            answer.stderr
        );
        home.0.write("content", b"something else");
        home.gpgsm(&["--verify", "signature", "content"]).fail();
    }
    // P-256 too, which this version can verify but not import.
    home.gpgsm(&["--import", &pki().path("p256.pem")]).succeed();
    let (content, signature) = split(&signed("p256", b"Hello\n", &sign_options()));
    home.0.write("content", &content);
    home.0.write("signature", &signature);
    let answer = home.gpgsm(&["--verify", "signature", "content"]).succeed();
    assert!(String::from_utf8_lossy(&answer.stdout).contains("TRUST_FULLY"));
}

#[test]
fn envelopes_go_both_ways() {
    if !have("gpgsm") {
        return;
    }
    let home = Home::new("rsa");
    for cipher in ["aes-128-cbc", "aes-256-cbc"] {
        let mut options = encrypt_options();
        options.cipher = Some(cipher.parse().unwrap());
        let message = encrypted(&["p256", "rsa"], MAIL, &options);
        home.0.write(
            "m",
            &smime::mime::Message::parse(&message).decoded_body().unwrap(),
        );
        home.gpgsm(&["-o", "content", "--decrypt", "m"]).succeed();
        assert_eq!(home.0.read("content"), MAIL_ENTITY);
    }
    home.0.write("entity", MAIL_ENTITY);
    for form in [&["--base64"][..], &["--armor"], &[]] {
        let command = [form, &["-r", "rsa@example.org", "-o", "m", "--encrypt", "entity"]].concat();
        home.gpgsm(&command).succeed();
        let message = home.0.read("m");
        if form.first() == Some(&"--base64") {
            // Bare base64 is what a mail program puts after the header.
            let mail = [
                &b"MIME-Version: 1.0\r\nContent-Type: application/x-pkcs7-mime\r\n\r\n"[..],
                &message,
            ]
            .concat();
            assert!(decrypted("rsa", &mail).unwrap().0.ends_with(MAIL_ENTITY));
        } else {
            assert_eq!(decrypted("rsa", &message).unwrap().0, MAIL_ENTITY, "{form:?}");
        }
    }
}

#[test]
fn signatures_of_gpgsm_are_accepted_here() {
    if !have("gpgsm") {
        return;
    }
    let home = Home::new("rsa");
    home.0.write("entity", MAIL_ENTITY);
    for form in [&[][..], &["--armor"]] {
        let command = [form, &["-u", "rsa@example.org", "-o", "m", "--sign", "entity"]].concat();
        home.gpgsm(&command).succeed();
        let report = verified(&home.0.read("m"));
        assert_eq!(report.verdict, Verdict::Valid, "{form:?}: {:#?}", report.findings);
    }
    home.gpgsm(&["-u", "rsa@example.org", "-o", "m", "--detach-sign", "entity"])
        .succeed();
    let signature = home.0.read("m");
    let report = verified(&clear_signed(MAIL_ENTITY, &signature));
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
    let report = verified(&clear_signed(&MAIL_ENTITY.to_ascii_lowercase(), &signature));
    assert_eq!(report.signers[0].status, Code::AlteredContent);
}
