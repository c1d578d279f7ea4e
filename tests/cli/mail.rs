//! `cachet mail sign|encrypt|decrypt|inspect`: what the files look like and how they open.

use test_support::Sandbox;

use crate::fixture::{empty, issue, with_ca};

fn two_people() -> Sandbox {
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    issue(&sandbox, "bob@example.com");
    sandbox
}

const ALICE: &str = "--identity alice@example.com.p12 --identity-password-file pw";
const BOB: &str = "--identity bob@example.com.p12 --identity-password-file pw";

#[test]
fn a_clear_signed_text_is_readable_without_smime() {
    let sandbox = two_people();
    sandbox.write("text", "Grüße,\nLine two.\n");
    sandbox
        .line(&format!(
            "mail sign {ALICE} --to bob@example.com --subject Hello --out s.eml text"
        ))
        .ok();
    let message = String::from_utf8(sandbox.read("s.eml")).unwrap();
    for header in [
        "From: alice@example.com",
        "To: bob@example.com",
        "Subject: Hello",
        "MIME-Version: 1.0",
        "Date: ",
        "Message-ID: <",
    ] {
        assert!(message.contains(header), "{header} in\n{message}");
    }
    assert!(message.contains("multipart/signed"));
    assert!(message.contains("micalg=sha-256") || message.contains("micalg=\"sha-256\""));
    assert!(message.contains("quoted-printable"), "text outside ASCII");
    assert!(message.contains("Gr=C3=BC=C3=9Fe"));
    assert!(message.contains("smime.p7s"));
    assert!(
        message.split_inclusive('\n').all(|line| line.ends_with("\r\n")),
        "CRLF throughout"
    );
}

#[test]
fn the_three_headers_of_an_encrypted_message() {
    let sandbox = two_people();
    sandbox.write("text", "secret words\n");
    for (options, smime_type) in [
        ("", "enveloped-data"),
        ("--cipher aes-256-gcm", "authEnveloped-data"),
    ] {
        sandbox
            .line(&format!(
                "mail encrypt --to bob@example.com.crt {options} --out e.eml --overwrite text"
            ))
            .ok();
        let message = String::from_utf8(sandbox.read("e.eml")).unwrap();
        assert!(!message.contains("secret words"));
        let first = format!("Content-Type: application/pkcs7-mime; smime-type={smime_type}");
        assert!(
            message.lines().any(|line| line.starts_with(&first)),
            "type and smime-type on one physical line:\n{message}"
        );
        let unfolded = message.replace("\r\n ", " ").replace("\r\n\t", " ");
        for header in [
            &format!("Content-Type: application/pkcs7-mime; smime-type={smime_type}; name=smime.p7m")[..],
            "Content-Transfer-Encoding: base64",
            "Content-Disposition: attachment; filename=smime.p7m",
        ] {
            assert!(
                unfolded.lines().any(|line| line == header),
                "{header} in\n{unfolded}"
            );
        }
        sandbox
            .line(&format!("mail decrypt {BOB} e.eml"))
            .ok()
            .says("secret words");
        let run = sandbox
            .line(&format!("mail decrypt {ALICE} e.eml --format json --out no.eml"))
            .exits(1);
        assert_eq!(run.json()["error"]["kind"], "no-matching-recipient");
        assert!(!sandbox.path("no.eml").exists());
    }
}

#[test]
fn signed_and_encrypted_in_one_command_and_in_two() {
    let sandbox = two_people();
    sandbox.write("text", "both\n");
    sandbox
        .line(&format!(
            "mail sign {ALICE} --to bob@example.com --encrypt-to bob@example.com.crt --out one.eml text"
        ))
        .ok();
    sandbox
        .line(&format!(
            "mail sign {ALICE} --to bob@example.com --out signed.eml text"
        ))
        .ok();
    sandbox
        .line("mail encrypt --to bob@example.com.crt --out two.eml signed.eml")
        .ok();
    for message in ["one.eml", "two.eml"] {
        let inner = sandbox.line(&format!("mail decrypt {BOB} {message}")).ok();
        let run = sandbox
            .cachet_with_input(
                &["--format", "json", "mail", "verify", "--trust", "root.pem"],
                &inner.stdout,
            )
            .ok();
        let json = run.json();
        assert_eq!(json["verdict"], "valid", "{json:#}");
        assert_eq!(json["from_matches"], true, "the outer From came along: {json:#}");
    }
}

#[test]
fn a_message_keeps_its_headers_and_its_structure() {
    let sandbox = two_people();
    sandbox.write(
        "message.eml",
        "From: Alice <alice@example.com>\nTo: bob@example.com\nSubject: =?utf-8?q?Caf=C3=A9?=\nDate: Mon, 23 Nov 2026 10:00:00 +0100\n\
         X-Own: kept\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n--b\n\
         Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=x\n\nAAEC\n--b--\n",
    );
    for options in ["", "--opaque"] {
        sandbox
            .line(&format!(
                "mail sign {ALICE} {options} --out s.eml --overwrite message.eml"
            ))
            .ok();
        let signed = String::from_utf8(sandbox.read("s.eml")).unwrap();
        for header in [
            "X-Own: kept",
            "Subject: =?utf-8?q?Caf=C3=A9?=",
            "Date: Mon, 23 Nov 2026 10:00:00 +0100",
        ] {
            assert_eq!(signed.matches(header).count(), 1, "{header} once in\n{signed}");
        }
        sandbox
            .line("mail verify --trust root.pem --content out.eml --overwrite s.eml")
            .ok();
        let content = String::from_utf8(sandbox.read("out.eml")).unwrap();
        assert!(
            content.contains("multipart/mixed") && content.contains("AAEC"),
            "{content}"
        );
    }
}

#[test]
fn a_foreign_from_is_refused_with_the_remedy() {
    let sandbox = two_people();
    sandbox.write("m.eml", "From: bob@example.com\nSubject: x\n\nhello\n");
    sandbox
        .line(&format!("mail sign {ALICE} --out s.eml m.eml"))
        .exits(1)
        .says("bob@example.com")
        .says("alice@example.com");
    assert!(!sandbox.path("s.eml").exists());
    sandbox
        .line(&format!(
            "mail sign {ALICE} --from bob@example.com --out s.eml pw"
        ))
        .exits(1)
        .says("bob@example.com");
}

#[test]
fn inspect_needs_no_key() {
    let sandbox = two_people();
    sandbox.write("text", "hello\n");
    sandbox.line(&format!("mail sign {ALICE} --out s.eml text")).ok();
    sandbox
        .line("mail encrypt --to bob@example.com.crt --out e.eml s.eml")
        .ok();
    sandbox
        .line("mail inspect s.eml")
        .ok()
        .says("multipart/signed")
        .says("alice@example.com");
    sandbox.line("mail inspect e.eml").ok().says("enveloped");
    let _ = sandbox.line("mail inspect e.eml --format json").ok().json();
}

#[test]
fn streams_from_stdin_to_stdout() {
    let sandbox = two_people();
    let mut arguments = vec!["mail", "sign"];
    arguments.extend(ALICE.split(' '));
    let signed = sandbox.cachet_with_input(&arguments, b"from a pipe\n").ok();
    sandbox
        .cachet_with_input(&["mail", "verify", "--trust", "root.pem"], &signed.stdout)
        .ok();
    let sealed = sandbox
        .cachet_with_input(
            &["mail", "encrypt", "--to", "bob@example.com.crt"],
            &signed.stdout,
        )
        .ok();
    let mut arguments = vec!["mail", "decrypt"];
    arguments.extend(BOB.split(' '));
    sandbox
        .cachet_with_input(&arguments, &sealed.stdout)
        .ok()
        .says("from a pipe");
}

#[test]
fn who_cannot_be_encrypted_to_is_named() {
    let sandbox = two_people();
    sandbox
        .line("issue --class 1 --email eddy@example.com --key ed25519 --evidence mailbox=x")
        .ok();
    sandbox.write("text", "x\n");
    sandbox
        .line("mail encrypt --to bob@example.com.crt --to eddy@example.com.crt --out e.eml text")
        .exits(1)
        .says("eddy@example.com");
    sandbox
        .line("mail encrypt --to bob@example.com.crt --now 2040-01-01T00:00:00Z text")
        .exits(1)
        .says("bob@example.com");
    sandbox
        .line("mail encrypt --to stranger@example.com text")
        .exits(1)
        .says("stranger@example.com");
    assert!(!sandbox.path("e.eml").exists());
}

#[test]
fn the_widest_and_the_oddest_texts_survive() {
    let sandbox = two_people();
    let long = "x".repeat(5000);
    for (number, text) in [
        String::new(),
        "no newline".to_owned(),
        "From the start of a line\nFrom again\n.\n..dots\n".to_owned(),
        "trailing blanks   \nand tabs\t\n".to_owned(),
        format!("{long}\nafter a long line\n"),
        "mixed\r\nline\nendings\r\n".to_owned(),
        "--boundary-like\n--\n--x--\n".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        let name = format!("t{number}");
        sandbox.write(&name, text);
        sandbox
            .line(&format!(
                "mail sign {ALICE} --text --out s.eml --overwrite {name}"
            ))
            .ok();
        let signed = String::from_utf8(sandbox.read("s.eml")).unwrap();
        assert!(
            signed.lines().all(|line| line.len() <= 998),
            "RFC 5322 line length"
        );
        sandbox.line("mail verify --trust root.pem s.eml").ok();
        sandbox
            .line(&format!(
                "mail sign {ALICE} --text --encrypt-to bob@example.com.crt --out b.eml --overwrite {name}"
            ))
            .ok();
        let opened = sandbox.line(&format!("mail decrypt {BOB} b.eml")).ok();
        sandbox
            .cachet_with_input(&["mail", "verify", "--trust", "root.pem"], &opened.stdout)
            .ok();
    }
}

#[test]
fn a_message_for_a_password_needs_no_identity() {
    let sandbox = empty();
    sandbox.write("text", "for who knows the word\n");
    sandbox.write("word", "correct horse\n");
    sandbox.write("other", "another word\n");
    let report = sandbox
        .line("mail encrypt --password-file word --out e.eml --format json text")
        .ok()
        .json();
    assert_eq!(report["passwords"], 1, "{report:#}");
    assert_eq!(report["cipher"], "aes-256-cbc");
    let content = sandbox
        .line("mail decrypt --password-file other --password-file word e.eml")
        .ok()
        .text();
    assert!(content.ends_with("for who knows the word\r\n"), "{content}");
    let opened = sandbox
        .line("mail open --password-file word --format json e.eml")
        .ok()
        .json();
    assert_eq!(opened["layers"][0]["identity"], "password", "{opened:#}");
    assert_eq!(opened["layers"][0]["recipients"][0], "a password");

    let run = sandbox
        .line("mail decrypt --password-file other --format json --out no e.eml")
        .exits(1);
    assert_eq!(run.json()["error"]["kind"], "decryption-failed");
    sandbox.write("key", "000102030405060708090a0b0c0d0e0f\n");
    let run = sandbox
        .line("mail decrypt --key-file key --format json --out no e.eml")
        .exits(1)
        .says("it is for a password")
        .says("--password-file");
    assert_eq!(run.json()["error"]["kind"], "no-matching-recipient");
    sandbox
        .line("mail decrypt e.eml")
        .exits(2)
        .says("--identity FILE")
        .says("--password-file FILE");
    sandbox
        .line("mail encrypt --password-file word --format json text")
        .exits(2)
        .says("--out FILE");
    let run = sandbox
        .line("mail decrypt --password-file word --format json e.eml")
        .ok()
        .says("--out FILE");
    assert_eq!(run.json()["file"], serde_json::Value::Null);
    sandbox.write("short", "0001\n");
    sandbox
        .line("mail decrypt --key-file short e.eml")
        .exits(1)
        .says("16, 24 or 32 octets");
    assert!(!sandbox.path("no").exists());
}

#[test]
fn a_signature_names_the_certificate_to_encrypt_to() {
    let sandbox = with_ca();
    sandbox
        .line("issue --class 1 --email carol@example.com --key ec-p256 --usage pair --evidence mailbox=test --p12-password-file pw")
        .ok();
    sandbox.write("text", "Hello\n");
    sandbox
        .line("mail sign --identity carol@example.com.p12 --identity-password-file pw --announce gcm --out s.eml text")
        .ok();
    sandbox
        .line("mail verify --trust root.pem --learn --profile her s.eml")
        .ok();
    let made = sandbox
        .line("mail encrypt --to carol@example.com --profile her --out e.eml --format json text")
        .ok()
        .json();
    assert_eq!(made["cipher"], "aes-256-gcm", "{made:#}");
    let encryption = sandbox
        .line("inspect carol@example.com.encrypt.crt --format json")
        .ok()
        .json();
    assert_eq!(
        made["recipients"][0]["serial"],
        encryption["certificates"][0]["serial"]
    );
    sandbox
        .line("mail decrypt --identity carol@example.com.p12 --identity-password-file pw e.eml")
        .ok();
    sandbox
        .line("contacts add carol@example.com.p12 --profile her")
        .exits(1)
        .says("it holds a private key")
        .says("openssl pkcs12");
}

/// RFC 4134, 5: Triple DES and RC2 for keys of 1024 bits, which are opened when asked for.
#[test]
fn corpus_rfc4134_opens_with_legacy() {
    let Some(folder) = test_support::corpus::corpus("rfc4134") else {
        return;
    };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let sandbox = crate::fixture::empty();
    let bob = [
        ("PRIVATE KEY", read("BobPrivRSAEncrypt.pri")),
        ("CERTIFICATE", read("BobRSASignByCarl.cer")),
    ]
    .map(|(label, der)| identity::pem::encode(label, &der));
    sandbox.write("bob.pem", bob.concat());
    for message in ["5.1.bin", "5.2.bin", "5.3.eml"] {
        sandbox.write(message, read(message));
        sandbox
            .line(&format!("mail decrypt --identity bob.pem --legacy {message}"))
            .ok()
            .says("This is some sample content.");
        sandbox
            .line(&format!("mail decrypt --identity bob.pem {message}"))
            .exits(1)
            .says("an RSA key of 1024 bits is too weak to be read unasked: --legacy");
    }
    sandbox.line("inspect --legacy bob.pem").ok().says("rsa-1024");
    sandbox.line("inspect bob.pem").exits(1);
}

#[test]
fn oaep_takes_a_digest() {
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    sandbox
        .line("issue --class 1 --email bob@example.com --key rsa-2048 --evidence mailbox=asked --p12-password-file pw")
        .ok();
    sandbox.write("text", "Hello\n");
    for option in [
        "--oaep",
        "--oaep=sha1",
        "--oaep=sha256",
        "--oaep=sha384",
        "--oaep=sha512",
    ] {
        for command in [
            "mail encrypt --to bob@example.com.crt".to_owned(),
            format!("mail sign {ALICE} --encrypt-to bob@example.com.crt"),
        ] {
            sandbox
                .line(&format!("{command} {option} --out o.eml --overwrite text"))
                .ok();
            sandbox
                .line(&format!("mail decrypt {BOB} o.eml"))
                .ok()
                .says("Hello");
        }
    }
    sandbox
        .line("mail encrypt --to bob@example.com.crt --oaep=md5 text")
        .exits(2);
}

#[test]
fn a_shared_key_of_thirty_two_digits_may_be_either() {
    let Some(openssl) = test_support::openssl() else {
        return;
    };
    let sandbox = crate::fixture::empty();
    sandbox.write("text", "Hello\n");
    // Octets that are all hexadecimal digits: a key of 256 bits as it is, or one of 128 bits in digits.
    let digits = "0123456789abcdef0123456789abcdef";
    sandbox.write("key", digits);
    for (cipher, hex) in [("-aes128", digits.to_owned()), ("-aes256", hex_of(digits))] {
        openssl
            .run(
                sandbox.folder(),
                &[
                    "cms",
                    "-encrypt",
                    cipher,
                    "-in",
                    "text",
                    "-out",
                    "e.eml",
                    "-secretkey",
                    &hex,
                    "-secretkeyid",
                    "01",
                ],
            )
            .ok();
        sandbox
            .line("mail decrypt --key-file key e.eml")
            .ok()
            .says("Hello");
    }
}

fn hex_of(text: &str) -> String {
    text.bytes().map(|octet| format!("{octet:02x}")).collect()
}
