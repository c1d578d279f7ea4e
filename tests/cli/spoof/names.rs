//! Names in certificates, and certificates that are not what they seem.

use serde_json::Value;

use super::authority::{TEXT, authority, clear};
use super::{assert_refused, assert_told, codes};

/// A message from `from` that `key` signed, with these certificates along.
fn signed(name: &str, from: &str, key: &'static str, certificates: &[&'static str]) -> Option<Value> {
    let authority = authority()?;
    let mut signature = authority.signature(TEXT.as_bytes());
    (signature.key, signature.certificates) = (key, certificates.to_vec());
    let cms = authority.build(&signature, TEXT.as_bytes());
    Some(authority.judge(name, clear(from, TEXT, &cms)))
}

#[test]
fn a_certificate_that_is_not_for_mail() {
    let Some(report) = signed("not-for-mail", "alice@example.org", "web", &["web"]) else {
        return;
    };
    assert_refused(&report, "wrong-purpose");
    assert_eq!(report["signers"][0]["answers"]["purpose"]["answer"], "bad");
}

#[test]
fn a_leaf_as_issuer() {
    let certificates = ["below-leaf", "mallory"];
    let Some(report) = signed("leaf-issuer", "alice@example.org", "mallory2", &certificates) else {
        return;
    };
    assert_refused(&report, "not-a-ca");
    assert_eq!(report["signers"][0]["answers"]["chain"]["answer"], "bad");
}

#[test]
fn control_and_terminal_escape_characters_in_names() {
    // [`authority::Authority::judge`] looks at every octet that is printed.
    let Some(report) = signed("terminal", "alice@example.org", "terminal", &["terminal"]) else {
        return;
    };
    assert_told(&report, "suspicious-characters");
    let subject = report["signers"][0]["subject"].as_str().unwrap();
    assert!(
        !subject.contains('\u{1b}') && !subject.contains('\n'),
        "{subject}"
    );
    // No line of the name becomes a line of the report.
    let Some(authority) = authority() else { return };
    let people = authority
        .sandbox
        .line("mail verify --trust root.pem terminal.eml")
        .ok()
        .text();
    assert_eq!(
        people.lines().filter(|line| line.starts_with("Verdict")).count(),
        1,
        "{people}"
    );
    for command in [
        "inspect terminal.pem",
        "mail inspect terminal.eml",
        "cert verify --trust root.pem terminal.pem",
    ] {
        let run = authority.sandbox.line(command);
        assert!(
            !run.text().contains('\u{1b}') && !run.text().contains('\u{202e}'),
            "{command}"
        );
        assert!(!run.stderr.contains('\u{1b}'), "{command}");
    }
}

#[test]
fn a_nul_in_an_address() {
    for from in [
        "alice@example.org",
        "alice@evil.example",
        "alice@example.org\0@evil.example",
    ] {
        let Some(report) = signed("nul", from, "nul", &["nul"]) else {
            return;
        };
        assert_ne!(report["verdict"], "valid", "{from:?}: {report:#}");
    }
}

#[test]
fn an_address_in_the_subject_only() {
    let Some(report) = signed("subject-only", "alice@example.org", "old", &["old"]) else {
        return;
    };
    assert_told(&report, "email-from-subject");
    let Some(report) = signed("subject-other", "mallory@example.org", "old", &["old"]) else {
        return;
    };
    assert_refused(&report, "from-mismatch");
}

#[test]
fn internationalised_addresses_in_both_forms() {
    for (key, local) in [("idn", "zoe"), ("utf8", "zo\u{e9}")] {
        for domain in [
            "b\u{fc}cher.example",
            "B\u{dc}CHER.example",
            "xn--bcher-kva.example",
            "XN--BCHER-KVA.example",
        ] {
            let from = format!("Zoe <{local}@{domain}>");
            let Some(report) = signed("international", &from, key, &[key]) else {
                return;
            };
            assert_eq!(report["verdict"], "valid", "{from}: {report:#}");
            assert_eq!(report["from_matches"], true, "{from}");
        }
        for other in [
            "zo\u{e8}@b\u{fc}cher.example",
            "zoe@bucher.example",
            "zo\u{c9}@b\u{fc}cher.example",
        ] {
            let Some(report) = signed("international-other", other, key, &[key]) else {
                return;
            };
            assert_refused(&report, "from-mismatch");
        }
    }
}

#[test]
fn the_same_key_under_another_name() {
    let Some(authority) = authority() else { return };
    // Alice signed; her certificate was exchanged for one that holds her key and Mallory's address.
    let mut signature = authority.signature(TEXT.as_bytes());
    signature
        .attributes
        .as_mut()
        .unwrap()
        .push(authority.signing_certificate("alice"));
    signature.certificates = vec!["same-key"];
    let cms = authority.build(&signature, TEXT.as_bytes());
    let report = authority.judge("same-key", clear("mallory@example.org", TEXT, &cms));
    assert_refused(&report, "signing-certificate-mismatch");
}

#[test]
fn the_signers_certificate_exchanged() {
    let Some(authority) = authority() else { return };
    let mut signature = authority.signature(TEXT.as_bytes());
    signature
        .attributes
        .as_mut()
        .unwrap()
        .push(authority.signing_certificate("alice"));
    // Another certificate for the same key and address.
    signature.certificates = vec!["same-name"];
    let cms = authority.build(&signature, TEXT.as_bytes());
    let report = authority.judge("exchanged", clear("alice@example.org", TEXT, &cms));
    assert_refused(&report, "signing-certificate-mismatch");
    // Another key under the same key identifier.
    signature.certificates = vec!["same-identifier"];
    let cms = authority.build(&signature, TEXT.as_bytes());
    let report = authority.judge("exchanged-key", clear("alice@example.org", TEXT, &cms));
    assert_refused(&report, "altered-signature");
    assert!(!codes(&report).is_empty());
}
