//! Thunderbird itself shows our messages as valid, and altered ones not.

use test_support::{Nss, Server, thunderbird_shows, thunderbird_shows_with, with_responder};

use crate::matrix::cells::Form;
use crate::matrix::ours::{WORD, messages};

#[test]
fn thunderbird_shows_our_messages_as_valid_and_altered_ones_not() {
    const GOOD: i64 = 0;
    const NONE: i64 = -1;
    const DIGEST_MISMATCH: i64 = 1034;
    let messages = messages();
    let people: Vec<_> = ["rsa-2048", "ec-p256"]
        .map(|key| messages.identities[key].clone())
        .to_vec();
    let mut mail = Vec::new();
    let mut expected = Vec::new();
    let mut add = |subject: String, message: Vec<u8>, signature: i64, encryption: i64| {
        mail.push(with_subject(&message, &subject, mail.len()));
        expected.push((subject, signature, encryption));
    };
    for person in &people {
        let key = person.kind;
        let clear = messages.ours[&(key, Form::Clear)].clone();
        let altered = String::from_utf8(clear.clone())
            .unwrap()
            .replace(WORD, "mattress");
        add(format!("{key} clear"), clear, GOOD, NONE);
        add(
            format!("{key} altered"),
            altered.into_bytes(),
            DIGEST_MISMATCH,
            NONE,
        );
        add(
            format!("{key} opaque"),
            messages.ours[&(key, Form::Opaque)].clone(),
            GOOD,
            NONE,
        );
        add(
            format!("{key} enveloped"),
            messages.ours[&(key, Form::Enveloped)].clone(),
            NONE,
            GOOD,
        );
        add(
            format!("{key} both"),
            messages.ours[&(key, Form::Both)].clone(),
            GOOD,
            GOOD,
        );
    }
    let Some(shown) = thunderbird_shows(&people, &mail) else {
        return;
    };
    let mut surprises = Vec::new();
    for (subject, signature, encryption) in expected {
        let one = shown.iter().find(|one| one.subject == subject);
        match one {
            Some(one) if (one.signature, one.encryption) == (signature, encryption) => {
                if signature != DIGEST_MISMATCH && !one.body.contains(WORD) {
                    surprises.push(format!("{subject}: another text: {one:?}"));
                }
            }
            _ => surprises.push(format!(
                "{subject}: expected ({signature}, {encryption}), shown {one:?}"
            )),
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn thunderbird_shows_revoked_signers_once_the_responder_says_so() {
    const GOOD: i64 = 0;
    const UNTRUSTED: i64 = 1029;
    const PASSWORD: &str = "correct horse 42";
    let policies = ca_core::policy::shipped();
    let (sandbox, port) = with_responder(env!("CARGO_BIN_EXE_cachet"), policies, "Heron", "");
    sandbox.line("trust export --for pem --out root.pem").ok();
    sandbox.write("pw", format!("{PASSWORD}\n"));
    sandbox.write("text", "The heron stands in the reeds.\n");
    let mut mail = Vec::new();
    for name in ["good", "gone", "held"] {
        sandbox
            .line(&format!(
                "issue --class 1 --email {name}@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw"
            ))
            .ok();
        let signed = sandbox
            .line(&format!(
                "mail sign --identity {name}@example.com.p12 --identity-password-file pw text"
            ))
            .ok();
        mail.push(with_subject(&signed.stdout, name, mail.len()));
    }
    let revoke = |name: &str, reason: &str| {
        let line = format!("cert revoke {name}@example.com --reason {reason} --yes");
        sandbox.line(&line).ok();
    };
    revoke("gone", "key-compromise");
    revoke("held", "certificate-hold");
    let judge = || -> Option<Vec<(String, i64)>> {
        let nss = Nss::new()?;
        nss.trust(&sandbox.path("root.pem"));
        let shown = thunderbird_shows_with(&nss, &mail)?;
        let mut shown: Vec<_> = shown
            .into_iter()
            .map(|one| (one.subject, one.signature))
            .collect();
        shown.sort();
        Some(shown)
    };
    let table = |[gone, good, held]: [i64; 3]| {
        let row = |name: &str, code| (name.to_owned(), code);
        Some(vec![row("gone", gone), row("good", good), row("held", held)])
    };

    let running = Server::ocsp(&sandbox, port);
    let shown = judge();
    if shown.is_none() {
        return;
    }
    assert_eq!(shown, table([UNTRUSTED, GOOD, UNTRUSTED]), "with the responder");
    drop(running);
    // Nobody answers: it lets pass what it cannot learn, which shows that the answers made the difference.
    assert_eq!(judge(), table([GOOD, GOOD, GOOD]), "without it");
}

/// A message under the header fields that Thunderbird lists it by.
fn with_subject(message: &[u8], subject: &str, number: usize) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).unwrap().replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut fields: Vec<String> = Vec::new();
    for line in head.lines() {
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => *last = format!("{last}\n{line}"),
            _ => fields.push(line.to_owned()),
        }
    }
    fields.retain(|field| {
        let name = field.split(':').next().unwrap_or_default().to_ascii_lowercase();
        !["subject", "message-id", "date"].contains(&name.as_str())
    });
    let fields = fields.join("\n");
    // Thunderbird compares it with the signing time.
    let date = format!("Date: {}", chrono::Utc::now().to_rfc2822());
    format!("Subject: {subject}\nMessage-ID: <{number}@example.com>\n{date}\n{fields}\n\n{body}").into_bytes()
}
