//! A lab: five hundred mails of 100 KB, checked at once, beside openssl verifying each of them on as many cores.

use std::process::Command;
use std::time::Duration;

use test_support::Sandbox;

use crate::measure;

const STUDENTS: usize = 25;
const MAILS: usize = 500;
const OCTETS: usize = 100_000;
const ROUNDS: usize = 5;

/// Prints a row for each place where the mails may lie.
pub(crate) fn print(sandbox: &Sandbox) {
    prepare(sandbox);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("\n{MAILS} signed mails of {OCTETS} octets, {STUDENTS} students, {cores} cores, median");
    println!(
        "{:<24} {:>9} {:>22} {:>8} {:>9}",
        "whole process", "cachet", "openssl, one by one", "ratio", "peak"
    );
    for (name, source) in [("--folder", "lab"), ("--mbox", "lab.mbox")] {
        let (ours, theirs) = measure::in_turn(
            ROUNDS,
            &[],
            || {
                let mut command = sandbox.command();
                command.args([
                    "--quiet", "lab", "check", name, source, "--roster", "lab.csv", "--trust", "root.pem",
                ]);
                command
            },
            || verify_each(sandbox, cores),
        );
        println!(
            "{name:<24} {:>6.0} ms {:>19.0} ms {:>7.2}x {:>6.1} MB",
            milliseconds(ours.time),
            milliseconds(theirs.time),
            theirs.time.as_secs_f64() / ours.time.as_secs_f64(),
            ours.peak_octets as f64 / 1e6,
        );
    }
}

/// OpenSSL's program takes one message; xargs keeps all cores busy with it.
fn verify_each(sandbox: &Sandbox, cores: usize) -> Command {
    let mut command = Command::new("sh");
    command.current_dir(sandbox.folder()).args([
        "-c",
        &format!(
            "printf '%s\\n' lab/*.eml | xargs -P {cores} -I MAIL openssl cms -verify -CAfile root.pem -in MAIL -out /dev/null 2>&1 \
             | grep -vc successful || true"
        ),
    ]);
    command
}

/// Signs the mails, each another, and writes them into one mbox file too.
fn prepare(sandbox: &Sandbox) {
    let mut roster = String::from("email\n");
    for student in 0..STUDENTS {
        let address = format!("s{student}@example.com");
        sandbox
            .line(&format!(
                "--overwrite issue --class 1 --email {address} --key rsa-2048 --evidence mailbox=bench --key-file \
                 --p12-password-file no-password --another"
            ))
            .ok();
        let read = |extension: &str| sandbox.read(&format!("{address}.{extension}"));
        sandbox.write(
            &format!("s{student}.pem"),
            [read("key"), read("crt"), read("chain.pem")].concat(),
        );
        roster.push_str(&format!("{address}\n"));
    }
    sandbox.write("lab.csv", roster);
    let line = "A line of a student's work, as long as lines of mail are wont to be.\n";
    let mut mbox = Vec::new();
    for mail in 0..MAILS {
        let text = format!("Mail {mail}\n{}", line.repeat(OCTETS / line.len()));
        sandbox.write("lab.txt", text);
        let name = format!("lab/{mail:03}.eml");
        let student = mail % STUDENTS;
        std::fs::create_dir_all(sandbox.path("lab")).unwrap();
        sandbox
            .line(&format!(
                "--overwrite mail sign --identity s{student}.pem --subject Lab --out {name} lab.txt"
            ))
            .ok();
        mbox.extend_from_slice(b"From - Wed Sep 02 08:00:00 2026\r\n");
        mbox.extend(sandbox.read(&name));
        mbox.extend_from_slice(b"\r\n");
    }
    sandbox.write("lab.mbox", mbox);
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
