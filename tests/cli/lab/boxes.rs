//! Where mails lie: mbox dialects, Maildirs, folders.

use super::Lab;

/// A mail whose text begins lines with "From ", not encoded, as an old program would have it.
fn with_from_lines(lab: &Lab) -> String {
    let entity = "Content-Type: text/plain\r\n\r\nDear all,\r\n\r\nFrom here on it is signed.\r\n>>From there too.\r\n";
    lab.sandbox.write("entity", entity);
    let line = [
        "cms",
        "-sign",
        "-in",
        "entity",
        "-signer",
        "signer.pem",
        "-certfile",
        "alice@example.com.chain.pem",
        "-out",
        "from.eml",
    ];
    let mut command = std::process::Command::new("openssl");
    command.current_dir(lab.sandbox.folder());
    let mut extract = std::process::Command::new("openssl");
    extract.current_dir(lab.sandbox.folder()).args([
        "pkcs12",
        "-in",
        "alice@example.com.p12",
        "-passin",
        "file:pw",
        "-nodes",
        "-clcerts",
        "-out",
        "signer.pem",
    ]);
    test_support::run(&mut extract, b"").ok();
    test_support::run(command.args(line), b"").ok();
    let signed = String::from_utf8(lab.sandbox.read("from.eml")).unwrap();
    let signed = signed.replace("\r\n", "\n").replace('\n', "\r\n");
    format!("From: alice@example.com\r\nSubject: Lab\r\nDate: Wed, 02 Sep 2026 08:00:00 +0000\r\n{signed}")
}

fn quoted(mail: &str, all: bool) -> String {
    let quote = |line: &str| {
        let bare = line.trim_start_matches('>');
        let wanted = bare.starts_with("From ") && (all || bare.len() == line.len());
        format!("{}{line}", if wanted { ">" } else { "" })
    };
    mail.split_inclusive('\n').map(quote).collect()
}

#[test]
fn an_mbox_is_read_in_every_dialect() {
    if test_support::openssl().is_none() {
        return;
    }
    let lab = Lab::of(&["alice"]);
    let mail = with_from_lines(&lab);
    assert!(mail.contains("\nFrom here on"), "{mail}");
    for (dialect, text) in [
        ("mboxrd", quoted(&mail, true)),
        ("mboxo", quoted(&mail, false)),
        ("none", mail.clone()),
    ] {
        for end in ["\n", "\r\n"] {
            let between = "From - Wed Sep 02 08:00:00 2026\r\nX-Mozilla-Status: 0001\r\nX-Mozilla-Status2: 00000000\r\n";
            let other = "From: x@example.net\r\nSubject: Hello\r\n\r\nHello\r\n";
            let file = format!("{between}{text}\r\n{between}{other}\r\n").replace("\r\n", end);
            lab.sandbox.write("Inbox", file);
            let run = lab
                .sandbox
                .line("--format json lab check --mbox Inbox --roster class.csv");
            let json = run.json();
            assert_eq!(json["students"][0]["status"], "ok", "{dialect} {end:?}: {json:#}");
            assert_eq!(json["summary"]["mails"], 2, "{dialect} {end:?}");
        }
    }
}

#[test]
fn maildirs_and_folders_and_several_at_once() {
    let lab = Lab::of(&["alice", "bob", "carol"]);
    lab.sandbox
        .write("Maildir/cur/1.host:2,S", lab.signed("alice", ""));
    lab.sandbox.write("Maildir/new/2.host", lab.signed("bob", ""));
    lab.sandbox
        .write("Maildir/cur/3.host:2,T", "From: eve@example.com\n\ndeleted\n");
    lab.sandbox
        .write("export/Carol_123/mail.eml", lab.signed("carol", ""));
    let run = lab
        .sandbox
        .line("lab check --maildir Maildir --folder export --roster class.csv")
        .ok();
    run.says("3 ok").says("or they are drafts: 1");
    lab.sandbox
        .line("lab check --maildir export --roster class.csv")
        .exits(1)
        .says("holds neither cur nor new")
        .says("--folder export");
    lab.sandbox
        .line("lab check --mbox Maildir --roster class.csv")
        .exits(1)
        .says("--maildir Maildir");
    lab.sandbox
        .line("lab check --mbox none --roster class.csv")
        .exits(1)
        .says("none");
}

#[cfg(unix)]
#[test]
fn what_a_hostile_mail_holds_stops_nobody_elses() {
    let lab = Lab::of(&["alice"]);
    // Deep, long, and much of nothing; a file that cannot be read, and one that never ends.
    let mut deep = String::from("From: eve@example.com\nMIME-Version: 1.0\n");
    for level in 0..5000 {
        deep.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"
        ));
    }
    lab.send(deep);
    lab.send(format!(
        "From: eve@example.com\n{}\n\nx\n",
        "X: y\n".repeat(200_000)
    ));
    lab.send(format!("From: {}\n\nx\n", "a@b,".repeat(500_000)));
    let signed = String::from_utf8(lab.signed("alice", "--opaque")).unwrap();
    lab.send(
        signed
            .replace("alice@example.com", "eve@example.net")
            .replace("MIAG", "MIAA"),
    );
    let made = std::process::Command::new("mkfifo")
        .arg(lab.sandbox.path("mails/pipe.eml"))
        .status()
        .unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/dev/zero", lab.sandbox.path("mails/zero.eml")).unwrap();
    std::os::unix::fs::symlink("..", lab.sandbox.path("mails/again")).unwrap();
    let sparse = std::fs::File::create(lab.sandbox.path("mails/large.eml")).unwrap();
    sparse.set_len(1 << 33).unwrap();
    lab.send(signed);
    let json = lab.run("--format json").exits(0).json();
    assert_eq!(json["students"][0]["status"], "ok");
    let others = json["others"].as_array().unwrap();
    let large = others.iter().find(|mail| mail["file"] == "large.eml").unwrap();
    assert!(
        large["reasons"][0]["detail"].as_str().unwrap().contains("64 MiB"),
        "{large:#}"
    );
}
