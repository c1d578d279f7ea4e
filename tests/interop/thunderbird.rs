//! Thunderbird itself shows our messages as valid, and altered ones not.

use test_support::thunderbird_shows;

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
