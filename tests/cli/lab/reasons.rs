//! Why a mail does not count: one test for each reason.

use test_support::openssl;

use super::{Lab, student};

fn failed(reason: &str) -> (String, String) {
    ("failed".to_owned(), reason.to_owned())
}

fn replace(mail: &[u8], from: &str, to: &str) -> String {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    assert!(text.contains(from), "no {from:?} in {text}");
    text.replace(from, to)
}

#[test]
fn clear_and_opaque_and_html_pass() {
    let lab = Lab::of(&["alice", "bob", "carol"]);
    lab.send(lab.signed("alice", ""));
    lab.send(lab.signed("bob", "--opaque"));
    let html =
        "From: carol@example.com\nSubject: Lab\nMIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hello</p>\n";
    lab.sandbox.write("text", html);
    let line = "mail sign --identity carol@example.com.p12 --identity-password-file pw --out html.eml text";
    lab.sandbox.line(line).ok();
    lab.send(lab.sandbox.read("html.eml"));
    let run = lab.run("--format json").exits(0);
    for person in ["alice", "bob", "carol"] {
        let json = run.json();
        let found = student(&json, person);
        assert_eq!(found["status"], "ok", "{found:#}");
        assert_eq!((&found["signed"], &found["class"]), (&true.into(), &1.into()));
        assert_eq!(found["reasons"].as_array().map(Vec::len), Some(0));
    }
    lab.run("")
        .exits(0)
        .says("3 students: 3 ok, 0 late, 0 failed, 0 missing; 3 mails");
}

#[test]
fn nothing_received() {
    let lab = Lab::of(&["alice"]);
    std::fs::create_dir(lab.sandbox.path("mails")).unwrap();
    let run = lab.run("").exits(4);
    run.says("No mail of yours has come.").says("not a single mail");
    assert_eq!(
        lab.verdict("alice", ""),
        ("missing".to_owned(), "nothing-received".to_owned())
    );
}

#[test]
fn not_signed_and_openpgp() {
    let lab = Lab::of(&["alice", "bob"]);
    lab.send("From: Alice <alice@example.com>\nSubject: Lab\n\nHello\n");
    lab.send(
        "From: bob@example.com\nMIME-Version: 1.0\nContent-Type: multipart/signed; micalg=pgp-sha256;\n \
         protocol=\"application/pgp-signature\"; boundary=b\n\n--b\n\nx\n--b\nContent-Type: application/pgp-signature\n\n\
         -----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n--b--\n",
    );
    assert_eq!(lab.verdict("alice", ""), failed("not-signed"));
    assert_eq!(lab.verdict("bob", ""), failed("openpgp"));
}

#[test]
fn changed_on_the_way() {
    let lab = Lab::of(&["alice", "bob", "carol", "dave"]);
    lab.send(replace(&lab.signed("alice", ""), "my work", "our work"));
    let list = replace(&lab.signed("bob", ""), "my work", "our work");
    lab.send(format!("List-Id: <class.example.com>\r\n{list}"));
    // Mailman puts the signed message into a multipart with its footer.
    let signed = String::from_utf8(lab.signed("carol", "")).unwrap();
    let (header, body) = signed.split_once("\r\n\r\n").unwrap();
    let at = header.find("Content-Type:").unwrap();
    lab.send(format!(
        "{}List-Post: <mailto:class@example.com>\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n\
         {}\r\n\r\n{body}\r\n--outer\r\nContent-Type: text/plain\r\n\r\nUnsubscribe here.\r\n--outer--\r\n",
        &header[..at],
        &header[at..],
    ));
    // A signature that is damaged itself.
    let signed = String::from_utf8(lab.signed("dave", "--opaque")).unwrap();
    let (header, body) = signed.split_once("\r\n\r\n").unwrap();
    lab.send(format!("{header}\r\n\r\n{}", &body[..body.len() / 2]));
    for (person, reason) in [
        ("alice", "altered"),
        ("bob", "altered"),
        ("carol", "partly-signed"),
    ] {
        assert_eq!(lab.verdict(person, ""), failed(reason), "{person}");
    }
    assert_eq!(lab.verdict("dave", "").0, "failed");
    let json = lab.check("");
    let says = |person: &str, words: &str| {
        let message = student(&json, person)["reasons"][0]["message"].as_str().unwrap();
        assert!(message.contains(words), "{person}: {message}");
    };
    says("alice", "changed after you signed it");
    says("bob", "mailing list changed");
    says("carol", "mailing list added text");
}

#[test]
fn wrong_certificates() {
    let lab = Lab::of(&["alice", "bob", "carol"]);
    // Of another CA.
    let other = Lab::of(&["alice"]);
    lab.send(other.signed("alice", ""));
    // Without the issuing CA's certificate; its own chain would be enough, but the mail lacks it.
    let key = lab.sandbox.path("bob.pem");
    if openssl().is_none() {
        return;
    }
    run(
        &lab,
        &[
            "pkcs12",
            "-in",
            "bob@example.com.p12",
            "-passin",
            "file:pw",
            "-nodes",
            "-clcerts",
            "-out",
        ],
        "bob.pem",
    );
    let signed = run(
        &lab,
        &[
            "cms",
            "-sign",
            "-in",
            "text",
            "-text",
            "-signer",
            "bob.pem",
            "-from",
            "bob@example.com",
            "-out",
        ],
        "bob.eml",
    );
    lab.send(signed);
    assert!(key.exists());
    // Made by herself.
    run(
        &lab,
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=Carol",
            "-addext",
            "subjectAltName=email:carol@example.com",
            "-days",
            "30",
            "-keyout",
            "carol.key",
            "-out",
        ],
        "carol.pem",
    );
    let signed = run(
        &lab,
        &[
            "cms",
            "-sign",
            "-in",
            "text",
            "-text",
            "-signer",
            "carol.pem",
            "-inkey",
            "carol.key",
            "-from",
            "carol@example.com",
            "-out",
        ],
        "carol.eml",
    );
    lab.send(signed);
    assert_eq!(lab.verdict("alice", ""), failed("unknown-issuer"));
    assert_eq!(lab.verdict("bob", ""), failed("chain-incomplete"));
    assert_eq!(lab.verdict("carol", ""), failed("self-signed"));
    // With the root alone nobody knows the issuing CA until somebody's mail has brought it along.
    assert_eq!(lab.verdict("bob", "--trust root.pem"), failed("unknown-issuer"));
    lab.send(lab.signed("carol", ""));
    assert_eq!(lab.verdict("bob", "--trust root.pem"), failed("chain-incomplete"));
    // Who names the issuing CA does not ask for it in the mail.
    lab.sandbox
        .line("trust export --for pem --intermediates --out issuing.pem")
        .ok();
    let verdict = lab.verdict("bob", "--trust root.pem --untrusted issuing.pem");
    assert_eq!(verdict.0, "ok");
}

/// Runs openssl, whose last argument is the file that it writes.
fn run(lab: &Lab, arguments: &[&str], out: &str) -> Vec<u8> {
    let mut command = std::process::Command::new("openssl");
    command.current_dir(lab.sandbox.folder()).args(arguments).arg(out);
    test_support::run(&mut command, b"").ok();
    lab.sandbox.read(out)
}

#[test]
fn classes_and_certificates_of_the_list() {
    let lab = Lab::of(&["alice", "bob"]);
    lab.send(lab.signed("alice", ""));
    lab.send(lab.signed("bob", ""));
    assert_eq!(lab.verdict("alice", "--class 2"), failed("wrong-class"));
    assert_eq!(lab.verdict("alice", "--class 1").0, "ok");
    let json = lab.check("");
    let serial = student(&json, "alice")["serial"].as_str().unwrap().to_uppercase();
    let list = format!("email;class;serial\nalice@example.com;2;{serial}\nbob@example.com;;00:12:34\n");
    lab.sandbox.write("class.csv", list);
    assert_eq!(lab.verdict("alice", ""), failed("wrong-class"));
    assert_eq!(lab.verdict("alice", "--class 1").0, "ok");
    assert_eq!(lab.verdict("bob", ""), failed("other-certificate"));
}

#[test]
fn withdrawn_and_ended_certificates() {
    let lab = Lab::of(&["alice", "bob"]);
    lab.send(lab.signed("alice", ""));
    lab.send(lab.signed("bob", ""));
    // The record knows it, whether or not a list was published since.
    lab.sandbox
        .line("cert revoke alice@example.com --yes --reason key-compromise")
        .ok();
    assert_eq!(lab.verdict("alice", ""), failed("revoked"));
    std::fs::remove_dir_all(lab.sandbox.path("ca-data/publish")).unwrap();
    assert_eq!(lab.verdict("alice", ""), failed("revoked"));
    assert_eq!(lab.verdict("alice", "--trust ca-data"), failed("revoked"));
    // The root alone knows nothing of that.
    assert_eq!(lab.verdict("alice", "--trust root.pem").0, "ok");
    assert_eq!(
        lab.verdict("bob", "--now 2099-01-01T00:00:00Z"),
        failed("expired")
    );
    assert_eq!(
        lab.verdict("bob", "--now 2001-01-01T00:00:00Z"),
        failed("not-yet-valid")
    );
}

#[test]
fn encryption() {
    let lab = Lab::of(&["alice", "bob", "carol", "dave"]);
    crate::fixture::issue(&lab.sandbox, "t@example.com");
    let teacher = "--identity t@example.com.p12 --identity-password-file pw";
    lab.send(lab.signed("alice", "--encrypt-to t@example.com.crt"));
    lab.send(lab.signed("bob", "--encrypt-to bob@example.com.crt --no-self"));
    lab.send(lab.signed("carol", ""));
    // Encrypted, and not signed.
    lab.sandbox
        .write("plain.eml", "From: dave@example.com\nSubject: Lab\n\nHello\n");
    lab.sandbox
        .line("mail encrypt --to t@example.com.crt --out dave.eml plain.eml")
        .ok();
    lab.send(lab.sandbox.read("dave.eml"));
    assert_eq!(lab.verdict("alice", teacher).0, "ok");
    assert_eq!(lab.verdict("bob", teacher), failed("encrypted-for-others"));
    assert_eq!(lab.verdict("carol", teacher), failed("not-encrypted"));
    assert_eq!(lab.verdict("dave", teacher), failed("not-signed"));
    assert_eq!(
        lab.verdict("carol", &format!("{teacher} --require signed")).0,
        "ok"
    );
    // Without the key nothing can be said.
    assert_eq!(lab.verdict("alice", ""), failed("key-not-given"));
    let json = lab.check(teacher);
    let encrypted =
        ["alice", "bob", "carol", "dave"].map(|one| student(&json, one)["encrypted"].as_bool().unwrap());
    assert_eq!(encrypted, [true, true, false, true]);
    // Damaged on the way.
    let sealed = lab.signed("alice", "--encrypt-to t@example.com.crt");
    let lab = Lab {
        count: std::cell::Cell::new(0),
        ..lab
    };
    let text = String::from_utf8(sealed).unwrap();
    let middle = text.len() - 400;
    let letter = if &text[middle..=middle] == "A" { "B" } else { "A" };
    lab.send(format!("{}{letter}{}", &text[..middle], &text[middle + 1..]));
    let found = lab.verdict("alice", teacher);
    assert_eq!(found.0, "failed", "{found:?}");
}

#[test]
fn signed_encrypted_and_signed_again() {
    let lab = Lab::of(&["alice"]);
    crate::fixture::issue(&lab.sandbox, "t@example.com");
    let sealed = lab.signed("alice", "--encrypt-to t@example.com.crt");
    lab.sandbox.write("sealed.eml", sealed);
    lab.sandbox
        .line("mail sign --identity alice@example.com.p12 --identity-password-file pw --out triple.eml sealed.eml")
        .ok();
    lab.send(lab.sandbox.read("triple.eml"));
    let found = lab.verdict(
        "alice",
        "--identity t@example.com.p12 --identity-password-file pw",
    );
    assert_eq!(found.0, "ok", "{found:?}");
}
