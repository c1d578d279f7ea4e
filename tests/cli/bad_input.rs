//! Bad input: a clear error with the value and the remedy, exit 1 or 2, nothing half-written.

use std::os::unix::fs::PermissionsExt;

use test_support::SmallDisk;

use crate::fixture::{empty, issue, with_ca};

#[test]
fn addresses_that_are_none() {
    let sandbox = with_ca();
    for address in [
        "",
        "nobody",
        "a@",
        "@example.com",
        "a b@example.com",
        "a@exa mple.com",
        "a@example.com\nb@example.com",
        "a@b@c",
        "a\u{0}@example.com",
        "\u{202e}a@example.com",
        "<a@example.com>",
    ] {
        if address.contains('\0') {
            continue; // no argument can hold it
        }
        let run = sandbox.cachet(&[
            "issue",
            "--class",
            "1",
            "--email",
            address,
            "--evidence",
            "mailbox=x",
        ]);
        assert!(matches!(run.code, Some(1 | 2)), "{address:?}: {run:?}");
        assert!(!run.stderr.contains('\u{202e}'), "escaped in messages");
    }
    assert_eq!(
        sandbox
            .line("cert list --format json")
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_name_of_megabytes() {
    let sandbox = with_ca();
    // The longest argument Linux takes is 128 KiB; the CSR carries the 10 MB one.
    let long = "N".repeat(100_000);
    let run = sandbox.cachet(&[
        "issue",
        "--class",
        "2",
        "--email",
        "a@example.com",
        "--given-name",
        &long,
        "--surname",
        "B",
        "--evidence",
        "mailbox=x",
        "--evidence",
        "document=x",
    ]);
    let run = run.exits(1);
    assert!(
        run.stderr.len() < 5_000,
        "the message does not repeat the whole value"
    );
    sandbox.write("huge.csr", vec![b'A'; 10_000_000]);
    sandbox
        .line("issue --class 1 --email a@example.com --csr huge.csr --evidence mailbox=x")
        .exits(1)
        .says("huge.csr");
}

#[test]
fn truncated_and_foreign_p12() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    let p12 = sandbox.read("a@example.com.p12");
    for (name, bytes) in [
        ("empty.p12", vec![]),
        ("half.p12", p12[..p12.len() / 2].to_vec()),
        ("short.p12", p12[..p12.len() - 1].to_vec()),
        ("foreign.p12", b"%PDF-1.7 not a key".to_vec()),
    ] {
        sandbox.write(name, bytes);
        sandbox
            .cachet(&["inspect", name, "--password-file", "pw"])
            .exits(1)
            .says(name);
        sandbox
            .cachet(&[
                "mail",
                "sign",
                "--identity",
                name,
                "--identity-password-file",
                "pw",
                "--out",
                "s.eml",
                "pw",
            ])
            .exits(1)
            .says(name);
        assert!(!sandbox.path("s.eml").exists());
    }
    sandbox.write("wrong", "not it\n");
    let run = sandbox
        .line("mail sign --identity a@example.com.p12 --identity-password-file wrong --out s.eml pw")
        .exits(1);
    assert!(run.stderr.contains("password"), "{run:?}");
    sandbox
        .line("mail sign --identity a@example.com.p12 --out s.eml pw")
        .exits(1)
        .says("--identity-password-file");
}

#[test]
fn read_only_places() {
    let sandbox = with_ca();
    std::fs::create_dir(sandbox.path("locked")).unwrap();
    std::fs::set_permissions(sandbox.path("locked"), std::fs::Permissions::from_mode(0o500)).unwrap();
    // Root ignores modes: /proc refuses even it.
    let out = if rustix::process::geteuid().is_root() {
        "/proc/none".to_owned()
    } else {
        "locked/x".to_owned()
    };
    sandbox
        .cachet(&[
            "issue",
            "--class",
            "1",
            "--email",
            "a@example.com",
            "--key",
            "ec-p256",
            "--evidence",
            "mailbox=x",
            "--out",
            &out,
        ])
        .exits(1)
        .says(&out);
    sandbox.write("file", "");
    sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x --out file/x")
        .exits(1)
        .says("file");
    assert_eq!(
        sandbox
            .line("cert list --format json")
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        0
    );
    let other = empty();
    other
        .line("init --name School --unattended --dir /proc/none")
        .exits(1)
        .says("/proc/none");
    other
        .line("init --name School --unattended --store postgres://localhost/x")
        .fails()
        .says("PostgreSQL");
}

#[test]
fn a_full_disk() {
    let sandbox = with_ca();
    // /dev/full answers every write with ENOSPC.
    sandbox.write("text", "hello\n");
    issue(&sandbox, "a@example.com");
    let run = {
        let mut command = sandbox.command();
        command.args("mail sign --identity a@example.com.p12 --identity-password-file pw text".split(' '));
        command.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
        command.stderr(std::process::Stdio::piped());
        command.output().unwrap()
    };
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    assert!(String::from_utf8_lossy(&run.stderr).contains("space"), "{run:?}");
}

#[test]
fn nothing_is_left_on_a_full_disk() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    let line = "a line of some length, again and again\r\n".repeat(100_000);
    sandbox.write(
        "m.eml",
        format!("From: a@example.com\r\nMIME-Version: 1.0\r\n\r\n{line}"),
    );
    const ME: &str = "--identity a@example.com.p12 --identity-password-file pw";
    sandbox
        .line(&format!("mail sign {ME} --opaque --out s.eml m.eml"))
        .ok();
    sandbox
        .line("mail encrypt --to a@example.com.crt --out e.eml m.eml")
        .ok();
    let small = sandbox.path("small");
    let Some(disk) = SmallDisk::mount(&small, "1m") else {
        return;
    };
    let mut runs = Vec::new();
    for (line, temporary) in [
        (format!("mail sign {ME} --out small/x m.eml"), "."),
        (
            "mail encrypt --to a@example.com.crt --out small/x m.eml".to_owned(),
            ".",
        ),
        (format!("mail decrypt {ME} --out small/x e.eml"), "."),
        (format!("mail open {ME} --content small/x e.eml"), "."),
        (
            "mail verify --trust root.pem --content small/x s.eml".to_owned(),
            ".",
        ),
        (format!("mail decrypt {ME} e.eml"), "small"),
        (
            "mail verify --trust root.pem --content - s.eml".to_owned(),
            "small",
        ),
    ] {
        let mut command = sandbox.command();
        command
            .args(line.split(' '))
            .env("TMPDIR", sandbox.path(temporary))
            .stdout(std::process::Stdio::null());
        runs.push((line, test_support::run(&mut command, b""), sandbox.files("small")));
    }
    drop(disk);
    for (line, run, left) in runs {
        assert_eq!(run.code, Some(1), "{line}: {run:?}");
        assert!(
            run.stderr.contains("No space left") && run.stderr.contains("TMPDIR"),
            "{line}: {run:?}"
        );
        assert!(left.is_empty(), "{line}: {left:?}");
    }
}

#[test]
fn usage_errors_exit_with_2() {
    let sandbox = empty();
    for line in [
        "",
        "frobnicate",
        "issue --frobnicate",
        "issue --class 9 --email a@example.com",
        "mail",
        "mail encrypt text",
        "cert list --format wax",
        "--now yesterday status",
    ] {
        sandbox.line(line).exits(2);
    }
    let run = sandbox.line("--format json issue --frobnicate").exits(2);
    assert!(run.json()["error"]["message"].is_string());
    assert!(run.json()["error"]["hints"].is_array());
    sandbox.line("--help").ok().says("issue");
    sandbox.line("--version").ok().says("cachet");
}

#[test]
fn standard_input_serves_once() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    sandbox
        .cachet_with_input(
            &[
                "mail",
                "sign",
                "--identity",
                "a@example.com.p12",
                "--identity-password-file",
                "-",
                "-",
            ],
            b"secret\n",
        )
        .fails()
        .says("standard input");
}

#[test]
fn hostile_messages_end_in_an_error() {
    let sandbox = with_ca();
    let mut nested = String::from("MIME-Version: 1.0\r\n");
    for level in 0..10_000 {
        nested.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
        ));
    }
    let garbage: Vec<u8> = (0..200_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut deep_ber = [0x30, 0x80].repeat(20_000);
    deep_ber.extend([0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]);
    for (name, bytes) in [
        ("nested.eml", nested.into_bytes()),
        ("garbage.bin", garbage),
        ("deep.ber", deep_ber),
        ("length.der", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x06]),
        ("empty.eml", vec![]),
        ("pgp.eml", b"From: a@example.com\r\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--b--\r\n".to_vec()),
    ] {
        sandbox.write(name, bytes);
        for command in ["mail verify --trust root.pem", "mail inspect", "inspect"] {
            let started = std::time::Instant::now();
            let run = sandbox.line(&format!("{command} {name}"));
            assert!(matches!(run.code, Some(0 | 1 | 4)), "{command} {name}: {run:?}");
            assert!(started.elapsed().as_secs() < 10, "{command} {name}");
            if command.starts_with("mail verify") {
                assert_ne!(run.code, Some(0), "{name}");
            }
        }
    }
    sandbox
        .line("mail verify --trust root.pem pgp.eml")
        .exits(1)
        .says("OpenPGP");
}

#[test]
fn a_ca_without_a_name() {
    let sandbox = empty();
    for name in ["", "  "] {
        sandbox
            .cachet(&["init", "--name", name, "--unattended"])
            .exits(1)
            .says("--name");
    }
    assert!(!sandbox.path("ca-data").exists());
}

#[test]
fn an_empty_message_cannot_be_read() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    sandbox.write("nothing.eml", "");
    for command in [
        "mail verify nothing.eml",
        "mail inspect nothing.eml",
        "mail decrypt --identity a@example.com.p12 --identity-password-file pw nothing.eml",
    ] {
        sandbox.line(command).exits(1).says("nothing.eml is empty");
    }
    sandbox
        .cachet_with_input(&["mail", "verify"], b"")
        .exits(1)
        .says("standard input is empty");
}

#[test]
fn a_wrong_password_names_the_remedy() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    sandbox.write("other", "wrong\n");
    for command in [
        "inspect a@example.com.p12 --password-file other --format json",
        "mail sign --identity a@example.com.p12 --identity-password-file other --format json pw",
    ] {
        let answer = sandbox.line(command).exits(1).json();
        assert_eq!(answer["error"]["kind"], "wrong-passphrase");
        assert!(
            !answer["error"]["hints"].as_array().unwrap().is_empty(),
            "{answer}"
        );
    }
}

#[test]
fn a_disk_that_is_nearly_full_is_told() {
    let sandbox = empty();
    let Some(_disk) = SmallDisk::mount(&sandbox.path("small"), "8m") else {
        return;
    };
    sandbox.line("--dir small/ca init --name Attic --unattended").ok();
    sandbox
        .line("--dir small/ca status")
        .exits(4)
        .says("is nearly full");
}
