//! The disk fails at each step: every call that syncs, writes, cuts, renames or locks a file is made to fail once, by strace.
//!
//! After each failure the record is whole, the same command can be run again, and what it promised is there once.

use std::path::Path;
use std::process::Command;

use test_support::{Peer, Run, Sandbox};

use crate::fixture::{issue, with_ca};

/// What is made to fail, and how.
const FAULTS: &[(&str, &str)] = &[
    ("fsync,fdatasync", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("write", "ENOSPC"),
    ("ftruncate", "EIO"),
    ("rename,renameat,renameat2,link,linkat", "EIO"),
    ("flock", "ENOLCK"),
];

const ISSUE: &str = "issue --class 1 --email b@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw --out out";

fn live(sandbox: &Sandbox, address: &str) -> usize {
    let line = format!("cert list --email {address} --status valid --format json");
    sandbox.line(&line).ok().json().as_array().unwrap().len()
}

/// Runs a command whose `nth` call of a kind fails; `None` if there was no such call.
fn fail(strace: &Peer, sandbox: &Sandbox, line: &str, fault: (&str, &str), nth: usize) -> Option<Run> {
    let (calls, error) = fault;
    let trace = sandbox.path("trace");
    let plain = sandbox.command();
    let mut command = strace.command();
    command
        .args(["-f", "-qq", "-o"])
        .arg(&trace)
        .arg(format!("--trace={calls}"))
        .arg(format!("--inject={calls}:error={error}:when={nth}"))
        .arg(plain.get_program())
        .args(line.split_whitespace())
        .current_dir(sandbox.folder())
        .env_clear();
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let run = test_support::run(&mut command, b"");
    let seen = std::fs::read_to_string(&trace).unwrap();
    std::fs::remove_file(&trace).unwrap();
    seen.contains("(INJECTED)").then_some(run)
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

#[test]
fn issuing_survives() {
    survive(ISSUE, |sandbox| {
        assert_eq!(live(sandbox, "b@example.com"), 1, "one certificate, not two");
        sandbox
            .line("inspect out/b@example.com.p12 --password-file pw")
            .ok();
    });
}

#[test]
fn revoking_survives() {
    survive(
        "cert revoke a@example.com --reason key-compromise --yes",
        |sandbox| {
            assert_eq!(live(sandbox, "a@example.com"), 0);
            sandbox.line("crl publish").ok();
            sandbox.line("crl check").ok();
        },
    );
}

#[test]
fn publishing_a_list_survives() {
    survive("crl publish", |sandbox| {
        sandbox.line("crl check").ok();
    });
}

#[test]
fn rekeying_survives() {
    survive(
        "cert rekey a@example.com --p12-password-file pw --out out",
        |sandbox| {
            sandbox
                .line("inspect out/a@example.com.p12 --password-file pw")
                .ok();
        },
    );
}

#[test]
fn backing_up_survives() {
    survive("backup kept.cachet --backup-passphrase-file pw", |sandbox| {
        sandbox
            .line("--dir again restore kept.cachet --backup-passphrase-file pw")
            .ok();
        sandbox.line("--dir again audit verify").ok();
    });
}

#[test]
fn restoring_survives() {
    survive(
        "--dir again restore made.cachet --backup-passphrase-file pw",
        |sandbox| {
            sandbox.line("--dir again audit verify").ok();
            sandbox.line("--dir again cert show a@example.com").ok();
        },
    );
}

#[test]
fn making_a_ca_survives() {
    survive("--dir fresh init --name Fresh --unattended", |sandbox| {
        // A list that could not be written is told of by status, and made by this.
        sandbox.line("--dir fresh crl publish").ok();
        sandbox.line("--dir fresh status").ok();
    });
}

/// Fails each step of a command in turn; `after` says what must hold once it has succeeded, whenever that was.
fn survive(line: &str, after: fn(&Sandbox)) {
    let Some(strace) = Peer::find("strace") else {
        return;
    };
    let template = with_ca();
    issue(&template, "a@example.com");
    template
        .line("backup made.cachet --backup-passphrase-file pw")
        .ok();
    let mut tried = 0;
    for fault in FAULTS {
        // The first ones each, then ever fewer: pages of a database are many, and alike.
        let mut nth = 1;
        loop {
            let sandbox = crate::fixture::empty();
            for name in ["ca-data", "pw", "made.cachet"] {
                copy(&template.path(name), &sandbox.path(name));
            }
            let Some(run) = fail(&strace, &sandbox, line, *fault, nth) else {
                break;
            };
            tried += 1;
            let what = format!("{} {nth} of: {line}: {run:?}", fault.0);
            assert!(matches!(run.code, Some(0 | 1)), "{what}");
            let log = sandbox.line("audit verify");
            assert_eq!(log.code, Some(0), "{what}\n{log:?}");
            let status = sandbox.line("status --format json");
            assert!(matches!(status.code, Some(0 | 4)), "{what}\n{status:?}");
            // Whether it has said so or not, running it again leads to the end.
            if run.code == Some(1) {
                let again = sandbox.line(line);
                let is_there = again.stderr.contains("no valid certificate")
                    || again.stderr.contains("already")
                    || again.stderr.contains("exists");
                assert!(again.code == Some(0) || is_there, "{what}\n{again:?}");
            }
            after(&sandbox);
            nth += 1 + nth / 3;
        }
    }
    assert!(tried > 10, "{tried}");
}
