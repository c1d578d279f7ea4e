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

mod issuance;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use test_support::{Sandbox, openssl};

fn main() {
    // `cargo test --benches` must not spend minutes here.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if openssl().is_none() {
        return;
    }
    let sandbox = prepare();
    println!(
        "{:<38} {:>12} {:>12} {:>8}",
        "median of whole processes", "cachet", "openssl", "ratio"
    );
    let openssl_issues = issue(&sandbox);
    for (size, rounds) in [("10 KiB", 9), ("50 MiB", 5)] {
        for person in ["rsa", "p256"] {
            messages(&sandbox, size, person, rounds);
        }
    }
    issuance::print_rates(openssl_issues);
}

/// A CA, an RSA and a P-256 identity as PEM, and the contents.
fn prepare() -> Sandbox {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet")).with("CACHET_DIR", "ca");
    sandbox.line("init --name Bench --unattended").ok();
    sandbox.line("trust export --for pem --out root.pem").ok();
    for (name, key) in [("rsa", "rsa-2048"), ("p256", "ec-p256")] {
        let address = format!("{name}@example.com");
        sandbox
            .line(&format!(
                "issue --class 1 --email {address} --key {key} --evidence mailbox=bench --key-file"
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
    for (size, length) in [("10 KiB", 10 << 10), ("50 MiB", 50 << 20)] {
        let line = "A line of text as mail has it, sixty-odd characters to the end.\r\n";
        let mut content = b"Content-Type: text/plain\r\n\r\n".to_vec();
        while content.len() < length {
            content.extend_from_slice(line.as_bytes());
        }
        sandbox.write(&format!("{size}.entity"), &content);
        let mut message = b"From: rsa@example.com\r\nMIME-Version: 1.0\r\n".to_vec();
        message.extend_from_slice(&content);
        sandbox.write(&format!("{size} rsa.eml"), &message);
        let mut message = b"From: p256@example.com\r\nMIME-Version: 1.0\r\n".to_vec();
        message.extend_from_slice(&content);
        sandbox.write(&format!("{size} p256.eml"), &message);
    }
    sandbox
}

fn messages(sandbox: &Sandbox, size: &str, person: &str, rounds: usize) {
    let input = format!("{size} {person}.eml");
    let entity = format!("{size}.entity");
    let identity = format!("{person}.pem");
    let (certificate, key) = (format!("{person}.crt"), format!("{person}.key"));
    let chain = format!("{person}@example.com.chain.pem");
    let ours = |arguments: &[&str]| {
        let mut command = sandbox.command();
        command.args(["--overwrite", "--quiet"]).args(arguments);
        command
    };
    let theirs = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.current_dir(sandbox.folder()).arg("cms").args(arguments);
        command
    };
    let label = |operation: &str| format!("{operation}, {size}, {person}");
    compare(
        &label("sign (clear)"),
        rounds,
        || {
            ours(&[
                "mail",
                "sign",
                "--identity",
                &identity,
                "--out",
                "o-signed.eml",
                &input,
            ])
        },
        || {
            theirs(&[
                "-sign",
                "-in",
                &entity,
                "-signer",
                &certificate,
                "-inkey",
                &key,
                "-certfile",
                &chain,
                "-out",
                "t-signed.eml",
            ])
        },
    );
    compare(
        &label("verify (clear)"),
        rounds,
        || {
            ours(&[
                "mail",
                "verify",
                "--trust",
                "root.pem",
                "--content",
                "o-verified",
                "o-signed.eml",
            ])
        },
        || {
            theirs(&[
                "-verify",
                "-CAfile",
                "root.pem",
                "-in",
                "o-signed.eml",
                "-out",
                "t-verified",
            ])
        },
    );
    for cipher in ["aes-256-cbc", "aes-256-gcm"] {
        compare(
            &label(&format!("encrypt {cipher}")),
            rounds,
            || {
                ours(&[
                    "mail",
                    "encrypt",
                    "--to",
                    &certificate,
                    "--cipher",
                    cipher,
                    "--out",
                    "o-sealed.eml",
                    &input,
                ])
            },
            || {
                theirs(&[
                    "-encrypt",
                    &format!("-{cipher}"),
                    "-in",
                    &entity,
                    "-out",
                    "t-sealed.eml",
                    &certificate,
                ])
            },
        );
        compare(
            &label(&format!("decrypt {cipher}")),
            rounds,
            || {
                ours(&[
                    "mail",
                    "decrypt",
                    "--identity",
                    &identity,
                    "--out",
                    "o-opened.eml",
                    "o-sealed.eml",
                ])
            },
            || {
                theirs(&[
                    "-decrypt",
                    "-in",
                    "o-sealed.eml",
                    "-recip",
                    &certificate,
                    "-inkey",
                    &key,
                    "-out",
                    "t-opened.eml",
                ])
            },
        );
    }
}

/// One certificate from a given P-256 public key: ours is on durable record before it exists, OpenSSL's is not recorded at all. Returns
/// OpenSSL's time.
fn issue(sandbox: &Sandbox) -> Duration {
    let run = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.current_dir(sandbox.folder()).args(arguments.split(' '));
        time(command);
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
    compare(
        "issue one certificate from a CSR",
        9,
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
    )
}

/// Runs both in turn and prints a row; returns the other's median.
fn compare(label: &str, rounds: usize, ours: impl Fn() -> Command, theirs: impl Fn() -> Command) -> Duration {
    // One uncounted round warms the file cache.
    time(ours());
    time(theirs());
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        our_times.push(time(ours()));
        their_times.push(time(theirs()));
    }
    let (our_time, their_time) = (median(our_times), median(their_times));
    println!(
        "{label:<38} {:>9.1} ms {:>9.1} ms {:>7.2}x",
        our_time.as_secs_f64() * 1e3,
        their_time.as_secs_f64() * 1e3,
        their_time.as_secs_f64() / our_time.as_secs_f64()
    );
    their_time
}

fn time(mut command: Command) -> Duration {
    let started = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
