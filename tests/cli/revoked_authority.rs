//! A CA of the house that is revoked: nothing is issued under it, and every list says so.

use std::process::{Command, Stdio};

use test_support::{Sandbox, openssl};

use crate::fixture::{empty, issue, while_asked, with_ca};

fn authorities(sandbox: &Sandbox, now: &str) -> Vec<serde_json::Value> {
    let all = sandbox.line(&format!("{now} ca list --format json")).ok().json();
    all.as_array().unwrap().clone()
}

/// The identifier of the CA that issues class 1.
fn class_1(sandbox: &Sandbox, now: &str) -> String {
    let all = authorities(sandbox, now);
    let of_class = all
        .iter()
        .rfind(|row| row["classes"] == serde_json::json!([1]) && row["kind"] == "issuing");
    of_class.unwrap()["id"].as_str().unwrap().to_owned()
}

fn status_of(sandbox: &Sandbox, now: &str, id: &str) -> String {
    let all = authorities(sandbox, now);
    let row = all.iter().find(|row| row["id"] == id).unwrap();
    row["status"].as_str().unwrap().to_owned()
}

const ISSUE: &str =
    "issue --class 1 --email bob@example.com --key ec-p256 --evidence mailbox=asked --p12-password-file pw";

#[test]
fn a_revoked_ca_issues_nothing_until_another_takes_its_place() {
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    sandbox.line("status").ok();
    let id = class_1(&sandbox, "");
    sandbox
        .line(&format!("cert revoke {id} --reason key-compromise --yes"))
        .ok();
    assert_eq!(status_of(&sandbox, "", &id), "revoked");
    sandbox
        .line("status")
        .exits(4)
        .says("is revoked (key-compromise)")
        .says("cachet ca rollover --issuing NAME");
    let before = sandbox.files(".");
    for now in ["", "--now 2020-01-01T00:00:00Z"] {
        sandbox
            .line(&format!("{now} {ISSUE}"))
            .exits(1)
            .says(&id)
            .says("is revoked since")
            .says("cachet ca rollover --issuing NAME");
    }
    sandbox
        .line("cert renew alice@example.com --identity alice@example.com.p12 --identity-password-file pw --p12-password-file pw --out renewed")
        .exits(1)
        .says("is revoked since");
    assert_eq!(sandbox.files("."), before, "nothing was left behind");
    // The other classes go on.
    sandbox
        .line("issue --class 2 --email carol@example.com --given-name Carol --surname Danvers --key ec-p256 --evidence mailbox=asked --evidence database=list --p12-password-file pw")
        .ok();

    sandbox.cachet(&["ca", "rollover", "--issuing", "Class 1"]).ok();
    sandbox.line(ISSUE).ok();
    sandbox.line("status").ok();
    assert_eq!(status_of(&sandbox, "", &id), "revoked");
}

#[test]
fn what_was_begun_under_a_revoked_ca_is_given_up() {
    let sandbox = with_ca();
    let mut killed = sandbox.command();
    killed.args(ISSUE.split_whitespace());
    killed.env("CACHET_FAILPOINT", "after-sign").stdin(Stdio::null());
    assert!(!killed.output().unwrap().status.success());
    let unfinished = |sandbox: &Sandbox| {
        let status = sandbox.line("status --format json").json();
        status["unfinished"].as_array().unwrap().len()
    };
    assert_eq!(unfinished(&sandbox), 1);
    let id = class_1(&sandbox, "");
    sandbox
        .line(&format!("cert revoke {id} --reason ca-compromise --yes"))
        .ok();
    sandbox.line(ISSUE).exits(1).says("is revoked since");
    // Another CA does not finish it: it is given up, and the certificate made anew.
    sandbox.cachet(&["ca", "rollover", "--issuing", "Class 1"]).ok();
    sandbox.line(ISSUE).ok();
    assert_eq!(unfinished(&sandbox), 0);
}

const BORN: &str = "--now 2027-01-01T00:00:00Z";
const AFTER: &str = "--now 2035-01-02T00:00:00Z";
/// [`AFTER`] as OpenSSL takes it.
const AFTER_SECONDS: &str = "2051308800";

/// A CA with two roots, of which the second has certified the issuing CAs again.
fn recertified() -> Sandbox {
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    sandbox
        .line(&format!(
            "{BORN} init --name School --organization School --country FR --unattended"
        ))
        .ok();
    sandbox
        .line(&format!("{BORN} trust export --out old-root.pem"))
        .ok();
    sandbox
        .line(&format!("{AFTER} ca rollover --root --recertify"))
        .ok();
    sandbox
        .line(&format!("{AFTER} trust export --out new-root.pem"))
        .ok();
    sandbox.line(&format!("{AFTER} {ISSUE}")).ok();
    sandbox
}

/// Whether OpenSSL accepts bob's certificate under a root, with all lists and the certificate that this root gave to the
/// issuing CA (with several it would try one alone).
fn accepts(sandbox: &Sandbox, root: &str) -> bool {
    let certificates = sandbox.files("ca-data/certs");
    let given = certificates.iter().find(|file| {
        file.starts_with("school-class-1-ca-") && file.contains("-by-") == (root == "new-root.pem")
    });
    let given = format!("ca-data/certs/{}", given.unwrap());
    let openssl = openssl().unwrap();
    let mut lists = Vec::new();
    for file in sandbox.files("ca-data/publish/crl") {
        lists.extend(["-CRLfile".to_owned(), format!("ca-data/publish/crl/{file}")]);
    }
    let mut command: Command = openssl.command();
    command.current_dir(sandbox.folder()).args([
        "verify",
        "-crl_check_all",
        "-attime",
        AFTER_SECONDS,
        "-CAfile",
        root,
        "-untrusted",
        &given,
    ]);
    let judged = command.args(lists).arg("bob@example.com.crt").output().unwrap();
    let said = String::from_utf8_lossy(&judged.stderr).into_owned();
    assert!(
        judged.status.success() || said.contains("certificate revoked"),
        "{said}"
    );
    judged.status.success()
}

#[test]
fn each_root_lists_the_certificate_that_it_gave() {
    let Some(_) = openssl() else { return };
    let sandbox = recertified();
    sandbox.line(&format!("{AFTER} crl publish")).ok();
    for root in ["old-root.pem", "new-root.pem"] {
        assert!(accepts(&sandbox, root), "{root}");
    }
    let id = class_1(&sandbox, AFTER);
    let revoked = sandbox
        .line(&format!(
            "{AFTER} cert revoke {id} --reason ca-compromise --yes --format json"
        ))
        .ok()
        .json();
    assert_eq!(
        revoked["crls"].as_array().unwrap().len(),
        2,
        "both roots' lists: {revoked}"
    );
    for root in ["old-root.pem", "new-root.pem"] {
        assert!(!accepts(&sandbox, root), "{root}");
    }
    sandbox
        .line(&format!("{AFTER} cert revoke {id} --reason ca-compromise --yes"))
        .exits(1)
        .says("revoked");
    // A root that follows does not certify it again.
    let later = "--now 2040-01-02T00:00:00Z";
    sandbox
        .line(&format!("{later} ca rollover --root --recertify"))
        .ok();
    let again = authorities(&sandbox, later);
    let certified: Vec<_> = again
        .iter()
        .filter(|row| row["kind"] == "cross" && row["id"].as_str().unwrap().starts_with(&id))
        .collect();
    assert_eq!(certified.len(), 1, "{certified:?}");
}

#[test]
fn a_cross_certificate_can_be_revoked_alone() {
    let Some(_) = openssl() else { return };
    let sandbox = recertified();
    sandbox.line(&format!("{AFTER} crl publish")).ok();
    let id = class_1(&sandbox, AFTER);
    let cross = authorities(&sandbox, AFTER)
        .iter()
        .filter_map(|row| row["id"].as_str().map(str::to_owned))
        .find(|found| found.starts_with(&format!("{id}-by-")))
        .unwrap();
    // A CA stands for all certificates of its key, and the question counts them.
    sandbox
        .line(&format!("{AFTER} cert revoke {id}"))
        .exits(1)
        .says("2 certificates of its key");
    // By its file: the one from the new root.
    sandbox
        .line(&format!(
            "{AFTER} cert revoke ca-data/certs/{cross}.pem --reason superseded --yes"
        ))
        .ok()
        .says(&cross);
    assert!(accepts(&sandbox, "old-root.pem"));
    assert!(!accepts(&sandbox, "new-root.pem"));
    assert_eq!(status_of(&sandbox, AFTER, &cross), "revoked");
    // It issues under that one.
    assert_eq!(status_of(&sandbox, AFTER, &id), "revoked");
}

#[test]
fn two_commands_at_once_make_no_two_cas_of_one_name() {
    let sandbox = with_ca();
    let start = || {
        let mut command = sandbox.command();
        command.args(["ca", "rollover", "--issuing", "Class 1"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let running: Vec<_> = (0..4).map(|_| start()).collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
    }
    let mut names: Vec<_> = authorities(&sandbox, "")
        .iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
    assert!(names.iter().any(|name| name.contains("G5")), "{names:?}");
}

#[test]
fn what_a_revoked_ca_signed_is_not_kept_by_unattended_jobs() {
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    let unattended = |address: &str| {
        sandbox.line(&format!(
            "issue --class 1 --email {address} --key ec-p256 --evidence mailbox=asked --p12-password-file pw \
             --if-missing --renew-within 30d --format json"
        ))
    };
    assert_eq!(unattended("alice@example.com").ok().json()["action"], "kept");
    // The CA's own mail, before and after.
    let submit = |address: &str| {
        let made = sandbox
            .line(&format!(
                "request submit --class 1 --email {address} --format json"
            ))
            .ok()
            .json();
        made["message"].as_str().unwrap().to_owned()
    };
    let before = submit("x@example.com");
    let id = class_1(&sandbox, "");
    sandbox
        .line(&format!("cert revoke {id} --reason cessation-of-operation --yes"))
        .ok();
    sandbox.cachet(&["ca", "rollover", "--issuing", "Class 1"]).ok();
    assert_eq!(unattended("alice@example.com").ok().json()["action"], "renewed");
    assert_eq!(unattended("alice@example.com").ok().json()["action"], "kept");
    let after = submit("y@example.com");
    let verdict = |message: &str| {
        let lists: String = sandbox
            .files("ca-data/publish/crl")
            .iter()
            .map(|file| format!("--crl ca-data/publish/crl/{file} "))
            .collect();
        let line = format!("mail verify --trust root.pem {lists} --format json {message}");
        sandbox.line(&line).json()["verdict"].clone()
    };
    assert_eq!(verdict(&before), "invalid");
    assert_eq!(verdict(&after), "valid");
    sandbox.line("status").ok();
}

#[test]
fn what_is_on_hold_is_neither_kept_nor_renewed_unasked() {
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    sandbox
        .line("cert revoke alice@example.com --reason certificate-hold --yes")
        .ok();
    sandbox
        .line(
            "issue --class 1 --email alice@example.com --key ec-p256 --evidence mailbox=asked --p12-password-file pw \
             --if-missing --renew-within 900d",
        )
        .exits(1)
        .says("held");
}

#[test]
fn a_ca_that_is_revoked_while_a_root_follows_is_not_certified_again() {
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    let secrets = "--passphrase-file pw --root-passphrase-file pw";
    sandbox.line(&format!("{BORN} init --name School {secrets}")).ok();
    let id = class_1(&sandbox, BORN);
    let line =
        format!("{AFTER} ca rollover --root --recertify --passphrase-file slow --root-passphrase-file pw");
    while_asked(&sandbox, &line, "secret\n", || {
        sandbox
            .line(&format!(
                "{AFTER} cert revoke {id} --reason cessation-of-operation --yes {secrets}"
            ))
            .ok();
    })
    .exits(1)
    .says(&id)
    .says("was revoked meanwhile");
    assert_eq!(status_of(&sandbox, AFTER, &id), "revoked");
    let roots = authorities(&sandbox, AFTER);
    assert_eq!(roots.iter().filter(|row| row["kind"] == "root").count(), 1);
    sandbox
        .line(&format!("{AFTER} ca rollover --root --recertify {secrets}"))
        .ok();
    assert_eq!(status_of(&sandbox, AFTER, &id), "revoked");
    sandbox
        .line(&format!("{AFTER} {ISSUE} --passphrase-file pw"))
        .ok();
}
