//! Whose mail it is: the certificate says it, and From is compared.

use super::{Lab, student};

#[test]
fn signed_with_a_certificate_for_another_address() {
    let lab = Lab::of(&["alice", "bob"]);
    crate::fixture::issue(&lab.sandbox, "private@example.net");
    // Alice's own, but for another address; made as a program would that does not look.
    let sign = "mail sign --identity private@example.net.p12 --identity-password-file pw --out x.eml text";
    lab.sandbox.line(sign).ok();
    let text = String::from_utf8(lab.sandbox.read("x.eml")).unwrap();
    lab.send(text.replace("From: private@example.net", "From: Alice <alice@example.com>"));
    // Bob forwards what Alice has signed.
    let text = String::from_utf8(lab.signed("alice", "")).unwrap();
    lab.send(text.replace("From: alice@example.com", "From: Bob <bob@example.com>"));
    let json = lab.check("");
    for (person, words) in [
        (
            "alice",
            "it is for private@example.net, and you wrote from alice@example.com",
        ),
        (
            "bob",
            "it is for alice@example.com, and you wrote from bob@example.com",
        ),
    ] {
        let reason = &student(&json, person)["reasons"][0];
        assert_eq!(reason["code"], "other-address", "{reason:#}");
        assert!(reason["message"].as_str().unwrap().contains(words), "{reason:#}");
    }
}

#[test]
fn from_another_address_than_the_certificate() {
    let lab = Lab::of(&["alice"]);
    let text = String::from_utf8(lab.signed("alice", "")).unwrap();
    lab.send(text.replace("From: alice@example.com", "From: alice@gmail.example"));
    let json = lab.check("");
    let alice = student(&json, "alice");
    assert_eq!(alice["status"], "failed");
    assert_eq!(alice["reasons"][0]["code"], "other-sender");
    assert!(
        alice["reasons"][0]["message"]
            .as_str()
            .unwrap()
            .contains("alice@gmail.example")
    );
    // Nor can it be told who sent a mail with two senders.
    let text = String::from_utf8(lab.signed("alice", "")).unwrap();
    std::fs::remove_dir_all(lab.sandbox.path("mails")).unwrap();
    lab.send(text.replace(
        "From: alice@example.com",
        "From: alice@example.com\r\nFrom: eve@example.com",
    ));
    let json = lab.check("");
    assert_eq!(student(&json, "alice")["reasons"][0]["code"], "unclear-sender");
}

#[test]
fn a_list_that_puts_its_own_address_is_blamed() {
    let lab = Lab::of(&["alice", "bob"]);
    let munged = |person: &str| {
        let text = String::from_utf8(lab.signed(person, "")).unwrap();
        let from = format!("From: {person}@example.com");
        assert!(text.contains(&from));
        format!(
            "List-Id: <l>\r\n{}",
            text.replace(&from, "From: Somebody via class <class@lists.example>")
        )
    };
    lab.send(munged("alice"));
    lab.send(munged("bob").replace("my work", "my work [class]"));
    let json = lab.check("");
    for (person, code) in [("alice", "other-sender"), ("bob", "altered")] {
        let reason = &student(&json, person)["reasons"][0];
        assert_eq!(reason["code"], code, "{person}");
        assert!(
            reason["message"].as_str().unwrap().contains("mailing list"),
            "{reason:#}"
        );
    }
}

#[test]
fn one_certificate_of_two_senders_is_noticed() {
    let lab = Lab::of(&["alice", "bob"]);
    lab.send(lab.signed("alice", ""));
    let text = String::from_utf8(lab.signed("alice", "")).unwrap();
    lab.send(text.replace("From: alice@example.com", "From: bob@example.com"));
    let run = lab.run("--format json").exits(4);
    run.clone().says("warning: one certificate, or one key, has signed for several senders: alice@example.com, bob@example.com");
    let json = run.json();
    let senders = &json["shared_certificates"][0]["senders"];
    assert_eq!(
        senders,
        &serde_json::json!(["alice@example.com", "bob@example.com"])
    );
    assert_eq!(student(&json, "alice")["status"], "ok");
    for person in ["alice", "bob"] {
        let remarks = student(&json, person)["remarks"].as_array().unwrap();
        assert!(
            remarks
                .iter()
                .any(|remark| remark["code"] == "shared-certificate"),
            "{person}"
        );
    }
    assert_eq!(student(&json, "bob")["reasons"][0]["code"], "other-address");
}

#[test]
fn one_certificate_of_one_person_with_two_addresses_is_not() {
    let lab = Lab::of(&["alice"]);
    lab.sandbox
        .line("issue --class 1 --email zoe@example.com --email zoe@example.net --key ec-p256 --evidence mailbox=x --p12-password-file pw")
        .ok();
    lab.sandbox.write("class.csv", "email\nzoe@example.com\n");
    let first = String::from_utf8(lab.signed("zoe", "")).unwrap();
    lab.send(&first);
    lab.send(
        first
            .replace("From: zoe@example.com", "From: zoe@example.net")
            .replace("Message-ID: <", "Message-ID: <x"),
    );
    let json = lab.run("--format json").exits(0).json();
    assert_eq!(json["shared_certificates"].as_array().map(Vec::len), Some(0));
    assert_eq!(student(&json, "zoe")["mails"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_only_claims_to_be_a_students_displaces_nothing() {
    let lab = Lab::of(&["alice"]);
    lab.send(lab.signed("alice", ""));
    // Anybody can write this, and make a certificate that says it.
    let other = Lab::of(&["alice"]);
    lab.send(other.signed("alice", ""));
    lab.send("From: alice@example.com\nSubject: Lab\n\nI take it all back.\n");
    for rule in ["first", "last", "best"] {
        let json = lab.check(&format!("--resubmission {rule}"));
        let alice = student(&json, "alice");
        assert_eq!(alice["status"], "ok", "{rule}");
        let fates: Vec<_> = alice["mails"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mail| &mail["fate"])
            .collect();
        assert_eq!(fates, ["counted", "unproved", "conversation"], "{rule}");
    }
}
