//! Mails that are nobody's on the list, and lists that cannot be used.

use super::{Lab, student};

#[test]
fn strangers_programs_and_the_instructor() {
    let lab = Lab::of(&["alice"]);
    for person in ["eve", "t"] {
        crate::fixture::issue(&lab.sandbox, &format!("{person}@example.com"));
    }
    lab.send(lab.signed("eve", ""));
    lab.send(lab.signed("t", ""));
    lab.send("From: alice@example.com\nAuto-Submitted: auto-replied\nSubject: Away\n\nI am away.\n");
    lab.send("\u{1}\u{2} no mail at all");
    lab.send([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0]);
    lab.send("");
    lab.send(lab.signed("alice", "").repeat(1));
    let run = lab
        .run("--format json --identity t@example.com.p12 --identity-password-file pw --require signed")
        .exits(0);
    let json = run.json();
    let others = json["others"].as_array().unwrap();
    let fates: Vec<_> = others.iter().map(|mail| mail["fate"].as_str().unwrap()).collect();
    assert_eq!(
        fates,
        [
            "stranger",
            "own",
            "automatic",
            "unreadable",
            "unreadable",
            "unreadable"
        ]
    );
    assert!(
        others[4]["reasons"][0]["detail"]
            .as_str()
            .unwrap()
            .contains(".msg")
    );
    assert_eq!(student(&json, "alice")["status"], "ok");
    assert_eq!(
        (&json["summary"]["mails"], &json["summary"]["others"]),
        (&7.into(), &6.into())
    );
}

#[test]
fn the_subject_tells_what_is_a_submission() {
    let lab = Lab::of(&["alice"]);
    lab.send(lab.signed("alice", ""));
    assert_eq!(lab.verdict("alice", "--subject LAB").0, "ok");
    assert_eq!(lab.verdict("alice", "--subject TP2").0, "missing");
}

#[test]
fn a_list_that_cannot_be_used_is_refused_with_all_that_is_wrong() {
    let lab = Lab::of(&["alice"]);
    lab.send(lab.signed("alice", ""));
    lab.sandbox.write(
        "class.csv",
        "email,name\nalice@example.com,A\nALICE@example.com,B\nnobody,C\n",
    );
    let run = lab.run("").exits(1);
    run.says("row 3: ALICE@example.com stands in row 2 already")
        .says("row 4: \"nobody\"");
    lab.sandbox.write("class.csv", "who\nalice\n");
    lab.run("").exits(1).says("no column \"email\"");
    lab.sandbox
        .line("lab check --folder mails --roster none.csv")
        .exits(1)
        .says("none.csv");
}

#[test]
fn nothing_is_judged_without_a_root() {
    let lab = Lab::of(&["alice"]);
    lab.send(lab.signed("alice", ""));
    lab.run("--dir elsewhere")
        .exits(1)
        .says("no CA lives in that directory");
    std::fs::rename(lab.sandbox.path("ca-data"), lab.sandbox.path("ca")).unwrap();
    lab.run("")
        .exits(1)
        .says("no root is trusted")
        .says("--trust root.pem");
    lab.run("--dir ca").ok();
    std::fs::rename(lab.sandbox.path("ca"), lab.sandbox.path("ca-data")).unwrap();
    lab.sandbox
        .line("lab check --roster class.csv")
        .exits(2)
        .says("--maildir DIR, --mbox FILE or --folder DIR");
    lab.sandbox
        .line("lab check --roster class.csv --dir ca-data")
        .exits(2)
        .says("is the CA's directory");
    // As the contract has it: --dir alone is the folder of mails.
    lab.sandbox.line("lab check --roster class.csv --dir mails").ok();
}
