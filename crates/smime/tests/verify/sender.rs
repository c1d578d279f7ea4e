//! The From question.

use smime::report::{Code, Verdict};

use super::pki::{MAIL, have, sign_options, signed};
use super::{assert_refused, assert_valid, judge, judged, replaced, root, trusting};

const FROM: &str = "RSA Holder <rsa@example.org>";

fn from(value: &str) -> Vec<u8> {
    replaced(&signed("rsa", MAIL, &sign_options()), FROM, value)
}

#[test]
fn the_sender_must_be_the_signer() {
    if !have("openssl") {
        return;
    }
    let report = judged(&from("RSA Holder <mallory@example.org>"));
    assert_refused(&report, Verdict::Invalid, Code::FromMismatch);
    assert_eq!(report.from_matches, Some(false));
    assert_eq!(report.signers[0].status, Code::FromMismatch);
    let anchors = root();
    let mut options = trusting(&anchors);
    options.any_sender = true;
    let report = judge(&from("mallory@example.org"), &options);
    assert_valid(&report);
    assert_eq!(report.from_matches, None);
}

#[test]
fn case_differences_of_the_local_part_are_reported() {
    if !have("openssl") {
        return;
    }
    let report = judged(&from("RSA@EXAMPLE.org"));
    assert_valid(&report);
    assert_eq!(report.from_matches, Some(true));
    assert!(report.finding(Code::FromCaseDiffers).is_some());
    assert!(
        judged(&from("rsa@EXAMPLE.ORG"))
            .finding(Code::FromCaseDiffers)
            .is_none()
    );
}

#[test]
fn two_senders_are_none() {
    if !have("openssl") {
        return;
    }
    for value in [
        "rsa@example.org, mallory@example.org",
        "rsa@example.org\r\nFrom: mallory@example.org",
        "friends: rsa@example.org;",
        "rsa@example.org\r\nFROM : rsa@example.org",
    ] {
        let report = judged(&from(value));
        assert_refused(&report, Verdict::Invalid, Code::SeveralFrom);
        assert_eq!(report.from_matches, Some(false), "{value}");
    }
    let report = judged(&replaced(&from(FROM), &format!("From: {FROM}\r\n"), ""));
    assert_refused(&report, Verdict::Indeterminate, Code::NoFrom);
    assert_eq!(report.from_matches, None);
}

#[test]
fn tricks_with_names_are_reported() {
    if !have("openssl") {
        return;
    }
    for (value, code) in [
        ("\"ceo@bank.example\" <rsa@example.org>", Code::FromNameIsAddress),
        ("RSA \u{202e}moc <rsa@example.org>", Code::SuspiciousCharacters),
        (
            "rsa@example.org\r\nSender: mallory@example.org",
            Code::SenderDiffers,
        ),
        (
            "rsa@example.org\r\nReply-To: mallory@example.org",
            Code::ReplyToDiffers,
        ),
    ] {
        let report = judged(&from(value));
        assert_valid(&report);
        assert!(report.finding(code).is_some(), "{value}: {:#?}", report.findings);
        assert!(
            report
                .from
                .iter()
                .chain(report.findings.iter().map(|f| &f.message))
                .all(|t| !t.contains('\u{202e}'))
        );
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    if !have("openssl") {
        return;
    }
    for value in [
        "ceo@bank.example (<rsa@example.org>)",
        "ceo@bank.example(<rsa@example.org>)",
        "<rsa@example.org> ceo@bank.example",
        "<ceo@bank.example> <rsa@example.org>",
        "ceo@bank.example rsa@example.org",
        "<@bank.example:rsa@example.org>",
        "\"ceo@bank.example <rsa@example.org>",
        "rsa@example.org\0@bank.example",
        "rsa@example.org;",
        "=?utf-8?q?rsa=40example.org?=",
    ] {
        let report = judged(&from(value));
        assert_eq!(
            report.verdict,
            Verdict::Invalid,
            "{value}: {:#?}",
            report.findings
        );
        assert_eq!(report.from_matches, Some(false), "{value}");
    }
    for value in [
        "rsa@example.org (RSA Holder)",
        "\"Holder, RSA\" <rsa@example.org>",
        "RSA\r\n Holder\r\n <rsa@example.org>",
        "=?utf-8?q?RSA=2C_Holder?= <rsa@example.org>",
        "(x) RSA (y) Holder <rsa@example.org> (z)",
    ] {
        assert_valid(&judged(&from(value)));
    }
}
