//! `just bench`: what people wait for, beside `openssl` doing the same in the same run.
//!
//! Whole processes are compared with whole processes (identities as PEM, so that no password derivation counts), in turn, and the
//! medians and their ratio are printed. Library-level figures come from the divan benchmarks of each crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a benchmark prints, and stops at the first surprise"
)]

mod crl;
mod http;
mod issuance;
mod issuers;
mod lab;
mod measure;
mod messages;
mod others;
mod primitives;
mod responder;
mod roster;
mod search;
mod small;
mod startup;

use std::process::Command;
use std::time::Duration;

use primitives::Primitives;
use test_support::{Sandbox, openssl};

fn main() {
    // `cargo test --benches` must not spend minutes here.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if openssl().is_none() {
        return;
    }
    // `cargo bench -p ca-cli --bench beside_openssl -- search crl` runs these parts alone.
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|word| word == part);
    let sandbox = prepare();
    if wanted("messages") {
        messages::print(&sandbox, &Primitives::measure());
    }
    if wanted("others") {
        others::print(&sandbox);
    }
    if wanted("small") {
        small::print(&sandbox);
    }
    if wanted("startup") {
        startup::print(&sandbox);
    }
    if wanted("issuance") {
        issuance::print_rates(issue(&sandbox));
        issuers::print(&sandbox);
    }
    if wanted("responder") {
        responder::print(&sandbox);
    }
    if wanted("search") {
        search::print();
    }
    if wanted("roster") {
        roster::print();
    }
    if wanted("lab") {
        lab::print(&sandbox);
    }
    if wanted("crl") {
        crl::print(&sandbox);
    }
}

/// A CA, an RSA and a P-256 identity as PEM.
fn prepare() -> Sandbox {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet")).with("CACHET_DIR", "ca");
    sandbox.line("init --name Bench --unattended").ok();
    sandbox.line("trust export --for pem --out root.pem").ok();
    // GnuPG would ask for a password each time.
    sandbox.write("no-password", "");
    for (name, key) in [("rsa", "rsa-2048"), ("p256", "ec-p256")] {
        let address = format!("{name}@example.com");
        sandbox
            .line(&format!(
                "issue --class 1 --email {address} --key {key} --evidence mailbox=bench --key-file --p12-preset both \
                 --p12-password-file no-password"
            ))
            .ok();
        let read = |extension: &str| sandbox.read(&format!("{address}.{extension}"));
        sandbox.write(
            &format!("{name}.pem"),
            [read("key"), read("crt"), read("chain.pem")].concat(),
        );
        sandbox.write(&format!("{name}.key"), read("key"));
        sandbox.write(&format!("{name}.crt"), read("crt"));
    }
    sandbox
}

/// One certificate from a given P-256 public key: ours is on durable record before it exists, OpenSSL's is not recorded at all. Returns
/// OpenSSL's time.
fn issue(sandbox: &Sandbox) -> Duration {
    let run = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.current_dir(sandbox.folder()).args(arguments.split(' '));
        measure::time(command);
    };
    run(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout oca.key -out oca.pem -days 30 -subj /CN=O",
    );
    run(
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.csr -subj /CN=Leaf",
    );
    sandbox.write(
        "leaf.cnf",
        "extendedKeyUsage=emailProtection\nsubjectAltName=email:leaf@example.com\n",
    );
    let (ours, theirs) = measure::in_turn(
        9,
        &[],
        || {
            let mut command = sandbox.command();
            command.args(
                "--overwrite --quiet issue --class 1 --email leaf@example.com --csr leaf.csr --evidence mailbox=x --another"
                    .split(' '),
            );
            command
        },
        || {
            let mut command = Command::new("openssl");
            command.current_dir(sandbox.folder()).args(
                "x509 -req -in leaf.csr -CA oca.pem -CAkey oca.key -days 30 -extfile leaf.cnf -out leaf.pem"
                    .split(' '),
            );
            command
        },
    );
    println!(
        "one certificate from a CSR, whole process: cachet {:.0} ms, openssl {:.0} ms",
        ours.time.as_secs_f64() * 1e3,
        theirs.time.as_secs_f64() * 1e3
    );
    theirs.time
}
