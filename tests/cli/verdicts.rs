//! What `mail verify` answers to each thing that can be wrong.

use serde_json::Value;
use test_support::{Sandbox, openssl};

use crate::fixture::{issue, with_ca};

fn signed() -> Sandbox {
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    sandbox.write("text", "Pay 100 francs.\n");
    sandbox
        .line("mail sign --identity alice@example.com.p12 --identity-password-file pw --subject Pay --out s.eml text")
        .ok();
    sandbox
}

fn verify(sandbox: &Sandbox, rest: &str) -> Value {
    let run = sandbox.line(&format!("--format json mail verify {rest}"));
    let json = run.json();
    let expected = if json["verdict"] == "valid" { 0 } else { 4 };
    run.exits(expected);
    json
}

fn change(sandbox: &Sandbox, from: &str, to: &str) {
    let text = String::from_utf8(sandbox.read("s.eml")).unwrap();
    assert!(text.contains(from), "{from} in\n{text}");
    sandbox.write("changed.eml", text.replacen(from, to, 1));
}

#[test]
fn valid_has_every_documented_field() {
    let sandbox = signed();
    let json = verify(&sandbox, "--trust root.pem s.eml");
    assert_eq!(json["verdict"], "valid");
    assert_eq!(json["encrypted"], false);
    assert_eq!(json["from_matches"], true);
    assert!(json["findings"].is_array());
    let signer = &json["signers"][0];
    assert_eq!(signer["status"], "ok");
    assert_eq!(signer["class"], 1);
    assert_eq!(signer["emails"][0], "alice@example.com");
    assert_eq!(signer["chain"].as_array().unwrap().len(), 3);
    for field in [
        "subject",
        "serial",
        "issuer",
        "signing_time",
        "digest",
        "signature",
    ] {
        assert!(signer[field].is_string(), "{field}: {signer:#}");
    }
}

#[test]
fn altered_content() {
    let sandbox = signed();
    change(&sandbox, "Pay 100", "Pay 900");
    let json = verify(&sandbox, "--trust root.pem changed.eml --content out");
    assert_eq!(json["verdict"], "invalid");
    assert_eq!(json["signers"][0]["status"], "altered-content");
    assert!(!sandbox.path("out").exists(), "nothing unverified is released");
}

#[test]
fn altered_signature() {
    let sandbox = signed();
    // The signature value is the last octets of the p7s: change its last full base64 line's first letter.
    let text = String::from_utf8(sandbox.read("s.eml")).unwrap();
    let close = text.rfind("\r\n--").unwrap();
    let body = text[..close].trim_end();
    let line = body.rfind("\r\n").unwrap() + 2;
    let letter = if &text[line..=line] == "A" { "B" } else { "A" };
    sandbox.write(
        "changed.eml",
        format!("{}{letter}{}", &text[..line], &text[line + 1..]),
    );
    let json = verify(&sandbox, "--trust root.pem changed.eml");
    assert_eq!(json["verdict"], "invalid");
    assert_eq!(json["signers"][0]["status"], "altered-signature");
}

#[test]
fn unknown_issuer_is_indeterminate_with_the_way_out() {
    let sandbox = signed();
    let run = sandbox
        .line("mail verify s.eml")
        .exits(4)
        .says("cachet trust add");
    assert!(run.text().contains("indeterminate"));
    assert_eq!(
        verify(&sandbox, "s.eml")["signers"][0]["status"],
        "unknown-issuer"
    );
    let other = with_ca();
    sandbox.write("other.pem", other.read("root.pem"));
    let json = verify(&sandbox, "--trust other.pem s.eml");
    assert_eq!(json["verdict"], "indeterminate");
    assert_eq!(json["signers"][0]["status"], "unknown-issuer");
}

#[test]
fn time() {
    let sandbox = signed();
    let json = verify(&sandbox, "--trust root.pem s.eml --now 2039-01-01T00:00:00Z");
    assert_eq!(
        (&json["verdict"], &json["signers"][0]["status"]),
        (&"invalid".into(), &"expired".into())
    );
    let json = verify(&sandbox, "--trust root.pem s.eml --now 2021-01-01T00:00:00Z");
    assert_eq!(
        (&json["verdict"], &json["signers"][0]["status"]),
        (&"invalid".into(), &"not-yet-valid".into())
    );
}

#[test]
fn from_mismatch_unless_the_question_is_left_out() {
    let sandbox = signed();
    change(
        &sandbox,
        "From: alice@example.com",
        "From: Alice <mallory@example.com>",
    );
    let json = verify(&sandbox, "--trust root.pem changed.eml");
    assert_eq!(json["verdict"], "invalid");
    assert_eq!(json["from_matches"], false);
    assert_eq!(json["signers"][0]["status"], "from-mismatch");
    let json = verify(&sandbox, "--trust root.pem --any-sender changed.eml");
    assert_eq!(json["verdict"], "valid");
    change(&sandbox, "From: alice@example.com", "From: ALICE@EXAMPLE.COM");
    let json = verify(&sandbox, "--trust root.pem changed.eml");
    assert_eq!(json["verdict"], "valid");
    assert!(
        json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["code"] == "from-case-differs"),
        "{json:#}"
    );
}

#[test]
fn wrong_purpose() {
    let Some(openssl) = openssl() else { return };
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
    sandbox.write("leaf.cnf", "extendedKeyUsage=serverAuth\nsubjectAltName=email:web@example.net\nkeyUsage=critical,digitalSignature\n");
    for line in [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=Web",
        "req -new -newkey rsa:2048 -nodes -keyout web.key -out web.csr -subj /CN=Web",
        "x509 -req -in web.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -extfile leaf.cnf -out web.pem",
    ] {
        openssl
            .run(sandbox.folder(), &line.split(' ').collect::<Vec<_>>())
            .ok();
    }
    sandbox.write("entity", "Content-Type: text/plain\r\n\r\nhello\r\n");
    let line = "cms -sign -in entity -signer web.pem -inkey web.key -from web@example.net -out s.eml";
    openssl
        .run(sandbox.folder(), &line.split(' ').collect::<Vec<_>>())
        .ok();
    let json = verify(&sandbox, "--trust ca.pem s.eml");
    assert_eq!(json["verdict"], "invalid");
    assert_eq!(json["signers"][0]["status"], "wrong-purpose");
}

#[test]
fn unsigned_and_partly_signed() {
    let sandbox = signed();
    sandbox.write(
        "plain.eml",
        "From: alice@example.com\r\nSubject: x\r\n\r\nhello\r\n",
    );
    let json = verify(&sandbox, "--trust root.pem plain.eml");
    assert_eq!(json["verdict"], "unsigned");
    // A mailing list wraps the signed part and adds a footer: the whole is not what was signed.
    let text = String::from_utf8(sandbox.read("s.eml")).unwrap();
    let start = text.find("Content-Type: multipart/signed").unwrap();
    let wrapped = format!(
        "From: alice@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n{}\r\n--outer\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--outer--\r\n",
        &text[start..]
    );
    sandbox.write("list.eml", wrapped);
    let json = verify(&sandbox, "--trust root.pem list.eml");
    assert_ne!(json["verdict"], "valid", "{json:#}");
    assert_ne!(json["verdict"], "unsigned", "{json:#}");
}

#[test]
fn a_profile_remembers_trust() {
    let sandbox = signed();
    sandbox.line("trust list --format json").ok();
    sandbox.line("trust add root.pem").exits(1).says("--fingerprint");
    let shown = sandbox.line("inspect root.pem --format json").ok().json();
    let fingerprint = shown["certificates"][0]["sha256"].as_str().unwrap().to_owned();
    sandbox
        .cachet(&["trust", "add", "root.pem", "--fingerprint", &"0".repeat(64)])
        .exits(1)
        .says("fingerprint");
    sandbox.line("mail verify s.eml").exits(4);
    sandbox
        .cachet(&["trust", "add", "root.pem", "--fingerprint", &fingerprint])
        .ok();
    sandbox.line("mail verify s.eml").ok();
    sandbox.cachet(&["trust", "remove", &fingerprint, "--yes"]).ok();
    sandbox.line("mail verify s.eml").exits(4);
}
