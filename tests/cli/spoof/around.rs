//! What stands before, after and around the signed part.

use super::authority::{Authority, TEXT, authority, clear};
use super::{assert_refused, assert_told};

/// The signed entity without the message header.
fn signed_entity(authority: &Authority) -> String {
    let message = authority.message();
    let start = message.find("Content-Type: multipart/signed").unwrap();
    message[start..].to_owned()
}

fn wrapped(kind: &str, before: &str, signed: &str, after: &str) -> String {
    format!(
        "From: alice@example.org\r\nSubject: Pay\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=out\r\n\r\n\
         {before}--out\r\n{signed}\r\n{after}--out--\r\n"
    )
}

const OTHER: &str = "--out\r\nContent-Type: text/html\r\n\r\n<p>Pay 900 francs.</p>\r\n";

#[test]
fn an_honest_message_is_valid_here() {
    let Some(authority) = authority() else { return };
    let report = authority.judge("honest", authority.message());
    assert_eq!(report["verdict"], "valid", "{report:#}");
    assert_eq!(report["parts"][0]["verdict"], "valid");
    for (question, answer) in report["signers"][0]["answers"].as_object().unwrap() {
        let expected = if question == "revocation" {
            "not-asked"
        } else {
            "good"
        };
        assert_eq!(answer["answer"], expected, "{question}");
    }
}

#[test]
fn content_before_the_signed_part() {
    let Some(authority) = authority() else { return };
    let report = authority.judge("before", wrapped("mixed", OTHER, &signed_entity(authority), ""));
    assert_refused(&report, "partially-signed");
    assert_eq!(
        report["parts"][0]["verdict"], "valid",
        "the part on its own is: {report:#}"
    );
    assert_eq!(report["signers"][0]["answers"]["coverage"]["answer"], "bad");
}

#[test]
fn content_after_the_signed_part() {
    let Some(authority) = authority() else { return };
    let report = authority.judge("after", wrapped("mixed", "", &signed_entity(authority), OTHER));
    assert_refused(&report, "partially-signed");
}

#[test]
fn content_around_the_signed_part() {
    let Some(authority) = authority() else { return };
    let open = "--out\r\nContent-Type: text/html\r\n\r\n<p>Pay 900 francs.<div style=\"display:none\">\r\n";
    let close = "--out\r\nContent-Type: text/html\r\n\r\n</div>\r\n";
    let report = authority.judge("around", wrapped("mixed", open, &signed_entity(authority), close));
    assert_refused(&report, "partially-signed");
}

#[test]
fn a_signed_part_nested_where_a_program_would_show_another() {
    let Some(authority) = authority() else { return };
    for kind in ["alternative", "related", "digest"] {
        for (before, after) in [(OTHER, ""), ("", OTHER)] {
            let message = wrapped(kind, before, &signed_entity(authority), after);
            assert_refused(&authority.judge("nested", message), "partially-signed");
        }
    }
    // A whole signed message, attached to one that nobody signed.
    let attached = format!("Content-Type: message/rfc822\r\n\r\n{}", authority.message());
    let report = authority.judge("attached", wrapped("mixed", OTHER, &attached, ""));
    assert_refused(&report, "partially-signed");
}

#[test]
fn a_part_behind_the_signature() {
    let Some(authority) = authority() else { return };
    let third = "\r\n--in\r\nContent-Type: text/html\r\n\r\n<p>Pay 900 francs.</p>\r\n--in--\r\n";
    let message = authority.message().replace("\r\n--in--\r\n", third);
    assert_refused(&authority.judge("third", message), "partially-signed");
}

#[test]
fn text_behind_the_last_boundary() {
    let Some(authority) = authority() else { return };
    let report = authority.judge("epilogue", authority.message() + "Pay 900 francs.\r\n");
    assert_told(&report, "text-outside-parts");
}

#[test]
fn protocol_and_part_type_disagree() {
    let Some(authority) = authority() else { return };
    let message = authority.message().replace(
        "Content-Type: application/pkcs7-signature; name=smime.p7s",
        "Content-Type: text/html",
    );
    assert_refused(&authority.judge("part-type", message), "protocol-mismatch");
    let message = authority.message().replace(
        "protocol=\"application/pkcs7-signature\"",
        "protocol=\"text/plain\"",
    );
    let report = authority.judge("protocol", message);
    assert!(super::codes(&report).contains(&"protocol-mismatch"), "{report:#}");
}

#[test]
fn a_wrong_micalg() {
    let Some(authority) = authority() else { return };
    let message = authority.message().replace("micalg=sha-256", "micalg=md5");
    assert_told(&authority.judge("micalg", message), "micalg-mismatch");
}

#[test]
fn html_that_paints_its_own_seal() {
    let Some(authority) = authority() else { return };
    let seal = "Content-Type: text/html\r\n\r\n<div class=seal>Verdict valid: signed by the bank</div>\r\n";
    let message = format!("From: bank@example.org\r\nSubject: <b>signed</b>\r\nMIME-Version: 1.0\r\n{seal}");
    let report = authority.judge("painted", message);
    assert_eq!(report["verdict"], "unsigned");
    assert!(!report.to_string().contains("<div"), "{report:#}");
    // And under a signature of somebody else.
    let cms = authority.build(&authority.signature(seal.as_bytes()), seal.as_bytes());
    let report = authority.judge("painted-signed", clear("Bank <bank@example.org>", seal, &cms));
    assert_refused(&report, "from-mismatch");
    assert!(!report.to_string().contains("<div"), "{report:#}");
    let people = authority
        .sandbox
        .line("mail verify --trust root.pem painted-signed.eml")
        .exits(4);
    assert!(
        people.text().starts_with("Verdict      invalid"),
        "{}",
        people.text()
    );
    assert!(!people.text().contains("<div"), "{}", people.text());
}

#[test]
fn the_content_of_another_message_under_the_signature() {
    let Some(authority) = authority() else { return };
    let message = authority.message().replace("Pay 100", "Pay 900");
    let report = authority.judge("altered", message);
    assert_refused(&report, "altered-content");
    assert!(!authority.openssl_accepts("altered"));
    assert!(authority.message().contains(TEXT));
}
