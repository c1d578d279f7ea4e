//! `cachet mail open`: layers, exit codes, and what is written.

use test_support::Sandbox;

use crate::fixture::{issue, with_ca};

const ALICE: &str = "--identity alice@example.com.p12 --identity-password-file pw";
const BOB: &str = "--identity bob@example.com.p12 --identity-password-file pw";

fn two_people() -> Sandbox {
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    issue(&sandbox, "bob@example.com");
    sandbox.write("text", "Dear Bob,\n");
    sandbox
        .line(&format!(
            "mail sign {ALICE} --to bob@example.com --subject Hello --no-self --encrypt-to bob@example.com.crt --out m.eml text"
        ))
        .ok();
    sandbox
}

fn kinds(json: &serde_json::Value) -> Vec<&str> {
    let layers = json["layers"].as_array().unwrap();
    layers
        .iter()
        .map(|layer| layer["kind"].as_str().unwrap())
        .collect()
}

#[test]
fn signed_and_encrypted() {
    let sandbox = two_people();
    let open = format!("mail open {BOB} --trust root.pem m.eml");
    let run = sandbox.line(&format!("--format json {open} --content out")).ok();
    let json = run.json();
    assert_eq!(json["verdict"], "valid", "{json:#}");
    assert_eq!(json["encrypted"], true);
    assert_eq!(json["from_matches"], true);
    assert_eq!(kinds(&json), ["enveloped", "signed", "plain"]);
    assert_eq!(json["layers"][0]["cipher"], "aes-256-cbc");
    assert_eq!(json["layers"][1]["signers"][0], 0);
    assert_eq!(json["signers"][0]["layer"], 1);
    assert_eq!(json["signers"][0]["status"], "ok");
    assert!(
        String::from_utf8(sandbox.read("out"))
            .unwrap()
            .contains("Dear Bob,")
    );
    sandbox.line(&open).ok().says("enveloped").says("signed");

    // Without the root: the layers are shown, and nothing is written.
    let run = sandbox
        .line(&format!("--format json mail open {BOB} m.eml --content no"))
        .exits(4);
    assert_eq!(run.json()["verdict"], "indeterminate");
    assert_eq!(kinds(&run.json()), ["enveloped", "signed", "plain"]);
    assert!(!sandbox.path("no").exists());
}

#[test]
fn what_cannot_be_opened_exits_with_1() {
    let sandbox = two_people();
    for (command, kind) in [
        (
            format!("mail open {ALICE} --trust root.pem m.eml --content no"),
            "no-matching-recipient",
        ),
        (
            "mail open --trust root.pem m.eml --content no".to_owned(),
            "no-matching-recipient",
        ),
    ] {
        let run = sandbox.line(&format!("--format json {command}")).exits(1);
        assert_eq!(run.json()["error"]["kind"], kind, "{command}");
    }
    let text = String::from_utf8(sandbox.read("m.eml")).unwrap();
    let close = text.trim_end().rfind("\r\n").unwrap();
    sandbox.write("cut.eml", &text[..close - 64]);
    let run = sandbox
        .line(&format!("--format json mail open {BOB} cut.eml --content no"))
        .exits(1);
    assert_eq!(run.json()["error"]["kind"], "decryption-failed");
    sandbox.write(
        "pgp.eml",
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\n\nx\n--b--\n",
    );
    for command in ["open", "verify", "decrypt"] {
        let identity = if command == "verify" { "" } else { BOB };
        sandbox
            .line(&format!("mail {command} {identity} pgp.eml"))
            .exits(1)
            .says("OpenPGP (RFC 3156)");
    }
    assert!(!sandbox.path("no").exists());
}

#[test]
fn unsigned_mail_is_opened_and_called_so() {
    let sandbox = two_people();
    sandbox
        .line("mail encrypt --to bob@example.com.crt --cipher aes-256-gcm --out e.eml text")
        .ok();
    let run = sandbox
        .line(&format!("--format json mail open {BOB} e.eml --content out"))
        .ok();
    assert_eq!(run.json()["verdict"], "unsigned");
    assert_eq!(kinds(&run.json()), ["auth-enveloped", "plain"]);
    assert!(
        String::from_utf8(sandbox.read("out"))
            .unwrap()
            .contains("Dear Bob,")
    );
    sandbox.write("plain.eml", "Subject: x\n\nhello\n");
    let run = sandbox.line("--format json mail open plain.eml").ok();
    assert_eq!(kinds(&run.json()), ["plain"]);
}

#[cfg(unix)]
#[test]
fn what_was_secret_stays_so_on_the_disk() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = two_people();
    sandbox
        .line(&format!(
            "mail open {BOB} --trust root.pem m.eml --content opened"
        ))
        .ok();
    sandbox
        .line(&format!("mail decrypt {BOB} m.eml --out decrypted.eml"))
        .ok();
    for name in ["opened", "decrypted.eml"] {
        let mode = std::fs::metadata(sandbox.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
