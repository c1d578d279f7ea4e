//! Encryption keys that are archived for recovery agents, and given back.

use test_support::{Sandbox, openssl};

use crate::fixture::{issue, with_ca};

/// A CA whose class 1 has encryption keys archived for `agents`, of whom it takes `required`.
fn with_archive(agents: &[&str], required: u32) -> Sandbox {
    let sandbox = with_ca();
    std::fs::create_dir(sandbox.path("ca-data/agents")).unwrap();
    let mut files = Vec::new();
    for agent in agents {
        issue(&sandbox, agent);
        let certificate = sandbox.read(&format!("{agent}.crt"));
        sandbox.write(&format!("ca-data/agents/{agent}.crt"), certificate);
        files.push(format!("{agent}.crt"));
    }
    let path = "ca-data/policies/class-1.yaml";
    let mut policy = String::from_utf8(sandbox.read(path)).unwrap();
    policy.push_str(&format!(
        "\narchive:\n  agents: [{}]\n  required_agents: {required}\n",
        files.join(", ")
    ));
    sandbox.write(path, policy);
    sandbox.line("policy check ca-data/policies/class-1.yaml").ok();
    sandbox
}

fn issue_pair(sandbox: &Sandbox, address: &str, more: &str) {
    sandbox
        .line(&format!(
            "issue --class 1 --email {address} --key rsa-2048 --usage pair --evidence mailbox=x --p12-password-file pw {more}"
        ))
        .ok();
}

#[test]
fn old_mail_is_readable_again() {
    let sandbox = with_archive(&["agent@example.com"], 1);
    // Two generations of keys, and a mail to each.
    for (generation, more) in [("old", ""), ("new", "--another --overwrite")] {
        issue_pair(&sandbox, "carol@example.com", more);
        sandbox.write("text", format!("for the {generation} key"));
        sandbox
            .line(&format!(
                "mail encrypt --to carol@example.com.encrypt.crt --text --out {generation}.eml text"
            ))
            .ok();
    }
    for file in ["carol@example.com.p12", "carol@example.com.sign.crt"] {
        std::fs::remove_file(sandbox.path(file)).unwrap();
    }

    let json = sandbox
        .line("cert recover carol@example.com --out back.p12 --p12-password-file pw --identity agent@example.com.p12 --identity-password-file pw --format json")
        .ok()
        .json();
    assert_eq!(json["certificates"].as_array().unwrap().len(), 2, "{json}");
    assert_eq!(json["missing"].as_array().unwrap().len(), 0, "{json}");
    assert!(
        json["opened_by"][0]
            .as_str()
            .unwrap()
            .contains("agent@example.com")
    );
    for generation in ["old", "new"] {
        let opened = sandbox
            .line(&format!(
                "mail decrypt --identity back.p12 --identity-password-file pw {generation}.eml"
            ))
            .ok();
        assert!(opened.text().contains(&format!("for the {generation} key")));
    }
    // Another program takes the file, with both keys.
    if let Some(openssl) = openssl() {
        let run = openssl
            .run(
                sandbox.folder(),
                &["pkcs12", "-in", "back.p12", "-passin", "file:pw", "-nodes"],
            )
            .ok();
        assert_eq!(run.text().matches("BEGIN PRIVATE KEY").count(), 2);
    }
    // It is on record, and the holder is told.
    sandbox
        .line("audit show --format json")
        .ok()
        .says("keys-recovered")
        .says("key-archived");
    sandbox.line("audit verify").ok();
    let notice = String::from_utf8(sandbox.read(json["notice"].as_str().unwrap())).unwrap();
    assert!(notice.contains("To: carol@example.com\r\n"), "{notice}");
    assert!(notice.contains("Auto-Submitted: auto-generated\r\n"), "{notice}");
}

#[test]
fn no_key_that_signs_is_in_the_archive() {
    let sandbox = with_archive(&["agent@example.com"], 1);
    issue_pair(&sandbox, "carol@example.com", "");
    issue(&sandbox, "dual@example.com");
    sandbox
        .line("issue --class 1 --email sign@example.com --key ec-p256 --usage sign --evidence mailbox=x --p12-password-file pw")
        .ok();
    let list = sandbox.line("cert list --format json").ok().json();
    let recover = |address: &str| {
        sandbox.line(&format!(
            "cert recover {address} --out {address}.back.p12 --p12-password-file pw --identity agent@example.com.p12 --identity-password-file pw"
        ))
    };
    for address in ["dual@example.com", "sign@example.com", "agent@example.com"] {
        recover(address).exits(1).says("never is");
    }
    recover("carol@example.com").ok();
    let inspected = sandbox
        .line("inspect carol@example.com.back.p12 --password-file pw --format json")
        .ok()
        .json();
    assert_eq!(inspected["keys"].as_array().unwrap().len(), 1, "{inspected}");
    let encrypts = list
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["usage"] == "encrypt")
        .unwrap();
    assert!(
        inspected["certificates"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["serial"] == encrypts["serial"]),
        "{inspected}"
    );
    // Of five certificates the ledger holds the key of one.
    let archived = sandbox
        .line("audit show --format json")
        .ok()
        .text()
        .matches("\"key-archived\"")
        .count();
    assert_eq!(archived, 1);
}

#[test]
fn it_takes_two_agents_where_the_policy_says_so() {
    let sandbox = with_archive(&["ann@example.com", "ben@example.com", "cem@example.com"], 2);
    issue_pair(&sandbox, "carol@example.com", "");
    let recover = |agents: &[&str], out: &str| {
        let mut arguments = vec!["cert", "recover", "carol@example.com", "--out", out];
        let files: Vec<String> = agents
            .iter()
            .map(|agent| format!("{agent}@example.com.p12"))
            .collect();
        for file in &files {
            arguments.extend(["--identity", file]);
        }
        arguments.extend(["--identity-password-file", "pw", "--p12-password-file", "pw"]);
        sandbox.cachet(&arguments)
    };
    recover(&["ben"], "one.p12").exits(1).says("together");
    assert!(!sandbox.path("one.p12").exists());
    recover(&["cem", "ann"], "two.p12").ok();
    sandbox.line("inspect two.p12 --password-file pw").ok();
}

#[test]
fn a_killed_run_is_finished_with_its_key_in_the_archive() {
    for point in ["after-record", "after-archive", "after-files"] {
        let sandbox = with_archive(&["agent@example.com"], 1);
        let issue = "issue --class 1 --email carol@example.com --key ec-p256 --usage encrypt --evidence mailbox=x --p12-password-file pw";
        let mut command = sandbox.command();
        command.args(issue.split(' ')).env("CACHET_FAILPOINT", point);
        let run = test_support::run(&mut command, b"");
        assert_eq!(run.code, None, "killed at {point}: {run:?}");
        sandbox.line(issue).ok();
        sandbox
            .line("cert recover carol@example.com --out back.p12 --p12-password-file pw --identity agent@example.com.p12 --identity-password-file pw")
            .ok();
        sandbox.line("inspect back.p12 --password-file pw").ok();
        let log = sandbox.line("audit show --format json").ok().text();
        assert_eq!(log.matches("\"key-archived\"").count(), 1, "{point}");
        sandbox.line("status").ok();
    }
}

#[test]
fn what_cannot_be_archived_is_not_issued() {
    let sandbox = with_archive(&["agent@example.com"], 1);
    sandbox
        .line("csr new --email own@example.com --key rsa-2048 --out own.csr --passphrase-file pw")
        .ok();
    sandbox
        .line("issue --class 1 --email own@example.com --csr own.csr --usage encrypt --evidence mailbox=x")
        .exits(1)
        .says("leave out --csr");
    std::fs::remove_file(sandbox.path("ca-data/agents/agent@example.com.crt")).unwrap();
    let issue = "issue --class 1 --email carol@example.com --key ec-p256 --usage encrypt --evidence mailbox=x --p12-password-file pw";
    sandbox.line(issue).exits(1).says("agent@example.com.crt");
    sandbox.write("ca-data/agents/agent@example.com.crt", "no certificate");
    sandbox.line(issue).exits(1);
    // Nothing was begun.
    let list = sandbox
        .line("cert list --email carol@example.com --format json")
        .ok()
        .json();
    assert_eq!(list.as_array().unwrap().len(), 0);
    assert!(!sandbox.files(".").iter().any(|name| name.contains("carol")));
}

#[test]
fn a_pair_whose_key_is_archived_can_be_renewed() {
    let sandbox = with_archive(&["agent@example.com"], 1);
    issue_pair(&sandbox, "carol@example.com", "");
    // The same keys, without and with the P12 at hand; each time the archive has what opens mail to the new certificate.
    sandbox.line("cert renew carol@example.com --out first").ok();
    sandbox
        .line("cert renew carol@example.com --identity carol@example.com.p12 --identity-password-file pw --out second")
        .ok();
    sandbox.write("text", "to the renewed key");
    sandbox
        .line("mail encrypt --to second/carol@example.com.encrypt.crt --text --out new.eml text")
        .ok();
    sandbox
        .line("cert recover carol@example.com --out back.p12 --p12-password-file pw --identity agent@example.com.p12 --identity-password-file pw")
        .ok();
    sandbox
        .line("mail decrypt --identity back.p12 --identity-password-file pw --out plain.eml new.eml")
        .ok();
}

#[test]
fn a_key_with_two_certificates_stays_out_if_one_of_them_signs() {
    let sandbox = with_ca();
    sandbox
        .line("csr new --email carol@example.com --key rsa-2048 --out carol.csr --passphrase-file pw")
        .ok();
    for usage in ["sign", "encrypt"] {
        sandbox
            .line(&format!(
                "issue --class 1 --email carol@example.com --csr carol.csr --usage {usage} --evidence mailbox=x --out {usage}"
            ))
            .ok();
    }
    let key = sandbox
        .files(".")
        .into_iter()
        .find(|name| name.starts_with("carol") && name.ends_with(".key"))
        .unwrap();
    sandbox
        .line(&format!(
            "p12 pack --key {key} --cert encrypt/carol@example.com.crt --chain encrypt/carol@example.com.chain.pem \
             --out carol.p12 --passphrase-file pw --p12-password-file pw"
        ))
        .ok();
    // Only now does the policy ask for an archive.
    let path = "ca-data/policies/class-1.yaml";
    std::fs::create_dir(sandbox.path("ca-data/agents")).unwrap();
    issue(&sandbox, "agent@example.com");
    sandbox.write("ca-data/agents/agent.crt", sandbox.read("agent@example.com.crt"));
    let mut policy = String::from_utf8(sandbox.read(path)).unwrap();
    policy.push_str("\narchive:\n  agents: [agent.crt]\n  required_agents: 1\n");
    sandbox.write(path, policy);
    let list = sandbox
        .line("cert list --email carol@example.com --format json")
        .ok()
        .json();
    let serial = list
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["usage"] == "encrypt")
        .unwrap()["serial"]
        .as_str()
        .unwrap()
        .to_owned();
    sandbox
        .line(&format!(
            "cert renew {serial} --identity carol.p12 --identity-password-file pw --p12-password-file pw --out new"
        ))
        .exits(1)
        .says("may sign: such a key is never archived")
        .says("cachet cert rekey");
    assert!(!sandbox.path("new/carol@example.com.p12").exists());
    assert!(!sandbox.line("audit show").ok().text().contains("key-archived"));
}
