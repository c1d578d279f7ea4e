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

/// A command whose every step fails in turn.
struct Case {
    line: &'static str,
    /// What must hold once the command has succeeded, whenever that was.
    after: fn(&Sandbox),
}

const ISSUE: &str = "issue --class 1 --email b@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw --out out";

const CASES: &[Case] = &[
    Case {
        line: ISSUE,
        after: |sandbox| {
            assert_eq!(live(sandbox, "b@example.com"), 1, "one certificate, not two");
            sandbox
                .line("inspect out/b@example.com.p12 --password-file pw")
                .ok();
        },
    },
    Case {
        line: "cert revoke a@example.com --reason key-compromise --yes",
        after: |sandbox| {
            assert_eq!(live(sandbox, "a@example.com"), 0);
            sandbox.line("crl publish").ok();
            sandbox.line("crl check").ok();
        },
    },
    Case {
        line: "crl publish",
        after: |sandbox| {
            sandbox.line("crl check").ok();
        },
    },
    Case {
        line: "cert rekey a@example.com --p12-password-file pw --out out",
        after: |sandbox| {
            sandbox
                .line("inspect out/a@example.com.p12 --password-file pw")
                .ok();
        },
    },
    Case {
        line: "backup kept.cachet --backup-passphrase-file pw",
        after: |sandbox| {
            sandbox
                .line("--dir again restore kept.cachet --backup-passphrase-file pw")
                .ok();
            sandbox.line("--dir again audit verify").ok();
        },
    },
    Case {
        line: "--dir again restore made.cachet --backup-passphrase-file pw",
        after: |sandbox| {
            sandbox.line("--dir again audit verify").ok();
            sandbox.line("--dir again cert show a@example.com").ok();
        },
    },
    Case {
        line: "--dir fresh init --name Fresh --unattended",
        after: |sandbox| {
            // A list that could not be written is told of by status, and made by this.
            sandbox.line("--dir fresh crl publish").ok();
            sandbox.line("--dir fresh status").ok();
        },
    },
];

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
fn whatever_fails_the_record_is_whole_and_the_command_can_be_run_again() {
    let Some(strace) = Peer::find("strace") else {
        return;
    };
    let template = with_ca();
    issue(&template, "a@example.com");
    template
        .line("backup made.cachet --backup-passphrase-file pw")
        .ok();
    let mut tried = 0;
    for case in CASES {
        for fault in FAULTS {
            // The first ones each, then ever fewer: pages of a database are many, and alike.
            let mut nth = 1;
            loop {
                let sandbox = crate::fixture::empty();
                for name in ["ca-data", "pw", "made.cachet"] {
                    copy(&template.path(name), &sandbox.path(name));
                }
                let Some(run) = fail(&strace, &sandbox, case.line, *fault, nth) else {
                    break;
                };
                tried += 1;
                let what = format!("{} {} of: {}: {run:?}", fault.0, nth, case.line);
                assert!(matches!(run.code, Some(0 | 1)), "{what}");
                let log = sandbox.line("audit verify");
                assert_eq!(log.code, Some(0), "{what}\n{log:?}");
                let status = sandbox.line("status --format json");
                assert!(matches!(status.code, Some(0 | 4)), "{what}\n{status:?}");
                // Whether it has said so or not, running it again leads to the end.
                if run.code == Some(1) {
                    let again = sandbox.line(case.line);
                    let is_there = again.stderr.contains("no valid certificate")
                        || again.stderr.contains("already")
                        || again.stderr.contains("exists");
                    assert!(again.code == Some(0) || is_there, "{what}\n{again:?}");
                }
                (case.after)(&sandbox);
                nth += 1 + nth / 3;
            }
        }
    }
    assert!(tried > 100, "{tried}");
    println!("{tried} failures survived");
}
