//! `cachet trust`.

mod partner;

use test_support::openssl;

use crate::fixture::{issue, with_ca};

#[test]
fn exports_are_read_by_openssl() {
    let sandbox = with_ca();
    let Some(openssl) = openssl() else { return };
    for (form, name, command) in [
        ("pem", "r.pem", "x509 -in r.pem -noout -subject"),
        ("der", "r.der", "x509 -inform DER -in r.der -noout -subject"),
        ("p7b", "r.p7b", "pkcs7 -inform DER -in r.p7b -print_certs -noout"),
    ] {
        let run = sandbox
            .line(&format!("trust export --for {form} --out {name}"))
            .ok();
        assert!(
            run.stderr.contains("SHA-256"),
            "the fingerprint is said: {}",
            run.stderr
        );
        let mut arguments: Vec<&str> = command.split(' ').collect();
        if form == "p7b" && sandbox.read(name).starts_with(b"-----") {
            arguments = "pkcs7 -in r.p7b -print_certs -noout".split(' ').collect();
        }
        openssl.run(sandbox.folder(), &arguments).ok().says("Test School");
    }
    sandbox
        .line("trust export --for pem")
        .ok()
        .says("BEGIN CERTIFICATE");
    sandbox.line("trust export --for wax").exits(2);
}

#[test]
fn adding_twice_is_harmless_and_strangers_are_refused() {
    let sandbox = with_ca();
    let shown = sandbox.line("inspect root.pem --format json").ok().json();
    let fingerprint = shown["certificates"][0]["sha256"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        sandbox
            .cachet(&["trust", "add", "root.pem", "--fingerprint", &fingerprint])
            .ok();
    }
    assert_eq!(
        sandbox
            .line("trust list --format json")
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    sandbox.write("junk", "junk");
    sandbox
        .cachet(&["trust", "add", "junk", "--fingerprint", &fingerprint])
        .exits(1)
        .says("junk");
    sandbox.line("trust remove nothing-like-it --yes").exits(1);
}

#[test]
fn a_holders_certificate_is_no_root() {
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    let shown = sandbox
        .line("inspect alice@example.com.crt --format json")
        .ok()
        .json();
    let fingerprint = shown["certificates"][0]["sha256"].as_str().unwrap().to_owned();
    sandbox
        .cachet(&[
            "trust",
            "add",
            "alice@example.com.crt",
            "--fingerprint",
            &fingerprint,
        ])
        .exits(1)
        .says("no CA");
    let roots = sandbox.line("trust list --format json").ok().json();
    assert!(roots.as_array().unwrap().is_empty(), "{roots}");
}

#[test]
fn removing_what_is_not_there_asks_nothing() {
    let sandbox = with_ca();
    sandbox.line("trust remove nobody").exits(1).says("\"nobody\"");
}

#[test]
fn a_p7b_with_the_issuing_cas_leads_to_the_root() {
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    sandbox.line("trust export --for p7b --out all.p7b").ok();
    let found = sandbox
        .line("cert verify alice@example.com.crt --trust all.p7b --format json")
        .ok()
        .json();
    assert_eq!(found["chain"].as_array().unwrap().len(), 3, "{found}");
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    sandbox
        .line("cert verify alice@example.com.crt --trust folder")
        .exits(1)
        .says("--trust root.pem");
}
