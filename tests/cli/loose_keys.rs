//! Keys and certificates that come in files of their own, in DER and PEM.

use test_support::{Sandbox, openssl};

use crate::fixture::{issue, with_ca};

/// Alice's key and certificate in every form, beside her P12; `None` without OpenSSL.
fn in_pieces() -> Option<Sandbox> {
    let openssl = openssl()?;
    let sandbox = with_ca();
    issue(&sandbox, "alice@example.com");
    let run = |line: &str| {
        let arguments: Vec<&str> = line.split(' ').collect();
        let _ = openssl.run(sandbox.folder(), &arguments).ok();
    };
    run("pkcs12 -in alice@example.com.p12 -passin file:pw -nocerts -nodes -out alice.key");
    run("pkcs8 -topk8 -nocrypt -in alice.key -outform DER -out pkcs8.der");
    run("pkcs8 -topk8 -in alice.key -passout file:pw -v2 aes256 -iter 1000 -outform DER -out sealed.der");
    run("pkey -in alice.key -traditional -outform DER -out traditional.der");
    run("x509 -in alice@example.com.crt -outform DER -out alice.der");
    Some(sandbox)
}

#[test]
fn inspect_shows_keys_in_der() {
    let Some(sandbox) = in_pieces() else { return };
    for (file, password) in [
        ("pkcs8.der", ""),
        ("traditional.der", ""),
        ("sealed.der", " --password-file pw"),
    ] {
        let json = sandbox
            .line(&format!("--format json inspect {file}{password}"))
            .ok()
            .json();
        assert_eq!(json["kind"], "key", "{file}");
        assert_eq!(json["keys"][0]["has_certificate"], false, "{file}");
    }
    sandbox
        .line("inspect sealed.der")
        .exits(1)
        .says("--password-file FILE");
}

#[test]
fn an_identity_may_come_in_several_files() {
    let Some(sandbox) = in_pieces() else { return };
    sandbox.write("text", "Hello.\n");
    for (key, password) in [
        ("pkcs8.der", ""),
        ("traditional.der", ""),
        ("sealed.der", " --identity-password-file pw"),
        ("alice.key", ""),
    ] {
        for certificate in [
            "alice.der",
            "alice@example.com.crt",
            "alice@example.com.chain.pem",
        ] {
            let mut line = format!("--identity {key} --identity {certificate}{password}");
            if certificate.ends_with("chain.pem") {
                line.push_str(" --identity alice.der");
            }
            let signed = sandbox
                .line(&format!("mail sign {line} --subject x text"))
                .ok()
                .stdout;
            sandbox.write("signed.eml", signed);
            let untrusted = if certificate.ends_with("chain.pem") {
                ""
            } else {
                " --untrusted alice@example.com.chain.pem"
            };
            let _ = sandbox
                .line(&format!("mail verify --trust root.pem{untrusted} signed.eml"))
                .ok();
        }
    }
}

#[test]
fn what_is_missing_is_said() {
    let Some(sandbox) = in_pieces() else { return };
    issue(&sandbox, "bob@example.com");
    sandbox.write("text", "Hello.\n");
    sandbox
        .line("mail sign --identity pkcs8.der text")
        .exits(1)
        .says("pkcs8.der")
        .says("give the key's certificate");
    sandbox
        .line("mail sign --identity alice.der text")
        .exits(1)
        .says("give the certificate's private key");
    sandbox
        .line("mail sign --identity pkcs8.der --identity bob@example.com.crt text")
        .exits(1)
        .says("no certificate for it");
}
