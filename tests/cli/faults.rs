//! Each command is killed, and each call by which it writes, syncs, names or locks a file made to fail, at each of its steps.
//!
//! Whatever happens, reopening proves that nothing is lost ([`proof`]), and the same command leads to the end. A sample is tried
//! by default, the same each time; `CACHET_FAULTS=all` tries every step (`just torture`), `CACHET_FAULTS=5` more of them, and
//! `CACHET_FAULTS_SEED` others.

mod proof;
mod steps;

use std::path::Path;
use std::process::Command;

use test_support::{Peer, Run, Sandbox};

use crate::fixture::{empty, issue, with_ca};
use proof::{Witness, count};
use steps::Sample;

/// A command, and what is known of it.
struct Case {
    /// Its words; [`steps::SERVER`] before those of a server.
    line: &'static [&'static str],
    /// The directory of the CA that it works on.
    dir: &'static str,
    /// Who repeats it is told one of these, if it had been done but for its report.
    done: &'static [&'static str],
    /// What must hold at the end.
    after: fn(&Sandbox),
}

fn words(line: &'static str) -> &'static [&'static str] {
    Vec::leak(line.split_whitespace().collect())
}

fn case(line: &'static str, after: fn(&Sandbox)) -> Case {
    Case {
        line: words(line),
        dir: "ca-data",
        done: &["already", "exists", "no valid certificate"],
        after,
    }
}

fn live(sandbox: &Sandbox, address: &str) -> usize {
    let line = format!("cert list --email {address} --status valid --format json");
    sandbox.line(&line).ok().json().as_array().unwrap().len()
}

/// Opens the one identity of an address that a command wrote.
fn opens(sandbox: &Sandbox, file: &str) {
    sandbox.line(&format!("inspect {file} --password-file pw")).ok();
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

/// A CA with two people, of whom one is a recovery agent and one has an encryption key in the archive.
fn with_archive() -> Sandbox {
    let sandbox = with_ca();
    issue(&sandbox, "agent@example.com");
    issue(&sandbox, "a@example.com");
    sandbox.write("ca-data/agents/agent.crt", sandbox.read("agent@example.com.crt"));
    let path = "ca-data/policies/class-1.yaml";
    let policy = String::from_utf8(sandbox.read(path)).unwrap() + "\narchive:\n  agents: [agent.crt]\n";
    sandbox.write(path, policy);
    sandbox
}

#[test]
fn making_a_ca_survives() {
    let init = "--dir fresh init --name Fresh --unattended --base-url http://fresh.example.com";
    let case = Case {
        dir: "fresh",
        ..case(init, |sandbox| {
            sandbox.line("--dir fresh ca list").ok();
        })
    };
    survive(&case, &empty);
}

#[test]
fn issuing_survives() {
    let line = "issue --class 1 --email b@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw --out out";
    let case = case(line, |sandbox| {
        assert_eq!(live(sandbox, "b@example.com"), 1, "one certificate, not two");
        opens(sandbox, "out/b@example.com.p12");
    });
    survive(&case, &with_ca);
}

#[test]
fn archiving_survives() {
    let line = "issue --class 1 --email c@example.com --key rsa-2048 --usage pair --evidence mailbox=x --p12-password-file pw --out out";
    let case = case(line, |sandbox| {
        assert_eq!(live(sandbox, "c@example.com"), 2, "one pair, not two");
        let archived = count(sandbox, "ca-data", "SELECT count(*) FROM archived_keys");
        assert_eq!(archived, 1);
        opens(sandbox, "out/c@example.com.p12");
    });
    survive(&case, &with_archive);
}

#[test]
fn recovering_survives() {
    let line = "cert recover c@example.com --out out/back.p12 --p12-password-file pw --identity agent@example.com.p12 --identity-password-file pw";
    let case = case(line, |sandbox| opens(sandbox, "out/back.p12"));
    survive(&case, &|| {
        let sandbox = with_archive();
        std::fs::create_dir(sandbox.path("out")).unwrap();
        sandbox.line("issue --class 1 --email c@example.com --key ec-p256 --usage pair --evidence mailbox=x --p12-password-file pw").ok();
        sandbox
    });
}

fn with_someone() -> Sandbox {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    sandbox
}

#[test]
fn revoking_survives() {
    let line = "cert revoke a@example.com --reason key-compromise --yes";
    let case = case(line, |sandbox| assert_eq!(live(sandbox, "a@example.com"), 0));
    survive(&case, &with_someone);
}

#[test]
fn publishing_a_list_survives() {
    let case = case("crl publish --out web", |sandbox| {
        let served = sandbox.files("web/crl");
        assert_eq!(served, sandbox.files("ca-data/publish/crl"));
    });
    survive(&case, &with_someone);
}

#[test]
fn renewing_survives() {
    let line = "cert renew a@example.com --out out";
    let case = case(line, |sandbox| {
        assert!(live(sandbox, "a@example.com") >= 2);
        assert!(sandbox.files("out").contains(&"a@example.com.crt".to_owned()));
    });
    survive(&case, &with_someone);
}

#[test]
fn rekeying_survives() {
    let line = "cert rekey a@example.com --p12-password-file pw --out out";
    let case = case(line, |sandbox| opens(sandbox, "out/a@example.com.p12"));
    survive(&case, &with_someone);
}

#[test]
fn backing_up_survives() {
    let case = case("backup kept.cachet --backup-passphrase-file pw", |sandbox| {
        let restored = "--dir again restore kept.cachet --backup-passphrase-file pw";
        sandbox.line(restored).ok();
        sandbox.line("--dir again audit verify").ok();
    });
    survive(&case, &with_someone);
}

fn backed_up() -> Sandbox {
    let sandbox = with_someone();
    let line = "backup made.cachet --backup-passphrase-file pw";
    sandbox.line(line).ok();
    sandbox
}

#[test]
fn restoring_survives() {
    let line = "--dir again restore made.cachet --backup-passphrase-file pw";
    let case = Case {
        dir: "again",
        ..case(line, |sandbox| {
            sandbox.line("--dir again cert show a@example.com").ok();
        })
    };
    survive(&case, &backed_up);
}

#[test]
fn restoring_over_another_survives() {
    let line = "restore made.cachet --backup-passphrase-file pw --overwrite --carry-forward";
    let case = case(line, |sandbox| {
        let shown = sandbox.line("cert show a@example.com --format json").ok();
        assert_eq!(shown.json()["status"], "revoked");
    });
    survive(&case, &|| {
        let sandbox = backed_up();
        sandbox
            .line("cert revoke a@example.com --reason key-compromise --yes")
            .ok();
        sandbox
    });
}

#[test]
fn migrating_survives() {
    for schema in [1, 5, 8] {
        let case = case("cert list", |sandbox| {
            assert_eq!(live(sandbox, "alice@example.com"), 1);
        });
        survive(&case, &|| crate::old_directories::unpack(schema));
    }
}

/// A CA with a request whose mailbox is proven.
fn with_request() -> Sandbox {
    let sandbox = with_ca();
    let line = "request submit --class 1 --email r@example.com --key ec-p256 --format json";
    let request = sandbox.line(line).ok().json();
    let id = request["id"].as_str().unwrap();
    let message = String::from_utf8(sandbox.read(request["message"].as_str().unwrap())).unwrap();
    let code = message
        .lines()
        .map(|line| line.trim().trim_end_matches('='))
        .find(|line| line.len() == 38 && line.starts_with(&format!("{id}-")))
        .unwrap();
    sandbox.line(&format!("request confirm {code}")).ok();
    sandbox.write("id", id);
    sandbox
}

fn state(sandbox: &Sandbox) -> String {
    let requests = sandbox.line("request list --format json").ok().json();
    requests[0]["state"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn approving_a_request_survives() {
    let case = case("request approve ID", |sandbox| {
        assert_eq!(state(sandbox), "approved")
    });
    survive(&case, &with_request);
}

#[test]
fn collecting_a_request_survives() {
    let line = "request collect ID --out out --p12-password-file pw";
    let case = case(line, |sandbox| {
        assert_eq!(live(sandbox, "r@example.com"), 1);
        opens(sandbox, "out/r@example.com.p12");
    });
    survive(&case, &|| {
        let sandbox = with_request();
        let id = String::from_utf8(sandbox.read("id")).unwrap();
        sandbox.line(&format!("request approve {id}")).ok();
        sandbox
    });
}

#[test]
fn a_ca_that_follows_another_survives() {
    let plain = case("", |sandbox| {
        issue(sandbox, "later@example.com");
    });
    let issuing = Case {
        line: &["ca", "rollover", "--issuing", "Class 1"],
        ..plain
    };
    survive(&issuing, &with_someone);
}

#[test]
fn issuing_to_a_class_survives() {
    let line = "issue --roster class.csv --class 1 --key ec-p256 --evidence mailbox=x --p12-preset modern --p12-password-file pw --out out";
    let case = case(line, |sandbox| {
        for name in ["x", "y"] {
            let address = format!("{name}@example.com");
            assert_eq!(
                live(sandbox, &address),
                1,
                "one certificate for {address}, not two"
            );
            opens(sandbox, &format!("out/{address}.p12"));
        }
    });
    survive(&case, &|| {
        let sandbox = with_ca();
        sandbox.write("class.csv", "email\nx@example.com\ny@example.com\n");
        sandbox
    });
}

#[test]
fn a_hold_and_its_end_survive() {
    let hold = case(
        "cert revoke a@example.com --reason certificate-hold --yes",
        |sandbox| {
            assert_eq!(live(sandbox, "a@example.com"), 0);
        },
    );
    survive(&hold, &with_someone);
    let release = Case {
        done: &["has no held certificate"],
        ..case("cert release a@example.com --yes", |sandbox| {
            assert_eq!(live(sandbox, "a@example.com"), 1);
        })
    };
    survive(&release, &|| {
        let sandbox = with_someone();
        let line = "cert revoke a@example.com --reason certificate-hold --yes";
        sandbox.line(line).ok();
        sandbox
    });
}

#[test]
fn a_ca_more_survives() {
    let case = case("ca add", |sandbox| {
        let listed = sandbox.line("ca list --format json").ok().json();
        assert_eq!(listed.as_array().unwrap().len(), 5, "a root and four: {listed}");
    });
    survive(&case, &|| {
        let sandbox = with_ca();
        let policy = String::from_utf8(sandbox.read("ca-data/policies/class-1.yaml")).unwrap();
        let other = policy.lines().map(|line| match line.starts_with("issuer:") {
            true => "issuer: Pupils",
            false => line,
        });
        sandbox.write(
            "ca-data/policies/class-1.yaml",
            other.collect::<Vec<_>>().join("\n"),
        );
        sandbox
    });
}

#[test]
fn a_ca_that_retires_survives() {
    let case = Case {
        done: &["already", "retired"],
        ..case("ca retire ID --yes", |sandbox| {
            let run = sandbox.line("issue --class 1 --email q@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw");
            assert_eq!(run.code, Some(1), "{run:?}");
        })
    };
    survive(&case, &|| {
        let sandbox = with_someone();
        let listed = sandbox.line("ca list --format json").ok().json();
        let all = listed.as_array().unwrap().iter();
        let class1 = all
            .clone()
            .find(|ca| ca["subject"].as_str().unwrap().contains("Class 1"));
        sandbox.write("id", class1.unwrap()["id"].as_str().unwrap());
        sandbox
    });
}

#[test]
fn a_root_that_follows_another_survives() {
    let case = case("ca rollover --root --recertify", |sandbox| {
        issue(sandbox, "later@example.com");
    });
    survive(&case, &with_someone);
}

#[test]
fn a_responder_that_makes_its_certificates_survives() {
    // The server goes on until it is ended.
    let case = Case {
        line: words("server ocsp serve --listen 127.0.0.1:0 --format json"),
        ..case("", |sandbox| {
            let signed = "SELECT count(DISTINCT authority) FROM responders WHERE certificate IS NOT NULL";
            assert_eq!(count(sandbox, "ca-data", signed), 3);
        })
    };
    survive(&case, &with_ca);
}

/// Disturbs a command at its steps, each time in a copy of what `prepare` made.
fn survive(case: &Case, prepare: &dyn Fn() -> Sandbox) {
    let Some(strace) = Peer::find("strace") else {
        return;
    };
    let template = prepare();
    template.write("pw", "secret\n");
    let id = template.path("id").exists().then(|| template.read("id"));
    let id = String::from_utf8(id.unwrap_or_default()).unwrap();
    let line: Vec<&str> = case
        .line
        .iter()
        .map(|word| if *word == "ID" { id.as_str() } else { word })
        .collect();
    let fresh = || {
        let sandbox = empty();
        for entry in std::fs::read_dir(template.folder()).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &sandbox.path(&entry.file_name().to_string_lossy()));
        }
        sandbox
    };
    let undisturbed = fresh();
    let (run, calls) = steps::record(&strace, &undisturbed, &line);
    assert!(is_done(&run, &line), "{run:?}");
    let mut sample = Sample::new();
    let faults = sample.choose(&calls, steps::longest(undisturbed.folder()));
    // What is there before is seen in a copy, since looking may change it: it migrates.
    let mut before = Witness::default();
    if template.path(case.dir).exists() {
        before.look(&fresh(), case.dir, "before");
    }
    for fault in &faults {
        let what = format!("{fault:?} of {}", line.join(" "));
        let sandbox = fresh();
        let mut witness = before.clone();
        let run = steps::disturb(&strace, &sandbox, &line, fault);
        assert!(
            is_done(&run, &line) || matches!(run.code, None | Some(1 | 4 | 137)),
            "{what}: {run:?}"
        );
        witness.look(&sandbox, case.dir, &format!("{what}: {run:?}"));
        // Whether it has said so or not, running it again leads to the end.
        if !is_done(&run, &line) || is_server(&line) {
            let again = steps::run_in(&sandbox, Command::new("env"), &line);
            let is_there = case.done.iter().any(|words| again.stderr.contains(words));
            assert!(is_done(&again, &line) || is_there, "{what}\n{run:?}\n{again:?}");
        }
        (case.after)(&sandbox);
        witness.look_at_the_end(&sandbox, case.dir, &what);
    }
    assert!(faults.len() > 5, "{}: {}", line.join(" "), faults.len());
}

/// Whether a command has done its work; a server has when it serves.
fn is_done(run: &Run, line: &[&str]) -> bool {
    run.code == Some(if is_server(line) { 124 } else { 0 })
}

fn is_server(line: &[&str]) -> bool {
    line[0] == steps::SERVER
}
