//! What `mail verify|open|inspect` make of input that is no signed message, and of signatures that stand alone.

use test_support::openssl;

use crate::fixture::{empty, issue, with_ca};

#[test]
fn garbage_is_no_message() {
    let sandbox = empty();
    for (name, content) in [
        ("words", &b"hello\n"[..]),
        ("letter", b"Dear Bob:\n\nhello\n"),
        ("binary", &[0, 1, 0xFF, 0x30, 0x80, 7]),
        ("picture", b"\x89PNG\r\n\x1a\n"),
        ("blank", b"\n\n"),
        ("empty", b""),
    ] {
        sandbox.write(name, content);
        for verb in ["verify", "open", "inspect"] {
            let run = sandbox
                .line(&format!("--format json mail {verb} {name}"))
                .exits(1);
            let error = &run.json()["error"];
            assert_eq!(error["kind"], "bad-input", "{verb} {name}: {error:#}");
            assert!(error["message"].as_str().unwrap().starts_with(name));
            assert!(!error["hints"].as_array().unwrap().is_empty());
        }
    }
    // A message is one, however short; nothing is signed in it.
    sandbox.write("mail", "Subject: x\n\nhello\n");
    let run = sandbox.line("--format json mail open mail").ok();
    assert_eq!(run.json()["verdict"], "unsigned");
    let run = sandbox.line("--format json mail verify mail").exits(4);
    assert_eq!(run.json()["verdict"], "unsigned");
    sandbox.line("mail inspect mail").ok();
}

/// A ContentInfo of that type with no more than an empty SEQUENCE inside.
fn content_info(oid: &[u8]) -> Vec<u8> {
    let mut inner = vec![6, oid.len() as u8];
    inner.extend_from_slice(oid);
    inner.extend_from_slice(&[0xA0, 2, 0x30, 0]);
    let mut out = vec![0x30, inner.len() as u8];
    out.extend_from_slice(&inner);
    out
}

#[test]
fn other_kinds_of_cms_are_named() {
    let sandbox = empty();
    const PKCS7: [u8; 8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 7];
    const SMIME_CT: [u8; 10] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 9, 16, 1];
    for (oid, name, hint) in [
        (
            [&SMIME_CT[..], &[2]].concat(),
            "authenticated-data",
            "mail inspect",
        ),
        ([&SMIME_CT[..], &[9]].concat(), "compressed-data", "mail open"),
    ] {
        sandbox.write("m.der", content_info(&oid));
        let run = sandbox.line("--format json mail verify m.der").exits(1);
        let error = &run.json()["error"];
        assert_eq!(error["kind"], "unsupported");
        assert!(error["message"].as_str().unwrap().contains(name), "{error:#}");
        assert!(error["hints"][0].as_str().unwrap().contains(hint), "{error:#}");
    }
    for encrypted in [3, 6] {
        sandbox.write("m.der", content_info(&[&PKCS7[..], &[encrypted]].concat()));
        let run = sandbox.line("--format json mail verify m.der").exits(4);
        assert_eq!(run.json()["encrypted"], true);
    }
    // A digest without a message is no message.
    sandbox.write("m.der", content_info(&[&PKCS7[..], &[5]].concat()));
    let run = sandbox.line("--format json mail verify m.der").exits(1);
    assert_eq!(run.json()["error"]["kind"], "bad-input");
}

#[test]
fn a_detached_signature_over_a_file() {
    let Some(openssl) = openssl() else { return };
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    let openssl = |line: &str| {
        let arguments: Vec<_> = line.split_whitespace().collect();
        openssl.run(sandbox.folder(), &arguments).ok();
    };
    openssl("pkcs12 -in alice@example.com.p12 -passin file:pw -nodes -out alice.pem");
    sandbox.write("report.bin", [0, 10, 13, 10, 255]);
    openssl(
        "cms -sign -signer alice.pem -inkey alice.pem -certfile alice@example.com.chain.pem -binary \
         -in report.bin -outform DER -out report.p7s",
    );
    let run = sandbox
        .line("--format json mail verify --trust root.pem --detached report.p7s report.bin --content out")
        .ok();
    let json = run.json();
    assert_eq!(json["verdict"], "valid", "{json:#}");
    assert_eq!(json["signers"][0]["emails"][0], "alice@example.com");
    assert_eq!(json["from_matches"], serde_json::Value::Null);
    assert_eq!(sandbox.read("out"), [0, 10, 13, 10, 255]);
    sandbox.write("other.bin", "other");
    let run = sandbox
        .line("--format json mail verify --trust root.pem --detached report.p7s other.bin")
        .exits(4);
    assert_eq!(run.json()["signers"][0]["status"], "altered-content");
    // Without the file it is said what is missing.
    let run = sandbox
        .line("--format json mail verify --trust root.pem report.p7s")
        .exits(4);
    let json = run.json();
    assert_eq!(json["verdict"], "indeterminate", "{json:#}");
    assert!(json["findings"].to_string().contains("content-absent"));
    sandbox
        .line("mail verify --detached report.bin report.bin")
        .exits(1)
        .says("report.bin");
    sandbox.line("mail verify --detached -").exits(2);
}
