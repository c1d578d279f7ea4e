//! Tricks with From, and what of them is told.

use serde_json::Value;

use super::authority::{TEXT, authority, clear};
use super::{assert_refused, assert_told};

/// A sound message of Alice's with another From field (and whatever follows it).
fn from(name: &str, value: &str) -> Option<Value> {
    let authority = authority()?;
    let cms = authority.build(&authority.signature(TEXT.as_bytes()), TEXT.as_bytes());
    Some(authority.judge(name, clear(value, TEXT, &cms)))
}

/// Each of these is refused for the reason named.
#[track_caller]
fn refused(name: &str, values: &[&str], code: &str) {
    for value in values {
        let Some(report) = from(name, value) else { return };
        assert_refused(&report, code);
        assert_eq!(report["from_matches"], false, "{value}: {report:#}");
        assert_eq!(
            report["signers"][0]["answers"]["sender"]["answer"], "bad",
            "{value}"
        );
    }
}

/// Each of these is valid, with this finding.
#[track_caller]
fn told(name: &str, values: &[&str], code: &str) {
    for value in values {
        let Some(report) = from(name, value) else { return };
        assert_told(&report, code);
    }
}

#[test]
fn another_sender() {
    refused(
        "other",
        &[
            "mallory@example.org",
            "Alice <alice@example.net>",
            "alice <alice@example.org.evil.example>",
        ],
        "from-mismatch",
    );
    let Some(authority) = authority() else { return };
    // OpenSSL does not ask who sent it.
    assert!(authority.openssl_accepts("other"));
}

#[test]
fn two_from_headers() {
    refused(
        "two-from",
        &[
            "alice@example.org\r\nFrom: ceo@example.org",
            "ceo@example.org\r\nFrom: alice@example.org",
            "alice@example.org\r\nfrom : ceo@example.org",
        ],
        "several-from",
    );
    let Some(authority) = authority() else { return };
    assert!(authority.openssl_accepts("two-from"));
}

#[test]
fn two_mailboxes_in_from() {
    refused(
        "two-mailboxes",
        &[
            "ceo@example.org, alice@example.org",
            "alice@example.org,\r\n ceo@example.org",
        ],
        "several-from",
    );
}

#[test]
fn a_display_name_that_is_an_address() {
    told(
        "display-name",
        &[
            "\"ceo@example.org\" <alice@example.org>",
            "ceo@bank.example <alice@example.org>",
            "\"ceo@example.org via list\" <alice@example.org>",
            "=?utf-8?q?ceo=40example=2Eorg?= <alice@example.org>",
            "=?utf-8?b?Y2VvQGV4YW1wbGUub3Jn?= <alice@example.org>",
            "=?utf-8?q?ceo=40exam?=\r\n =?utf-8?q?ple=2Eorg?= <alice@example.org>",
        ],
        "from-name-is-address",
    );
}

#[test]
fn a_group_in_from() {
    refused(
        "group",
        &["friends: alice@example.org;", "undisclosed:;"],
        "several-from",
    );
}

#[test]
fn a_group_named_like_an_address() {
    refused(
        "group-name",
        &["alice@example.org: ceo@example.org;"],
        "malformed-from",
    );
}

#[test]
fn comments_in_from() {
    for value in [
        "ceo@example.org (<alice@example.org>)",
        "ceo@example.org(alice@example.org)",
        "(alice@example.org) ceo@example.org",
        "(((alice@example.org) ceo@example.org",
    ] {
        let Some(report) = from("comments", value) else {
            return;
        };
        assert_ne!(report["verdict"], "valid", "{value}: {report:#}");
        assert_eq!(report["from_matches"], false, "{value}");
    }
}

#[test]
fn folded_from() {
    refused(
        "folded",
        &[
            "ceo@example.org\r\n <alice@example.org>x",
            "<ceo@example.org>\r\n\t<alice@example.org>",
        ],
        "malformed-from",
    );
    // Folding alone is honest.
    let Some(report) = from("folded-honest", "Alice\r\n <alice@example.org>") else {
        return;
    };
    assert_eq!(report["verdict"], "valid", "{report:#}");
}

#[test]
fn encoded_words_in_from() {
    refused(
        "encoded",
        &[
            "=?utf-8?q?alice=40example=2Eorg?=",
            "=?utf-8?q?=3Calice=40example=2Eorg=3E?= ceo@example.org",
        ],
        "malformed-from",
    );
    // The encoded word closes the address before a program that decodes first gets to the real one.
    told(
        "encoded-name",
        &["=?utf-8?q?=22ceo=40example=2Eorg=22_=3Cceo=40example=2Eorg=3E=00?= <alice@example.org>"],
        "from-name-is-address",
    );
}

#[test]
fn look_alike_characters_in_from() {
    // Cyrillic letters that look like Latin ones, in the local part and in the domain.
    refused(
        "look-alike",
        &["\u{430}lice@example.org", "alice@ex\u{430}mple.org"],
        "from-mismatch",
    );
    // In the name they are told.
    told(
        "look-alike-name",
        &[
            "\u{410}lice <alice@example.org>",
            "=?utf-8?q?=D0=90lice?= <alice@example.org>",
        ],
        "suspicious-characters",
    );
    // Names of one alphabet are names.
    let Some(report) = from(
        "one-alphabet",
        "\u{410}\u{43b}\u{438}\u{441}\u{430} \"B.\" <alice@example.org>",
    ) else {
        return;
    };
    assert!(
        !super::codes(&report).contains(&"suspicious-characters"),
        "{report:#}"
    );
}

#[test]
fn a_look_alike_domain_that_was_certified() {
    let Some(authority) = authority() else { return };
    let mut signature = authority.signature(TEXT.as_bytes());
    (signature.key, signature.certificates) = ("cyrillic", vec!["cyrillic"]);
    let cms = authority.build(&signature, TEXT.as_bytes());
    // "example" with a Cyrillic letter, in both forms: the signer does own that domain, and the reader is told.
    let report = authority.judge("look-alike-domain", clear("alice@\u{435}xample.org", TEXT, &cms));
    assert_told(&report, "suspicious-characters");
    let report = authority.judge(
        "look-alike-a-label",
        clear("alice@xn--xample-2of.org", TEXT, &cms),
    );
    assert_told(&report, "suspicious-characters");
    let report = authority.judge("look-alike-ascii", clear("alice@example.org", TEXT, &cms));
    assert_refused(&report, "from-mismatch");
}

#[test]
fn bidirectional_characters_in_from() {
    told(
        "bidi",
        &[
            "\u{202e}ecila <alice@example.org>",
            "=?utf-8?q?=E2=80=AEecila?= <alice@example.org>",
        ],
        "suspicious-characters",
    );
}

#[test]
fn terminal_escapes_in_the_header() {
    let Some(authority) = authority() else { return };
    let value = "\"\u{1b}[2JVerdict      valid\u{7}\" <ceo@example.org>\u{1b}]0;x";
    let Some(report) = from("escapes", value) else {
        return;
    };
    assert_ne!(report["verdict"], "valid");
    // In error messages too.
    let bad = "Content-Type: application/pkcs7-mime; name=\"\u{1b}[31m\"\r\n\r\n\u{1b}[2J\r\n";
    let _ = authority.judge("escapes-error", bad);
}

#[test]
fn case_differences_are_told() {
    told(
        "case",
        &["Alice@example.org", "ALICE@EXAMPLE.ORG"],
        "from-case-differs",
    );
    let Some(report) = from("case-domain", "alice@EXAMPLE.Org") else {
        return;
    };
    assert!(
        !super::codes(&report).contains(&"from-case-differs"),
        "{report:#}"
    );
    assert_eq!(report["verdict"], "valid");
}

#[test]
fn sender_and_reply_to_that_differ() {
    told(
        "sender",
        &["alice@example.org\r\nSender: ceo@example.org"],
        "sender-differs",
    );
    told(
        "reply-to",
        &["alice@example.org\r\nReply-To: ceo@example.org"],
        "reply-to-differs",
    );
    let Some(report) = from(
        "sender-same",
        "alice@example.org\r\nSender: Alice <alice@EXAMPLE.org>",
    ) else {
        return;
    };
    assert!(!super::codes(&report).contains(&"sender-differs"), "{report:#}");
}
