//! `cachet init`.

use std::os::unix::fs::PermissionsExt;

use crate::fixture::{empty, with_ca};

#[test]
fn makes_keys_that_only_the_owner_reads() {
    let sandbox = with_ca();
    let mode = |name: &str| {
        std::fs::metadata(sandbox.path(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("ca-data"), 0o700);
    assert_eq!(mode("ca-data/unlock"), 0o600);
    assert_eq!(mode("ca-data/ca.db"), 0o600);
    let keys: Vec<String> = sandbox
        .files("ca-data")
        .into_iter()
        .filter(|name| name.ends_with(".key"))
        .collect();
    assert_eq!(keys.len(), 4, "a root and three issuing CAs: {keys:?}");
    for key in keys {
        let name = format!("ca-data/{key}");
        assert_eq!(mode(&name), 0o600, "{name}");
        assert!(
            sandbox
                .read(&name)
                .starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"),
            "{name}"
        );
    }
}

#[test]
fn a_second_run_refuses_and_loses_nothing() {
    let sandbox = with_ca();
    let before = sandbox.read("root.pem");
    sandbox
        .cachet(&["init", "--name", "Other", "--unattended"])
        .exits(1)
        .says("ca-data");
    sandbox
        .cachet(&["init", "--name", "Other", "--unattended", "--overwrite"])
        .exits(1);
    sandbox
        .cachet(&["init", "--name", "Test School", "--unattended", "--if-missing"])
        .ok();
    sandbox.line("trust export --for pem --out again.pem").ok();
    assert_eq!(before, sandbox.read("again.pem"));
    sandbox.line("status").ok();
}

#[test]
fn works_in_a_clone_where_the_directory_has_its_readme() {
    let sandbox = empty();
    sandbox.write("ca-data/README.md", include_str!("../../ca-data/README.md"));
    sandbox.write("ca-data/.gitignore", "*\n");
    sandbox.line("init --name School --unattended").ok();
    assert!(sandbox.path("ca-data/README.md").exists());
    sandbox.line("status").ok();
}

#[test]
fn warns_of_what_the_ca_can_do_and_cannot() {
    let sandbox = empty();
    sandbox
        .line("init --name School --unattended")
        .ok()
        .says("any address")
        .says("--base-url")
        .says("1.3.6.1.4.1.32473");
}

#[test]
fn two_passphrases_and_a_root_kept_elsewhere() {
    let sandbox = empty();
    sandbox.write("issuing", "issuing passphrase\n");
    sandbox.write("root", "root passphrase\r\n");
    sandbox
        .line("init --name School --passphrase-file issuing --root-passphrase-file root --root-dir stick --country FR")
        .ok();
    assert_eq!(
        sandbox
            .files("stick")
            .iter()
            .filter(|name| name.ends_with(".key"))
            .count(),
        1
    );
    assert_eq!(
        sandbox
            .files("ca-data")
            .iter()
            .filter(|name| name.ends_with(".key"))
            .count(),
        3
    );
    // Issuing needs neither the stick nor its passphrase.
    std::fs::rename(sandbox.path("stick"), sandbox.path("drawer")).unwrap();
    sandbox.line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x --passphrase-file issuing").ok();
    sandbox
        .line(
            "issue --class 1 --email b@example.com --key ec-p256 --evidence mailbox=x --passphrase-file root",
        )
        .exits(1)
        .says("passphrase");
    assert!(!sandbox.path("b@example.com.p12").exists());
}

#[test]
fn one_passphrase_for_both_is_said_and_remembered() {
    let sandbox = empty();
    sandbox.write("one", "only passphrase\n");
    sandbox
        .line("init --name School --passphrase-file one")
        .ok()
        .says("both");
    sandbox.line("status --passphrase-file one").says("passphrase");
}

#[test]
fn refuses_without_a_passphrase_and_a_terminal() {
    let sandbox = empty();
    sandbox
        .line("init --name School")
        .exits(1)
        .says("--passphrase-file");
    assert!(!sandbox.path("ca-data/ca.db").exists());
    sandbox.write("empty", "");
    sandbox
        .line("init --name School --passphrase-file empty")
        .exits(1)
        .says("empty");
    sandbox
        .line("init --name School --passphrase-file missing")
        .exits(1)
        .says("missing");
}

#[test]
fn a_missing_or_bad_policy_directory_leaves_nothing() {
    let sandbox = empty();
    sandbox
        .line("init --name School --unattended --policies nowhere")
        .exits(1)
        .says("nowhere");
    assert!(!sandbox.path("ca-data/ca.db").exists());
    std::fs::create_dir(sandbox.path("mine")).unwrap();
    for (name, text) in [
        ("root.yaml", include_str!("../../policies/root.yaml")),
        ("class-1.yaml", "title: broken\nunknown_key: 1\n"),
    ] {
        sandbox.write(&format!("mine/{name}"), text);
    }
    sandbox
        .line("init --name School --unattended --policies mine")
        .exits(1)
        .says("class-1.yaml")
        .says("unknown_key");
    assert!(!sandbox.path("ca-data/ca.db").exists());
    sandbox.line("init --name School --unattended").ok();
}

#[test]
fn domains_bind_the_issuing_cas() {
    let sandbox = empty();
    sandbox
        .line("init --name School --unattended --domain school.example")
        .ok();
    let issue = |address: &str| {
        sandbox.line(&format!(
            "issue --class 1 --email {address} --key ec-p256 --evidence mailbox=x"
        ))
    };
    issue("in@school.example").ok();
    issue("sub@mail.school.example").ok();
    issue("out@elsewhere.example").exits(1).says("school.example");
    assert!(!sandbox.path("out@elsewhere.example.p12").exists());
}

#[test]
fn base_url_names_the_files_to_serve() {
    let sandbox = empty();
    sandbox
        .line("init --name School --unattended --base-url http://pki.example.com/school")
        .ok()
        .says("http://pki.example.com/school/crl/")
        .says("http://pki.example.com/school/ca/");
    sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x")
        .ok();
    sandbox
        .line("inspect a@example.com.crt")
        .ok()
        .says("http://pki.example.com/school/crl/");
    let other = empty();
    other
        .line("init --name School --unattended --base-url notaurl")
        .fails()
        .says("notaurl");
}

#[test]
fn a_domain_that_is_none() {
    let sandbox = empty();
    for domain in ["a b", "a@example.org", "a.example,b.example"] {
        sandbox
            .cachet(&["init", "--name", "X", "--unattended", "--domain", domain])
            .exits(1)
            .says("as in example.org");
    }
}
