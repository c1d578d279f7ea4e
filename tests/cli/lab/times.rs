//! When it came, which of several counts, and copies.

use super::{Lab, received, student};

const DUE: &str = "--due 2026-09-02T18:00:00+02:00";

/// A mail signed, and dated, at a moment; another one each time.
fn at(lab: &Lab, moment: &str) -> Vec<u8> {
    lab.signed("alice", &format!("--now {moment}"))
}

fn lab() -> Lab {
    // The CA, and who it certified, from before all of this.
    let sandbox = crate::fixture::empty().with("CACHET_NOW", "2026-09-01T08:00:00Z");
    sandbox.line("init --name Lab --unattended --key ec-p256").ok();
    sandbox.write("pw", "secret\n");
    sandbox.write("text", "Here is my work.\n");
    sandbox.write("class.csv", "email\nalice@example.com\n");
    crate::fixture::issue(&sandbox, "alice@example.com");
    Lab {
        sandbox,
        count: std::cell::Cell::new(0),
    }
}

#[test]
fn the_last_server_says_when_it_came() {
    let lab = lab();
    let mail = at(&lab, "2026-09-02T15:00:00Z");
    // The sender's clock says in time, the server's does not.
    let late = received(&mail, "Wed, 2 Sep 2026 18:30:00 +0200 (CEST)");
    lab.send(&late);
    let check = |flags: &str| lab.check(&format!("--now 2026-09-03T08:00:00Z {flags}"));
    let json = check(DUE);
    let alice = student(&json, "alice");
    assert_eq!(
        (&alice["status"], &alice["late"]),
        (&"late".into(), &true.into()),
        "{alice:#}"
    );
    assert_eq!(
        (&alice["received"], &alice["clock"]),
        (&"2026-09-02T16:30:00Z".into(), &"received".into())
    );
    assert_eq!(alice["remarks"][0]["code"], "clocks-differ");
    assert_eq!(alice["mails"][0]["times"]["date"], "2026-09-02T15:00:00Z");
    assert_eq!(student(&check(""), "alice")["status"], "ok");
    // A server further away wrote below: it may be the sender's own invention.
    lab.send(received(&late, "Wed, 2 Sep 2026 18:40:00 +0200"));
    let json = check(&format!("{DUE} --resubmission last"));
    assert_eq!(student(&json, "alice")["status"], "late");

    // Without a server the sender's clock is all there is, and that is said.
    let lab = Lab {
        count: std::cell::Cell::new(0),
        ..lab
    };
    lab.send(&mail);
    std::fs::remove_file(lab.sandbox.path("mails/001.eml")).unwrap();
    let json = lab.check(&format!("--now 2026-09-03T08:00:00Z {DUE}"));
    let alice = student(&json, "alice");
    assert_eq!(
        (&alice["status"], &alice["clock"]),
        (&"ok".into(), &"date".into())
    );
    assert_eq!(alice["remarks"][0]["code"], "senders-clock");
}

#[test]
fn which_of_several_counts() {
    let lab = lab();
    let early = at(&lab, "2026-09-02T08:00:00Z");
    // The better one is not the last, nor the first.
    let text = String::from_utf8(at(&lab, "2026-09-02T07:00:00Z")).unwrap();
    lab.send(received(
        text.replace("my work", "your work").as_bytes(),
        "Wed, 2 Sep 2026 07:00:00 +0000",
    ));
    lab.send(received(&early, "Wed, 2 Sep 2026 08:00:00 +0000"));
    lab.send(received(
        &at(&lab, "2026-09-03T09:00:00Z"),
        "Thu, 3 Sep 2026 09:00:00 +0000",
    ));
    let status = |rule: &str| {
        let flags = format!("--now 2026-09-04T08:00:00Z {DUE} --resubmission {rule}");
        let json = lab.check(&flags);
        let alice = student(&json, "alice").clone();
        let fates: Vec<String> = alice["mails"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mail| mail["fate"].as_str().unwrap().to_owned())
            .collect();
        (alice["status"].as_str().unwrap().to_owned(), fates.join(" "))
    };
    // (What was altered is not proved to be hers.)
    assert_eq!(
        status("first"),
        ("ok".into(), "unproved counted superseded".into())
    );
    assert_eq!(
        status("last"),
        ("late".into(), "unproved superseded counted".into())
    );
    assert_eq!(
        status("best"),
        ("ok".into(), "unproved counted superseded".into())
    );
}

#[test]
fn copies_are_one_submission() {
    let lab = lab();
    let mail = at(&lab, "2026-09-02T08:00:00Z");
    // By a list, directly, and replayed after the day.
    let text = String::from_utf8(mail.clone()).unwrap();
    let by_list = format!("List-Id: <l>\r\n{}", text.replace("my work", "my work [list]"));
    lab.send(received(by_list.as_bytes(), "Wed, 2 Sep 2026 07:59:00 +0000"));
    lab.send(received(&mail, "Wed, 2 Sep 2026 08:00:00 +0000"));
    let replayed = text.replace("Message-ID: <", "Message-ID: <replayed");
    lab.send(received(replayed.as_bytes(), "Thu, 3 Sep 2026 08:00:00 +0000"));
    for rule in ["first", "last", "best"] {
        let json = lab.check(&format!("--now 2026-09-04T08:00:00Z {DUE} --resubmission {rule}"));
        let alice = student(&json, "alice");
        assert_eq!(alice["status"], "ok", "{rule}: {alice:#}");
        let fates: Vec<_> = alice["mails"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mail| &mail["fate"])
            .collect();
        assert_eq!(fates, ["duplicate", "counted", "duplicate"], "{rule}");
    }
}

#[test]
fn a_certificate_that_has_ended_since_counts_as_of_the_arrival() {
    let lab = lab();
    let mail = at(&lab, "2026-09-02T08:00:00Z");
    lab.send(received(&mail, "Wed, 2 Sep 2026 08:00:01 +0000"));
    let json = lab.check("--now 2029-12-01T08:00:00Z");
    let alice = student(&json, "alice");
    assert_eq!(
        (&alice["status"], &alice["remarks"][0]["code"]),
        (&"ok".into(), &"expired-since".into()),
        "{alice:#}"
    );
    // Not on the sender's word.
    lab.sandbox.write("mails/000.eml", &mail);
    assert_eq!(
        lab.verdict("alice", "--now 2029-12-01T08:00:00Z"),
        ("failed".into(), "expired".into())
    );
}
