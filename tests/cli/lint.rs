//! `cachet lint`: certificates, lists and P12 files, ours and others'.

use serde_json::Value;
use test_support::{Sandbox, openssl};

use crate::fixture::{issue, with_ca};

fn rules(sandbox: &Sandbox, line: &str, code: i32) -> Vec<String> {
    let found = sandbox
        .line(&format!("lint --format json {line}"))
        .exits(code)
        .json();
    let rule = |one: &Value| one["rule"].as_str().unwrap().to_owned();
    found.as_array().unwrap().iter().map(rule).collect()
}

#[test]
fn what_the_ca_hands_out_breaks_no_rule() {
    let sandbox = with_ca();
    for preset in ["modern", "compat"] {
        sandbox
            .line(&format!(
                "issue --class 1 --email {preset}@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw --p12-preset {preset}"
            ))
            .ok();
    }
    assert_eq!(
        rules(&sandbox, "--password-file pw modern@example.com.p12", 0),
        [""; 0]
    );
    assert_eq!(
        rules(&sandbox, "--password-file pw compat@example.com.p12", 0),
        ["w_p12_old_encryption"],
        "what Apple's systems and old ones want"
    );
    sandbox
        .line("lint modern@example.com.p12")
        .exits(1)
        .says("--password-file");
    sandbox
        .line("lint modern@example.com.crt modern@example.com.chain.pem root.pem")
        .ok();
}

#[test]
fn a_p12_of_others_is_judged_by_the_same_rules() {
    let Some(openssl) = openssl() else { return };
    let sandbox = with_ca();
    sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x --key-file --p12-password-file pw")
        .ok();
    issue(&sandbox, "b@example.com");
    let export = |more: &str, out: &str| {
        let line = format!("pkcs12 -export -passout file:pw -out {out} {more}");
        let words: Vec<&str> = line.split_whitespace().collect();
        openssl.run(sandbox.folder(), &words).ok();
    };
    let key = sandbox
        .files(".")
        .into_iter()
        .find(|name| name.starts_with("a@example.com") && name.ends_with(".key"))
        .unwrap();
    let identity = format!("-inkey {key} -in a@example.com.crt");
    export(
        &format!("{identity} -certfile a@example.com.chain.pem"),
        "good.p12",
    );
    export(&identity, "alone.p12");
    export(&format!("{identity} -keypbe NONE"), "clear.p12");
    export(&format!("{identity} -nomac"), "unprotected.p12");
    export(&format!("{identity} -iter 10"), "quick.p12");
    export(
        "-nocerts -inkey KEY -in a@example.com.crt"
            .replace("KEY", &key)
            .as_str(),
        "key.p12",
    );
    for (file, code, expected) in [
        ("good.p12", 0, &[][..]),
        ("alone.p12", 0, &["w_p12_chain"]),
        ("clear.p12", 4, &["e_p12_key_in_clear", "w_p12_chain"]),
        ("unprotected.p12", 0, &["w_p12_mac", "w_p12_chain"]),
        ("quick.p12", 0, &["w_p12_iterations", "w_p12_chain"]),
        ("key.p12", 4, &["e_p12_key_without_certificate"]),
    ] {
        let found = rules(&sandbox, &format!("--password-file pw {file}"), code);
        assert_eq!(found, expected, "{file}");
    }
}

#[test]
fn no_ca_is_needed_and_any_may_be_there() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    sandbox.line("lint a@example.com.crt").ok();
    // Under a CA that did not issue it.
    let elsewhere = with_ca();
    elsewhere.write("a.crt", sandbox.read("a@example.com.crt"));
    elsewhere.line("lint a.crt").ok();
    let nowhere = crate::fixture::empty();
    nowhere.write("a.crt", sandbox.read("a@example.com.crt"));
    nowhere.line("lint a.crt").ok();
}

#[test]
fn the_baseline_requirements_are_asked_of_who_names_them_or_who_is_told() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    assert_eq!(rules(&sandbox, "a@example.com.crt", 0), [""; 0]);
    assert_eq!(
        rules(&sandbox, "--baseline mailbox-strict a@example.com.crt", 4),
        [
            "e_sbr_policy_reserved",
            "e_sbr_crl_distribution_points",
            "w_sbr_authority_information"
        ],
        "a CA without a --base-url"
    );
    // What is older than the requirements is held against none of them, and that is said.
    sandbox.line("fixture make good --out old").ok();
    sandbox
        .line("lint --baseline mailbox-strict old/good/certificate.crt")
        .says("begins before 2023-09-01");
    sandbox
        .line("lint --baseline strict a@example.com.crt")
        .exits(2)
        .says("such as mailbox-strict");

    let forum = crate::fixture::empty().with("CACHET_DIR", "ca");
    let policies = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    for (file, name) in [
        ("examples/mailbox-strict.yaml", "policies/mailbox.yaml"),
        ("examples/sponsor-multipurpose.yaml", "policies/sponsor.yaml"),
        ("root.yaml", "policies/root.yaml"),
    ] {
        forum.write(name, std::fs::read(policies.join(file)).unwrap());
    }
    forum.write("pw", "secret\n");
    forum
        .line("init --name Forum --organization School --country FR --base-url http://pki.example.com --unattended --policies policies")
        .ok();
    forum
        .line(
            "issue --class 2 --email b@example.com --evidence mailbox=x --evidence document=x --evidence organization=x \
             --given-name Zoé --surname Noël --organization Lycée --organization-id NTRFR-552100554 --country FR --key ec-p256 \
             --p12-password-file pw",
        )
        .ok();
    // Nobody has to tell which requirements: the certificate does.
    assert_eq!(rules(&forum, "b@example.com.crt", 0), [""; 0]);
    assert_eq!(
        rules(&forum, "--baseline mailbox-strict b@example.com.crt", 4),
        [
            "e_sbr_subject_allowed",
            "e_sbr_common_name",
            "e_sbr_extended_key_usage",
            "e_sbr_policy_reserved"
        ]
    );
    let lists: Vec<_> = forum.files("ca/publish/crl");
    let all = lists.iter().map(|name| format!("ca/publish/crl/{name}"));
    let authorities = forum.files("ca/certs");
    let all = all.chain(authorities.iter().map(|name| format!("ca/certs/{name}")));
    let all = all.collect::<Vec<_>>().join(" ");
    assert_eq!(
        rules(&forum, &format!("--baseline sponsor-multipurpose {all}"), 0),
        ["w_sbr_root_path_length"]
    );
}

#[test]
fn what_breaks_the_requirements_that_it_names_is_not_signed() {
    let forum = crate::fixture::empty().with("CACHET_DIR", "ca");
    let policies = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mailbox = std::fs::read_to_string(policies.join("examples/mailbox-strict.yaml")).unwrap();
    // A policy that claims more than it asks for.
    let claims = mailbox.replace("2.23.140.1.5.1.3", "2.23.140.1.5.4.3");
    assert_ne!(mailbox, claims);
    forum.write("policies/mailbox.yaml", claims);
    forum.write(
        "policies/root.yaml",
        std::fs::read(policies.join("root.yaml")).unwrap(),
    );
    forum.write("pw", "secret\n");
    forum
        .line("init --name Forum --organization School --country FR --base-url http://pki.example.com --unattended --policies policies")
        .ok();
    forum
        .line(
            "issue --class 1 --email b@example.com --evidence mailbox=x --key ec-p256 --p12-password-file pw",
        )
        .exits(1)
        .says("e_sbr_subject_required");
}
