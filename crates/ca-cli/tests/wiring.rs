//! The commands are wired to what they promise: a CA, an identity and its mail, at a stated moment.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::process::{Command, Output};

const NOW: &str = "2026-09-01T08:00:00Z";

fn cachet(folder: &Path, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cachet"))
        .args(line)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("CACHET_NOW", NOW)
        .output()
        .unwrap()
}

fn succeed(folder: &Path, line: &[&str]) -> String {
    let output = cachet(folder, line);
    assert!(
        output.status.success(),
        "{line:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_ca_an_identity_and_its_mail() {
    let sandbox = tempfile::tempdir().unwrap();
    let folder = sandbox.path();
    succeed(
        folder,
        &["init", "--name", "School", "--key", "ec-p256", "--unattended"],
    );
    let issue = [
        "issue",
        "--class",
        "1",
        "--email",
        "a@example.com",
        "--key",
        "ec-p256",
        "--evidence",
        "mailbox=x",
    ];
    let text = succeed(folder, &[&issue[..], &["--format", "json"]].concat());
    let issued: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(issued["not_before"], "2026-09-01T07:00:00Z");
    assert_eq!(issued["files"]["p12"], "a@example.com.p12");

    std::fs::write(folder.join("text"), "Hello\n").unwrap();
    let identity = [
        "--identity",
        "a@example.com.p12",
        "--identity-password-file",
        "a@example.com.p12.password",
    ];
    let sign = [
        "mail",
        "sign",
        "--encrypt-to",
        "a@example.com.crt",
        "--out",
        "both.eml",
        "text",
    ];
    succeed(folder, &[&sign[..], &identity[..]].concat());
    succeed(
        folder,
        &[
            &["mail", "decrypt", "both.eml", "--out", "signed.eml"],
            &identity[..],
        ]
        .concat(),
    );
    let verify = [
        "mail",
        "verify",
        "--trust",
        "ca-data",
        "signed.eml",
        "--format",
        "json",
    ];
    let report: serde_json::Value = serde_json::from_str(&succeed(folder, &verify)).unwrap();
    assert_eq!(report["verdict"], "valid");
    assert_eq!(report["signers"][0]["class"], 1);
}

#[test]
fn a_failure_is_one_json_document() {
    let sandbox = tempfile::tempdir().unwrap();
    let output = cachet(sandbox.path(), &["status", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let failure: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(failure["error"]["kind"], "not-initialised");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cachet"))
        .args(["trust", "list", "--profile", "p"])
        .current_dir(sandbox.path())
        .env_clear()
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
