//! From `cert revoke` to what `cert verify`, `mail verify`, OpenSSL and `status` make of it.

use serde_json::Value;
use test_support::{Sandbox, openssl};

use crate::fixture::{issue, with_ca};

#[test]
fn a_revoked_signer_is_told_by_the_published_list() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    issue(&sandbox, "b@example.com");
    sandbox.write("text", "hello\n");
    for name in ["a", "b"] {
        sandbox
            .line(&format!(
                "mail sign --text --identity {name}@example.com.p12 --identity-password-file pw \
                 --to x@example.com --subject s --out {name}.eml text"
            ))
            .ok();
    }
    let verify = |name: &str| {
        let lists = lists(&sandbox);
        sandbox.line(&format!(
            "mail verify --trust ca-data {lists} --revocation required --format json {name}.eml"
        ))
    };
    assert_eq!(
        verify("a").ok().json()["verdict"],
        "valid",
        "init has published lists"
    );
    // Off a terminal nothing is revoked without a word, and what would be is told.
    sandbox
        .line("cert revoke a@example.com --reason key-compromise")
        .exits(1)
        .says("a@example.com")
        .says("--yes");
    verify("a").ok();
    let report = sandbox
        .line("cert revoke a@example.com --reason key-compromise --yes --format json")
        .ok()
        .json();
    assert_eq!(report["action"], "revoked");
    assert_eq!(report["crls"][0]["action"], "signed");
    assert_eq!(report["crls"][0]["number"], 2);
    let judged = verify("a").exits(4).json();
    assert_eq!(
        (&judged["verdict"], &judged["signers"][0]["status"]),
        (&Value::from("invalid"), &Value::from("revoked"))
    );
    verify("b").ok();
    sandbox
        .line("cert show a@example.com --format json")
        .ok()
        .says("\"revoked\"");
    sandbox.line("status").ok();
    sandbox
        .line("cert revoke a@example.com --yes")
        .exits(1)
        .says("no valid certificate");
}

#[test]
fn a_hold_ends_with_a_release_and_delta_lists_say_so() {
    let sandbox = with_ca();
    let policy = String::from_utf8(sandbox.read("ca-data/policies/root.yaml")).unwrap();
    sandbox.write(
        "ca-data/policies/root.yaml",
        policy.replace("delta_days: 0", "delta_days: 1"),
    );
    issue(&sandbox, "a@example.com");
    sandbox.line("crl publish").ok();
    let list = list_of(&sandbox, ".crl");
    std::fs::copy(sandbox.path(&list), sandbox.path("base.crl")).unwrap();
    sandbox
        .line("cert revoke a@example.com --reason certificate-hold --yes")
        .ok()
        .says("held");
    let delta = list_of(&sandbox, ".delta.crl");
    let verify = |lists: &str| {
        let root = list_of_root(&sandbox);
        sandbox.line(&format!(
            "cert verify a@example.com.crt --trust ca-data --crl {root} {lists} --revocation required"
        ))
    };
    verify("--crl base.crl").ok();
    verify(&format!("--crl base.crl --crl {delta}"))
        .exits(4)
        .says("revoked");
    sandbox
        .line("cert list --status held --format csv")
        .ok()
        .says("a@example.com");
    sandbox.line("cert release a@example.com").ok();
    verify(&format!("--crl base.crl --crl {delta}")).ok();
    let shown = sandbox
        .line(&format!("crl show {delta} --format json"))
        .ok()
        .json();
    assert_eq!(shown["entries"][0]["reason"], "remove-from-crl");
    assert_eq!(shown["delta_base"], "1");
    // The reason of RFC 5280 does the same.
    sandbox
        .line("cert revoke a@example.com --reason certificate-hold --yes")
        .ok();
    sandbox
        .line("cert revoke a@example.com --reason remove-from-crl --yes")
        .ok()
        .says("valid");
    sandbox.line("cert release a@example.com").exits(1);
}

#[test]
fn several_are_revoked_together_or_not_at_all() {
    let sandbox = with_ca();
    for name in ["a", "b", "c"] {
        issue(&sandbox, &format!("{name}@example.com"));
    }
    sandbox
        .line("cert revoke a@example.com nobody@example.com --yes")
        .exits(1)
        .says("nobody@example.com");
    let status = |name: &str| {
        let shown = sandbox
            .line(&format!("cert show {name}@example.com --format json"))
            .ok();
        shown.json()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status("a"), "valid");
    sandbox.write(
        "class.csv",
        "\u{feff}name,EMAIL\nA,a@example.com\nB,b@example.com\nX,gone@example.com\n",
    );
    sandbox
        .line("cert revoke --roster class.csv --reason cessation-of-operation --yes")
        .ok()
        .says("gone@example.com");
    assert_eq!((status("a"), status("b")), ("revoked".into(), "revoked".into()));
    sandbox
        .line("issue --class 1 --email c@example.com --key ec-p256 --evidence mailbox=x --another --out more")
        .ok();
    sandbox
        .line("cert revoke c@example.com --yes")
        .exits(1)
        .says("--all");
    sandbox.line("cert revoke --class 1 --yes").ok();
    assert_eq!(status("c"), "revoked");
    sandbox.line("cert revoke --class 1 --yes").exits(1);
    let list = list_of(&sandbox, ".crl");
    assert_eq!(
        sandbox
            .line(&format!("crl show {list} --format json"))
            .ok()
            .json()["revoked"],
        4
    );
}

#[test]
fn a_locked_key_leaves_the_list_due_and_the_revocation_on_record() {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
    sandbox.write("pw", "issuing\n");
    sandbox.write("root-pw", "root\n");
    sandbox
        .line("init --name S --base-url http://ca.example.com --passphrase-file pw --root-passphrase-file root-pw")
        .ok();
    sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x --passphrase-file pw")
        .ok();
    let report = sandbox
        .line("cert revoke a@example.com --yes --format json")
        .ok()
        .says("warning")
        .json();
    assert_eq!(report["crls"][0]["action"], "locked");
    assert_eq!(report["crls"][0]["due"], "changed");
    sandbox.line("status").exits(4).says("cachet crl publish");
    sandbox.line("crl check").exits(4).says("crl-due");
    sandbox.line("crl publish").exits(1).says("--passphrase-file");
    sandbox
        .line("crl publish --passphrase-file pw --out www")
        .ok()
        .says("warning: the key of S Root CA is locked");
    sandbox.line("status").ok();
    sandbox.line("crl check").ok();
    let served = sandbox.files("www");
    let of = |folder: &str| served.iter().filter(|file| file.starts_with(folder)).count();
    assert_eq!((of("crl/"), of("ca/")), (4, 4), "{served:?}");
    // An issuing CA is revoked by the root's list.
    let ca = list_of(&sandbox, ".crl");
    let ca = ca.rsplit('/').next().unwrap().trim_end_matches(".crl");
    sandbox
        .line(&format!("cert revoke {ca} --reason certificate-hold --yes"))
        .exits(1)
        .says("on hold");
    sandbox
        .line(&format!(
            "cert revoke {ca} --reason ca-compromise --yes --root-passphrase-file root-pw"
        ))
        .ok();
    let root = list_of_root(&sandbox);
    let shown = sandbox
        .line(&format!("crl show {root} --format json"))
        .ok()
        .json();
    assert_eq!(shown["entries"][0]["reason"], "ca-compromise");
    let root = root.rsplit('/').next().unwrap().trim_end_matches(".crl");
    sandbox
        .line(&format!("cert revoke {root} --yes"))
        .exits(1)
        .says("root");
}

#[test]
fn lists_are_checked_and_compared() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    let list = list_of(&sandbox, ".crl");
    std::fs::copy(sandbox.path(&list), sandbox.path("old.crl")).unwrap();
    sandbox.line("cert revoke a@example.com --yes").ok();
    std::fs::copy(sandbox.path(&list), sandbox.path("new.crl")).unwrap();
    sandbox.line("crl check").ok();
    sandbox
        .line("lint new.crl a@example.com.crt")
        .ok()
        .says("2 certificates, lists and answers");
    sandbox.line("crl check old.crl new.crl").ok();
    sandbox
        .line("crl check new.crl old.crl")
        .exits(4)
        .says("crl-number-not-higher");
    sandbox.line("crl check old.crl").exits(4).says("crl-outdated");
    sandbox
        .line("crl check new.crl --now 2099-01-01T00:00:00Z")
        .exits(4)
        .says("crl-expired");
    let mut forged = sandbox.read("new.crl");
    let last = forged.len() - 1;
    forged[last] ^= 1;
    sandbox.write("forged.crl", forged);
    sandbox
        .line("crl check forged.crl")
        .exits(4)
        .says("crl-signature-invalid");
    sandbox.write("rubbish", "rubbish");
    sandbox.line("crl check rubbish").exits(1);
    sandbox.line("crl show rubbish").exits(1);
    sandbox.line("crl show nothing").exits(1).says("neither");
    std::fs::remove_file(sandbox.path(&list)).unwrap();
    sandbox.line("crl check").exits(4).says("crl publish");
    sandbox.line("status").exits(4).says("missing");
    sandbox.line("crl publish --if-due").ok();
    sandbox.line("status").ok();
}

#[test]
fn openssl_sees_who_is_revoked() {
    let Some(openssl) = openssl() else { return };
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    issue(&sandbox, "b@example.com");
    sandbox
        .line("cert revoke a@example.com --reason superseded --yes")
        .ok();
    let (root, issuing) = (list_of_root(&sandbox), list_of(&sandbox, ".crl"));
    for (list, name) in [(root, "root.crl.pem"), (issuing, "issuing.crl.pem")] {
        openssl
            .run(
                sandbox.folder(),
                &["crl", "-inform", "DER", "-in", &list, "-out", name],
            )
            .ok();
    }
    let verify = |name: &str| {
        let (chain, certificate) = (format!("{name}.chain.pem"), format!("{name}.crt"));
        openssl.run(
            sandbox.folder(),
            &[
                "verify",
                "-crl_check_all",
                "-CAfile",
                "root.pem",
                "-untrusted",
                &chain,
                "-CRLfile",
                "root.crl.pem",
                "-CRLfile",
                "issuing.crl.pem",
                &certificate,
            ],
        )
    };
    verify("b@example.com").ok();
    verify("a@example.com").fails().says("certificate revoked");
}

#[test]
fn two_processes_never_share_a_number() {
    let sandbox = with_ca();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..3 {
                    sandbox.line("crl publish --quiet").ok();
                }
            });
        }
    });
    let list = list_of(&sandbox, ".crl");
    let shown = sandbox
        .line(&format!("crl show {list} --format json"))
        .ok()
        .json();
    assert_eq!(shown["number"], "10", "the first was made by init");
    sandbox.line("crl check").ok();
}

/// The flags that give all published lists.
fn lists(sandbox: &Sandbox) -> String {
    let files = sandbox.files("ca-data/publish/crl");
    let flags: Vec<String> = files
        .iter()
        .map(|file| format!("--crl ca-data/publish/crl/{file}"))
        .collect();
    flags.join(" ")
}

/// The list of the CA of class 1.
fn list_of(sandbox: &Sandbox, suffix: &str) -> String {
    find(sandbox, "class-1", suffix)
}

fn list_of_root(sandbox: &Sandbox) -> String {
    find(sandbox, "root-ca", ".crl")
}

fn find(sandbox: &Sandbox, part: &str, suffix: &str) -> String {
    let files = sandbox.files("ca-data/publish/crl");
    let is_meant = |file: &&String| {
        let delta = file.ends_with(".delta.crl");
        file.contains(part) && file.ends_with(suffix) && delta == (suffix == ".delta.crl")
    };
    let file = files.iter().find(is_meant).unwrap_or_else(|| panic!("{files:?}"));
    format!("ca-data/publish/crl/{file}")
}

#[test]
fn a_list_from_the_future_is_due_today() {
    let sandbox = crate::fixture::empty();
    sandbox
        .line("init --name S --unattended --base-url http://ca.example.com")
        .ok();
    sandbox.line("--now 2030-01-01T00:00:00Z crl publish").ok();
    sandbox.line("status").exits(4).says("dated in the future");
    sandbox.line("crl check").exits(4);
    let unlock = "crl publish --if-due --root-passphrase-file ca-data/unlock";
    sandbox.line(unlock).ok();
    sandbox.line("crl check").ok();
    sandbox.line("status").ok();
}

#[test]
fn a_revocation_to_come_can_be_brought_forward() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    let revoke = |now: &str, reason: &str| {
        sandbox.line(&format!(
            "{now} cert revoke a@example.com --reason {reason} --yes --format json"
        ))
    };
    let next_year = format!(
        "--now {}",
        (chrono::Utc::now() + chrono::TimeDelta::days(200)).format("%Y-%m-%dT00:00:00Z")
    );
    revoke(&next_year, "cessation-of-operation").ok();
    sandbox.line("cert show a@example.com").ok().says("valid");
    revoke("", "key-compromise").ok();
    sandbox
        .line("cert show a@example.com --format json")
        .ok()
        .says("key-compromise");
    sandbox.line("status").ok();
    sandbox.line("audit verify").ok();
    // What has come stays.
    let serial = sandbox.line("cert list --format json").ok().json()[0]["serial"].clone();
    let serial = serial.as_str().unwrap();
    for now in ["", "--now 2026-01-01T00:00:00Z"] {
        sandbox
            .line(&format!("{now} cert revoke {serial} --reason superseded --yes"))
            .exits(1);
    }
    sandbox
        .line("cert show a@example.com --format json")
        .ok()
        .says("key-compromise");
}
