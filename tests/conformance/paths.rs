//! Certificate paths.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use test_support::corpus::{corpus, limbo, pkits};

use crate::limbo_judge::{TLS_ONLY, judge};
use crate::{Bench, Item};

/// The moment for which PKITS and RFC 9216 are judged: 2020-01-01 and 2026-01-01, in seconds since 1970.
const IN_2020: &str = "1577836800";
const IN_2026: &str = "1767225600";

pub(crate) fn pkits(bench: &Bench) -> Vec<Item> {
    let cases = pkits::cases().unwrap();
    cases
        .iter()
        .map(|case| {
            let pem = |files: &[PathBuf], label: &str| -> String {
                files
                    .iter()
                    .map(|file| armour(&std::fs::read(file).unwrap(), label))
                    .collect()
            };
            bench
                .sandbox
                .write("root.pem", pem(std::slice::from_ref(&case.anchor), "CERTIFICATE"));
            bench
                .sandbox
                .write("untrusted.pem", pem(&case.intermediates, "CERTIFICATE"));
            bench
                .sandbox
                .write("leaf.pem", pem(std::slice::from_ref(&case.leaf), "CERTIFICATE"));
            let mut arguments = vec!["verify", "-attime", IN_2020, "-auth_level", "0", "-crl_check_all"];
            arguments.extend([
                "-extended_crl",
                "-use_deltas",
                "-policy_check",
                "-CAfile",
                "root.pem",
            ]);
            if !case.intermediates.is_empty() {
                arguments.extend(["-untrusted", "untrusted.pem"]);
            }
            bench.sandbox.write("lists.pem", pem(&case.crls, "X509 CRL"));
            arguments.extend(["-CRLfile", "lists.pem"]);
            for policy in &case.policies {
                arguments.extend(["-policy", policy]);
            }
            if case.policies.is_empty() {
                // OpenSSL takes no policy at all for none, where RFC 5280 takes it for any.
                arguments.extend(["-policy", pkits::ANY_POLICY]);
            }
            let switches = [
                (case.explicit_policy, "-explicit_policy"),
                (case.inhibit_policy_mapping, "-inhibit_map"),
                (case.inhibit_any_policy, "-inhibit_any"),
            ];
            arguments.extend(switches.iter().filter(|(on, _)| *on).map(|(_, flag)| *flag));
            arguments.push("leaf.pem");
            Item {
                name: format!("{} {}", case.number, case.title),
                accept: case.valid,
                ours: bench.cachet(&case.cachet_arguments()),
                openssl: bench.openssl(&arguments),
            }
        })
        .collect()
}

/// OpenSSL is asked with `-x509_strict` where ours is.
pub(crate) fn limbo(bench: &Bench) -> Vec<Item> {
    let cases = limbo::cases().unwrap();
    cases
        .iter()
        .filter(|case| !TLS_ONLY.iter().any(|(id, _)| *id == case.id))
        .map(|case| {
            bench.sandbox.write("root.pem", case.trusted.concat());
            bench.sandbox.write("leaf.pem", &case.leaf);
            bench.sandbox.write("untrusted.pem", case.untrusted.concat());
            bench.sandbox.write("lists.pem", case.crls.concat());
            let now: chrono::DateTime<chrono::Utc> = case.now.parse().unwrap();
            let now = now.timestamp().to_string();
            let depth = case.intermediates.map(|most| most.to_string());
            let mut arguments = vec![
                "verify",
                "-attime",
                &now,
                "-CAfile",
                "root.pem",
                "-auth_level",
                "2",
            ];
            if case.id.starts_with("rfc5280::") {
                arguments.push("-x509_strict");
            }
            if !case.untrusted.is_empty() {
                arguments.extend(["-untrusted", "untrusted.pem"]);
            }
            if !case.crls.is_empty() {
                arguments.extend(["-crl_check_all", "-CRLfile", "lists.pem"]);
            }
            if let Some(depth) = &depth {
                arguments.extend(["-verify_depth", depth]);
            }
            if let Some(email) = &case.email {
                arguments.extend(["-verify_email", email]);
            }
            arguments.push("leaf.pem");
            Item {
                name: case.id.clone(),
                accept: case.valid,
                ours: judge(case).0,
                openssl: bench.openssl(&arguments),
            }
        })
        .collect()
}

const CHAINS: [(&str, &str, &str); 8] = [
    ("alice", "sign", "ca.rsa"),
    ("alice", "encrypt", "ca.rsa"),
    ("bob", "sign", "ca.rsa"),
    ("bob", "encrypt", "ca.rsa"),
    ("carlos", "sign", "ca.25519"),
    ("carlos", "encrypt", "ca.25519"),
    ("dana", "sign", "ca.25519"),
    ("dana", "encrypt", "ca.25519"),
];

pub(crate) fn rfc9216(bench: &Bench) -> Vec<Item> {
    CHAINS.map(|chain| chain_for(bench, chain, chain.1, true)).into()
}

pub(crate) fn rfc9216_wrong_use(bench: &Bench) -> Vec<Item> {
    CHAINS
        .map(|chain| {
            let other = if chain.1 == "sign" { "encrypt" } else { "sign" };
            chain_for(bench, chain, other, false)
        })
        .into()
}

/// A chain of RFC 9216 to its own root.
fn chain_for(bench: &Bench, (holder, usage, root): (&str, &str, &str), purpose: &str, accept: bool) -> Item {
    let folder = corpus("rfc9216").unwrap();
    let file = |name: &str| in_folder(&folder, &format!("{name}.crt"));
    let (leaf, root) = (file(&format!("{holder}.{usage}")), file(root));
    let ours = [
        "--now",
        "2026-01-01T00:00:00Z",
        "cert",
        "verify",
        &leaf,
        "--trust",
        &root,
        "--purpose",
        &format!("smime-{purpose}"),
    ];
    let theirs = [
        "verify",
        "-attime",
        IN_2026,
        "-CAfile",
        &root,
        "-purpose",
        &format!("smime{purpose}"),
        &leaf,
    ];
    Item {
        name: format!("{holder}.{usage} to {purpose}"),
        accept,
        ours: bench.cachet(&ours),
        openssl: bench.openssl(&theirs),
    }
}

pub(crate) fn in_folder(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// PEM, unless it is already.
pub(crate) fn armour(bytes: &[u8], label: &str) -> String {
    if bytes.starts_with(b"-----") {
        return String::from_utf8(bytes.to_vec()).unwrap();
    }
    let lines: Vec<String> = STANDARD
        .encode(bytes)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
