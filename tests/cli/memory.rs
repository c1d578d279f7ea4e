//! Messages of any size take the same memory: the promise is 16 MiB for the whole process.

use std::fs::{self, File};
use std::io::Write as _;

use test_support::{Peer, Sandbox, openssl, peak_memory};

use crate::fixture::with_ca;

/// The program as it is released keeps the promise. Unoptimised, the pages of its program file alone take nearly that much:
/// what it takes besides them is judged then.
const LIMIT: u64 = if cfg!(debug_assertions) { 8 << 20 } else { 16 << 20 };
/// How far the peaks of a short and a long message may lie apart: code pages are loaded more or less by chance.
const TOLERANCE: u64 = 3 << 20;
/// How often a short message is looked at before its peak is believed: on a busy machine it may fall between two looks.
const LOOKS: usize = 5;

const SIZES: [(&str, usize); 2] = [("short", 4 << 20), ("long", 64 << 20)];

#[test]
fn memory_does_not_grow_with_the_message() {
    if !cfg!(target_os = "linux") {
        eprintln!("SKIPPED: the peak of memory is read from /proc");
        return;
    }
    let sandbox = with_ca();
    sandbox
        .line("issue --class 1 --email alice@example.com --key ec-p256 --evidence mailbox=asked --key-file")
        .ok();
    let read = |extension: &str| sandbox.read(&format!("alice@example.com.{extension}"));
    sandbox.write(
        "alice.pem",
        [read("key"), read("crt"), read("chain.pem")].concat(),
    );
    for (name, octets) in SIZES {
        write_message(&sandbox, name, octets);
    }

    let sign = "mail sign --identity alice.pem";
    let verify = "mail verify --trust root.pem";
    let encrypt = "mail encrypt --to alice@example.com.crt --cipher";
    let decrypt = "mail decrypt --identity alice.pem --out opened";
    for (made, makes, reads) in [
        (
            "clear",
            sign.to_owned(),
            vec![verify.to_owned(), format!("{verify} --content opened")],
        ),
        (
            "opaque",
            format!("{sign} --opaque"),
            vec![format!("{verify} --content opened")],
        ),
        ("cbc", format!("{encrypt} aes-256-cbc"), vec![decrypt.to_owned()]),
        ("gcm", format!("{encrypt} aes-256-gcm"), vec![decrypt.to_owned()]),
    ] {
        assert_constant(&sandbox, &format!("{makes} --out {made}.SIZE SIZE"));
        for read in reads {
            assert_constant(&sandbox, &format!("{read} {made}.SIZE"));
        }
        remove(&sandbox, made);
    }
    if let Some(openssl) = openssl() {
        for (form, options) in [("der", &[][..]), ("ber", &["-stream"])] {
            for (name, _) in SIZES {
                envelope(&sandbox, &openssl, name, form, options);
            }
            assert_constant(&sandbox, &format!("{decrypt} {form}.SIZE"));
            remove(&sandbox, form);
        }
    }
}

/// Removes what was made of both messages: kept until the end, all of it would fill half a gigabyte of a test machine's disk.
fn remove(sandbox: &Sandbox, made: &str) {
    for (name, _) in SIZES {
        fs::remove_file(sandbox.path(&format!("{made}.{name}"))).unwrap();
    }
}

/// Runs a command on the short and on the long message.
fn assert_constant(sandbox: &Sandbox, line: &str) {
    let peak = |size: &str| {
        let mut command = sandbox.command();
        command.args(["--overwrite", "--quiet"]);
        command.args(line.replace("SIZE", size).split(' '));
        let peak = peak_memory(command);
        match cfg!(debug_assertions) {
            true => peak.own,
            false => peak.resident,
        }
    };
    let long = peak("long");
    assert!(long <= LIMIT, "`{line}` takes {long} octets of memory");
    let mut short = 0;
    for _ in 0..LOOKS {
        short = short.max(peak("short"));
        if long <= short + TOLERANCE {
            break;
        }
    }
    assert!(
        long <= short + TOLERANCE,
        "`{line}` takes {short} octets of memory, and {long} for a longer message"
    );
}

fn write_message(sandbox: &Sandbox, name: &str, octets: usize) {
    let mut file = File::create(sandbox.path(name)).unwrap();
    file.write_all(b"From: alice@example.com\r\nContent-Type: text/plain\r\n\r\n")
        .unwrap();
    let lines = b"A line of text as mail has it, sixty-odd characters to the end.\r\n".repeat(1 << 10);
    for _ in 0..octets / lines.len() {
        file.write_all(&lines).unwrap();
    }
}

fn envelope(sandbox: &Sandbox, openssl: &Peer, name: &str, form: &str, options: &[&str]) {
    let made = format!("{form}.{name}");
    let mut arguments: Vec<&str> = "cms -encrypt -binary -aes-256-cbc -outform DER"
        .split(' ')
        .collect();
    arguments.extend(options);
    arguments.extend(["-in", name, "-out", &made, "alice@example.com.crt"]);
    openssl.run(sandbox.folder(), &arguments).ok();
}
