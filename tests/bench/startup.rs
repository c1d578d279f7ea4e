//! How long commands take that need no private key, as whole processes.

use std::process::Command;

use test_support::Sandbox;

use crate::measure;

/// What people type to look at something.
const COMMANDS: &[&str] = &[
    "--version",
    "cert list",
    "cert show p256@example.com",
    "ca list",
    "policy show class-1",
    "status",
    "audit verify",
    "crl check",
    "inspect p256@example.com.crt",
    "lint p256@example.com.crt",
    "cert verify p256@example.com.crt --trust ca",
];

/// Prints a row for each, beside `openssl version`: a process that does nothing.
pub(crate) fn print(sandbox: &Sandbox) {
    println!(
        "\n{:<44} {:>10} {:>16} {:>9}",
        "whole process, no private key", "cachet", "openssl version", "peak"
    );
    for line in COMMANDS {
        let ours = || {
            let mut command = sandbox.command();
            command.args(line.split(' '));
            command
        };
        let theirs = || {
            let mut command = Command::new("openssl");
            command.arg("version");
            command
        };
        let (ours, theirs) = measure::in_turn(21, &[], ours, theirs);
        println!(
            "{line:<44} {:>7.1} ms {:>13.1} ms {:>6} MB",
            ours.time.as_secs_f64() * 1e3,
            theirs.time.as_secs_f64() * 1e3,
            ours.peak_octets / 1_000_000
        );
    }
}
