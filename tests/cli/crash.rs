//! The process is killed at each step of issuance; the ledger tells the truth after, and a re-run finishes the very certificate.

use test_support::Sandbox;

use crate::fixture::with_ca;

const ISSUE: &str = "issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x --out out --p12-password-file pw";

/// Issues with the fail point armed; the process must die at it.
fn die_at(sandbox: &Sandbox, point: &str) {
    let mut command = sandbox.command();
    command.args(ISSUE.split(' ')).env("CACHET_FAILPOINT", point);
    let run = test_support::run(&mut command, b"");
    assert_eq!(run.code, None, "killed at {point}: {run:?}");
}

fn recorded(sandbox: &Sandbox) -> Vec<serde_json::Value> {
    sandbox
        .line("cert list --format json")
        .ok()
        .json()
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn killed_at_each_step_of_issuance() {
    for point in [
        "after-stage",
        "after-reserve",
        "after-sign",
        "after-record",
        "after-p12",
        "after-files",
    ] {
        let sandbox = with_ca();
        die_at(&sandbox, point);
        let before = recorded(&sandbox);
        let status = sandbox.line("status");
        // Before the reservation there is no certificate to speak of; after it, status reports it until a re-run has finished it.
        if point != "after-stage" {
            assert_eq!(before.len(), 1, "{point}: on record before it exists");
            assert_eq!(status.code, Some(4), "{point}: {status:?}");
            assert!(
                status.text().contains("a@example.com") || status.stderr.contains("a@example.com"),
                "{point}: {status:?}"
            );
        }
        // No p12 stands without its certificate on record, and none is half written.
        if sandbox.path("out/a@example.com.p12").exists() {
            sandbox
                .line("inspect out/a@example.com.p12 --password-file pw")
                .ok();
        }
        let mut command = sandbox.command();
        command.args(ISSUE.split(' '));
        test_support::run(&mut command, b"").ok();
        let after = recorded(&sandbox);
        assert_eq!(
            after.len(),
            1,
            "{point}: the very same certificate, not a second one"
        );
        if let Some(first) = before.first() {
            assert_eq!(first["serial"], after[0]["serial"], "{point}");
        }
        assert_eq!(after[0]["status"], "valid", "{point}");
        sandbox
            .line("inspect out/a@example.com.p12 --password-file pw")
            .ok()
            .says("a@example.com");
        assert_eq!(
            sandbox.files("out"),
            [
                "a@example.com.chain.pem",
                "a@example.com.crt",
                "a@example.com.p12"
            ],
            "{point}: no staging or temporary is left"
        );
        sandbox.line("status").ok();
        sandbox.line("audit verify").ok();
    }
}

#[test]
fn a_lost_key_does_not_block_its_address_for_ever() {
    let sandbox = with_ca();
    die_at(&sandbox, "after-reserve");
    std::fs::remove_file(sandbox.path("out/a@example.com.p12.part")).unwrap();
    sandbox.line("status").exits(4).says("--another");
    sandbox.line(ISSUE).exits(1).says("--another");
    sandbox.line(&format!("{ISSUE} --another")).ok();
    sandbox.line("status").ok();
    sandbox.line("audit verify").ok();
}

#[test]
fn killed_at_each_step_of_init() {
    for point in ["init-after-keys", "init-before-ledger", "init-before-rename"] {
        let sandbox = crate::fixture::empty();
        let mut command = sandbox.command();
        command
            .args(["init", "--name", "School", "--unattended"])
            .env("CACHET_FAILPOINT", point);
        let run = test_support::run(&mut command, b"");
        assert_eq!(run.code, None, "killed at {point}: {run:?}");
        sandbox
            .line("issue --class 1 --email a@example.com --evidence mailbox=x")
            .exits(1);
        sandbox.line("init --name School --unattended").ok();
        sandbox
            .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x")
            .ok();
        sandbox.line("status").ok();
    }
}
