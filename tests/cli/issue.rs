//! `cachet issue`, one identity.

use std::os::unix::fs::PermissionsExt;

use crate::fixture::{empty, issue, with_ca};

#[test]
fn writes_the_documented_files() {
    let sandbox = with_ca();
    sandbox
        .line("issue --class 1 --email Alice@Example.com --evidence mailbox=asked --out out --key-file")
        .ok();
    assert_eq!(
        sandbox.files("out"),
        [
            "alice@example.com.chain.pem",
            "alice@example.com.crt",
            "alice@example.com.key",
            "alice@example.com.p12",
            "alice@example.com.p12.password"
        ]
    );
    for secret in ["key", "p12", "p12.password"] {
        let mode = std::fs::metadata(sandbox.path(&format!("out/alice@example.com.{secret}")))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{secret}");
    }
    sandbox
        .line("inspect out/alice@example.com.p12 --password-file out/alice@example.com.p12.password")
        .ok();
}

#[test]
fn json_is_the_documented_object() {
    let sandbox = with_ca();
    let json = sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=asked --format json")
        .ok()
        .json();
    assert_eq!(json["class"], 1);
    assert_eq!(json["emails"][0], "a@example.com");
    assert_eq!(json["key"], "ec-p256");
    assert_eq!(json["usage"], "dual");
    assert_eq!(json["status"], "valid");
    assert_eq!(json["action"], "issued");
    assert_eq!(json["evidence"][0]["kind"], "mailbox");
    assert_eq!(json["evidence"][0]["basis"], "stated");
    let serial = json["serial"].as_str().unwrap();
    assert!(
        !serial.starts_with('0')
            && serial
                .bytes()
                .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
    );
    for file in ["p12", "password", "certificate", "chain"] {
        assert!(
            sandbox.path(json["files"][file].as_str().unwrap()).exists(),
            "{file}"
        );
    }
    assert!(json["files"]["key"].is_null());
    assert_eq!(json["sha256"].as_str().unwrap().len(), 64);
    for time in ["not_before", "not_after"] {
        assert!(json[time].as_str().unwrap().contains('T'));
    }
}

#[test]
fn a_refusal_names_everything_and_prints_a_command_that_works() {
    let sandbox = with_ca();
    let run = sandbox
        .line(
            "issue --class 3 --email carol@example.com --given-name Carol --organization ACME --key ec-p256",
        )
        .exits(1)
        .says("--surname")
        .says("mailbox")
        .says("organization")
        .says("in-person");
    let command = run
        .stderr
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("cachet issue"))
        .unwrap_or_else(|| panic!("a complete command in {}", run.stderr));
    // Placeholders are for the operator to fill; the command as it stands is already accepted by the policy.
    let bin = sandbox.path("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_cachet"), bin.join("cachet")).unwrap();
    let mut shell = std::process::Command::new("sh");
    shell
        .current_dir(sandbox.folder())
        .args(["-c", command])
        .env("HOME", sandbox.folder());
    shell.env(
        "PATH",
        format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()),
    );
    test_support::run(&mut shell, b"").ok();
    assert!(sandbox.path("carol@example.com.p12").exists());
}

#[test]
fn classes_put_into_the_subject_what_they_vouch_for() {
    let sandbox = with_ca();
    issue(&sandbox, "one@example.com");
    sandbox
        .cachet(&[
            "issue",
            "--class",
            "2",
            "--email",
            "two@example.com",
            "--given-name",
            "Zoé",
            "--surname",
            "O'Neil",
            "--key",
            "ec-p256",
            "--organization",
            "ACME GmbH",
            "--evidence",
            "mailbox=x",
            "--evidence",
            "document=seen",
            "--evidence",
            "organization=register",
        ])
        .ok();
    sandbox
        .cachet(&[
            "issue",
            "--class",
            "3",
            "--email",
            "three@example.com",
            "--given-name",
            "Carol",
            "--surname",
            "Roe",
            "--key",
            "ec-p256",
            "--evidence",
            "mailbox=x",
            "--evidence",
            "database=y",
            "--evidence",
            "in-person=z",
        ])
        .ok();
    let show = |address: &str| {
        sandbox
            .cachet(&["--format", "json", "cert", "show", address])
            .ok()
            .json()
    };
    assert_eq!(show("one@example.com")["class"], 1);
    let two = show("two@example.com");
    assert!(two["subject"].as_str().unwrap().contains("Zoé"), "{two}");
    assert!(two["subject"].as_str().unwrap().contains("ACME GmbH"), "{two}");
    assert_eq!(show("three@example.com")["class"], 3);
    sandbox
        .line("issue --class 1 --email x@example.com --given-name X --key ec-p256 --evidence mailbox=x")
        .exits(1);
}

#[test]
fn a_second_valid_certificate_is_refused_unless_wanted() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    let again = "issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x --out two";
    sandbox
        .line(again)
        .exits(1)
        .says("--another")
        .says("cert renew")
        .says("cert rekey");
    assert!(sandbox.files("two").is_empty());
    let json = sandbox
        .line(&format!("{again} --if-missing --format json"))
        .ok()
        .json();
    assert_eq!(json["action"], "kept");
    sandbox.line(&format!("{again} --another")).ok();
    assert_eq!(
        sandbox
            .line("cert list --format json")
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn nothing_is_overwritten_unasked() {
    let sandbox = with_ca();
    sandbox.write("a@example.com.crt", "precious");
    let issue = "issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x";
    sandbox
        .line(issue)
        .exits(1)
        .says("a@example.com.crt")
        .says("--overwrite");
    assert_eq!(sandbox.read("a@example.com.crt"), b"precious");
    assert_eq!(
        sandbox
            .line("cert list --format json")
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        0,
        "no serial was spent"
    );
    sandbox.line(&format!("{issue} --overwrite")).ok();
    assert_ne!(sandbox.read("a@example.com.crt"), b"precious");
}

#[test]
fn a_pair_is_two_certificates_in_one_p12() {
    let sandbox = with_ca();
    let json = sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --usage pair --evidence mailbox=x --p12-password-file pw --format json")
        .ok()
        .json();
    assert_eq!(json.as_array().unwrap().len(), 2);
    assert!(
        sandbox.path("a@example.com.sign.crt").exists() && sandbox.path("a@example.com.encrypt.crt").exists()
    );
    let json = sandbox
        .line("inspect a@example.com.p12 --password-file pw --format json")
        .ok()
        .json();
    assert_eq!(json["keys"].as_array().unwrap().len(), 2);
    // Mail programs pick the right one of the two by themselves.
    sandbox
        .cachet_with_input(
            &[
                "mail",
                "sign",
                "--identity",
                "a@example.com.p12",
                "--identity-password-file",
                "pw",
                "--out",
                "s.eml",
            ],
            b"hi\n",
        )
        .ok();
    sandbox.line("mail verify --trust root.pem s.eml").ok();
    sandbox
        .line("mail encrypt --to a@example.com.encrypt.crt --out e.eml s.eml")
        .ok();
    sandbox
        .line("mail decrypt --identity a@example.com.p12 --identity-password-file pw e.eml")
        .ok()
        .says("hi");
    sandbox
        .line("mail encrypt --to a@example.com.sign.crt s.eml")
        .exits(1)
        .says("a@example.com");
}

#[test]
fn ed25519_is_for_signing_and_says_who_cannot_read_it() {
    let sandbox = with_ca();
    sandbox
        .line("issue --class 1 --email a@example.com --key ed25519 --evidence mailbox=x")
        .ok()
        .says("Thunderbird");
    let shown = sandbox.line("cert show a@example.com --format json").ok().json();
    assert_eq!(shown["usage"], "sign");
    sandbox
        .line("issue --class 1 --email b@example.com --key ed25519 --usage dual --evidence mailbox=x")
        .exits(1);
}

#[test]
fn international_addresses() {
    let sandbox = with_ca();
    let issue = |address: &str| {
        sandbox.cachet(&[
            "issue",
            "--class",
            "1",
            "--email",
            address,
            "--key",
            "ec-p256",
            "--evidence",
            "mailbox=x",
            "--p12-password-file",
            "pw",
        ])
    };
    issue("alice@bücher.example").ok();
    issue("zoé@example.com").ok();
    let listed = sandbox.line("cert list --format json").ok().text();
    assert!(listed.contains("zoé@example.com"), "{listed}");
    assert!(sandbox.path("zoé@example.com.p12").exists());
    sandbox
        .cachet_with_input(
            &[
                "mail",
                "sign",
                "--identity",
                "zoé@example.com.p12",
                "--identity-password-file",
                "pw",
                "--out",
                "s.eml",
            ],
            b"hi\n",
        )
        .ok();
    sandbox.line("mail verify --trust root.pem s.eml").ok();
}

#[test]
fn the_password_choices() {
    let sandbox = with_ca();
    sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x --p12-preset both --p12-password-file pw")
        .ok();
    for file in ["a@example.com.p12", "a@example.com.compat.p12"] {
        sandbox.cachet(&["inspect", file, "--password-file", "pw"]).ok();
    }
    assert!(!sandbox.path("a@example.com.p12.password").exists());
    // From standard input, and an empty one on purpose.
    sandbox
        .cachet_with_input(
            &"issue --class 1 --email b@example.com --key ec-p256 --evidence mailbox=x --p12-password-file -"
                .split(' ')
                .collect::<Vec<_>>(),
            b"from stdin\n",
        )
        .ok();
    sandbox.write("empty", "");
    sandbox
        .line("issue --class 1 --email c@example.com --key ec-p256 --evidence mailbox=x --p12-password-file empty")
        .ok();
    sandbox.line("inspect c@example.com.p12").ok();
}

#[test]
fn term_and_dates() {
    let sandbox = empty();
    sandbox
        .line("init --name School --unattended --now 2026-01-01T00:00:00Z")
        .ok()
        .says("2026-01-01");
    let json = sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x --days 30 --now 2026-02-28T12:00:00Z --format json")
        .ok()
        .says("2026-02-28")
        .json();
    assert_eq!(json["not_before"], "2026-02-28T11:00:00Z");
    assert!(
        json["not_after"].as_str().unwrap().starts_with("2026-03-30"),
        "{json}"
    );
    sandbox
        .line("issue --class 1 --email b@example.com --key ec-p256 --evidence mailbox=x --days 99999")
        .exits(1)
        .says("99999");
    sandbox
        .line("issue --class 1 --email b@example.com --key ec-p256 --evidence mailbox=x --days 0")
        .fails();
}

#[test]
fn without_a_ca_it_says_how_to_make_one() {
    let sandbox = empty();
    sandbox
        .line("issue --class 1 --email a@example.com --evidence mailbox=x")
        .exits(1)
        .says("cachet init");
    sandbox.line("status").exits(1).says("cachet init");
}
