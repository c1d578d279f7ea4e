//! Messages of four sizes: time, throughput and peak memory of a whole process, beside `openssl cms` and the bare primitive.

use std::fs;
use std::process::Command;
use std::time::Duration;

use test_support::Sandbox;

use super::measure::{self, Cost};
use super::primitives::{Primitive, Primitives};

/// What is measured at one size.
struct Size {
    name: &'static str,
    octets: u64,
    rounds: usize,
    people: &'static [&'static str],
}

const SIZES: [Size; 4] = [
    Size {
        name: "10 KiB",
        octets: 10 << 10,
        rounds: 9,
        people: &["rsa", "p256"],
    },
    Size {
        name: "10 MiB",
        octets: 10 << 20,
        rounds: 5,
        people: &["rsa"],
    },
    Size {
        name: "256 MiB",
        octets: 256 << 20,
        rounds: 3,
        people: &["rsa"],
    },
    Size {
        name: "1 GiB",
        octets: 1 << 30,
        rounds: 1,
        people: &["rsa"],
    },
];

/// Prints a row for each operation at each size; `CACHET_BENCH_SIZES` (`10 KiB,256 MiB`) leaves others out.
pub(crate) fn print(sandbox: &Sandbox, primitives: &Primitives) {
    println!(
        "\n{:<44} {:>10} {:>10} {:>7} {:>9} {:>8} {:>9} {:>9}",
        "whole process, median", "cachet", "openssl", "ratio", "MB/s", "of bare", "peak", "openssl's"
    );
    let wanted = std::env::var("CACHET_BENCH_SIZES").ok();
    for size in &SIZES {
        if wanted
            .as_ref()
            .is_some_and(|wanted| !wanted.split(',').any(|name| name.trim() == size.name))
        {
            continue;
        }
        for person in size.people {
            Messages::new(sandbox, primitives, size, person).all();
        }
    }
}

struct Messages<'a> {
    sandbox: &'a Sandbox,
    primitives: &'a Primitives,
    size: &'a Size,
    person: &'a str,
}

impl<'a> Messages<'a> {
    /// Writes the content as an entity for OpenSSL, and as a message for us.
    fn new(sandbox: &'a Sandbox, primitives: &'a Primitives, size: &'a Size, person: &'a str) -> Self {
        let line = b"A line of text as mail has it, sixty-odd characters to the end.\r\n";
        let lines = line.repeat((64 << 10) / line.len());
        let header = b"Content-Type: text/plain\r\n\r\n";
        let mail = format!("From: {person}@example.com\r\nMIME-Version: 1.0\r\n");
        for (name, opening) in [("b-entity", &b""[..]), ("b-message.eml", mail.as_bytes())] {
            let mut file = fs::File::create(sandbox.path(name)).unwrap();
            let mut write = |bytes: &[u8]| std::io::Write::write_all(&mut file, bytes).unwrap();
            write(opening);
            write(header);
            for _ in 0..size.octets / lines.len() as u64 {
                write(&lines);
            }
            write(line);
        }
        Self {
            sandbox,
            primitives,
            size,
            person,
        }
    }

    fn all(&self) {
        let identity = format!("{}.pem", self.person);
        let certificate = format!("{}.crt", self.person);
        let key = format!("{}.key", self.person);
        let chain = format!("{}@example.com.chain.pem", self.person);
        let signer = ["-signer", &certificate, "-inkey", &key, "-certfile", &chain];
        for (form, ours, theirs) in [
            ("clear", None, None),
            ("opaque", Some("--opaque"), Some("-nodetach")),
        ] {
            let mut sign = vec!["mail", "sign", "--identity", &identity, "--out", "o-signed.eml"];
            sign.extend(ours);
            sign.push("b-message.eml");
            let mut cms = vec!["-sign", "-in", "b-entity", "-out", "t-signed.eml"];
            cms.extend(signer);
            cms.extend(theirs);
            self.row(&format!("sign {form}"), Primitive::Sha256, &sign, &cms);
            let mut verify = vec![
                "mail",
                "verify",
                "--trust",
                "root.pem",
                "--any-sender",
                "t-signed.eml",
            ];
            let mut cms = vec!["-verify", "-CAfile", "root.pem", "-in", "t-signed.eml", "-out"];
            let without = [&cms[..], &["/dev/null"]].concat();
            self.row(
                &format!("verify {form}, verdict alone"),
                Primitive::Sha256,
                &verify,
                &without,
            );
            verify.extend(["--content", "o-content"]);
            cms.push("t-content");
            self.row(&format!("verify {form}"), Primitive::Sha256, &verify, &cms);
        }
        self.verify_detached(&signer);
        for (cipher, encrypting, decrypting) in [
            ("aes-256-cbc", Primitive::CbcEncrypt, Primitive::CbcDecrypt),
            ("aes-256-gcm", Primitive::Gcm, Primitive::Gcm),
        ] {
            let option = format!("-{cipher}");
            self.row(
                &format!("encrypt {cipher}"),
                encrypting,
                &[
                    "mail",
                    "encrypt",
                    "--to",
                    &certificate,
                    "--cipher",
                    cipher,
                    "--out",
                    "o-sealed.eml",
                    "b-message.eml",
                ],
                &[
                    "-encrypt",
                    &option,
                    "-in",
                    "b-entity",
                    "-out",
                    "t-sealed.eml",
                    &certificate,
                ],
            );
            for (form, arguments) in [
                ("MIME", &[][..]),
                ("DER", &["-outform", "DER"]),
                ("BER", &["-outform", "DER", "-stream"]),
            ] {
                let mut make = vec![
                    "-encrypt", &option, "-binary", "-in", "b-entity", "-out", "t-sealed",
                ];
                make.extend(arguments);
                make.push(&certificate);
                measure::time(self.theirs(&make));
                let mut theirs = vec![
                    "-decrypt",
                    "-in",
                    "t-sealed",
                    "-recip",
                    &certificate,
                    "-inkey",
                    &key,
                    "-out",
                    "t-opened",
                ];
                if form != "MIME" {
                    theirs.extend(["-inform", "DER"]);
                }
                self.row(
                    &format!("decrypt {cipher} {form}"),
                    decrypting,
                    &[
                        "mail",
                        "decrypt",
                        "--identity",
                        &identity,
                        "--out",
                        "o-opened",
                        "t-sealed",
                    ],
                    &theirs,
                );
            }
        }
    }

    /// A signature in DER that stands beside what was signed: nothing is written but the verdict.
    fn verify_detached(&self, signer: &[&str]) {
        let mut make = vec![
            "-sign",
            "-binary",
            "-outform",
            "DER",
            "-in",
            "b-entity",
            "-out",
            "t-signature",
        ];
        make.extend(signer);
        measure::time(self.theirs(&make));
        self.row(
            "verify detached DER",
            Primitive::Sha256,
            &[
                "mail",
                "verify",
                "--trust",
                "root.pem",
                "--detached",
                "t-signature",
                "b-entity",
            ],
            &[
                "-verify",
                "-binary",
                "-CAfile",
                "root.pem",
                "-inform",
                "DER",
                "-in",
                "t-signature",
                "-content",
                "b-entity",
                "-out",
                "/dev/null",
            ],
        );
    }

    fn ours(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command();
        command.args(["--overwrite", "--quiet"]).args(arguments);
        command
    }

    fn theirs(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("openssl");
        command
            .current_dir(self.sandbox.folder())
            .arg("cms")
            .args(arguments);
        command
    }

    fn row(&self, operation: &str, primitive: Primitive, ours: &[&str], theirs: &[&str]) {
        let written = [ours, theirs].map(|arguments| written(arguments));
        let written: Vec<_> = written
            .into_iter()
            .flatten()
            .map(|name| self.sandbox.path(name))
            .collect();
        let (ours, theirs) = measure::in_turn(
            self.size.rounds,
            &written,
            || self.ours(ours),
            || self.theirs(theirs),
        );
        let rate = self.size.octets as f64 / ours.time.as_secs_f64();
        println!(
            "{:<44} {:>7.0} ms {:>7.0} ms {:>6.2}x {:>9.0} {:>7.0}% {:>6.1} MB {:>6.0} MB",
            format!("{operation}, {}, {}", self.size.name, self.person),
            milliseconds(ours.time),
            milliseconds(theirs.time),
            theirs.time.as_secs_f64() / ours.time.as_secs_f64(),
            rate / 1e6,
            100.0 * rate / self.primitives.rate(primitive),
            megabytes(&ours),
            megabytes(&theirs),
        );
    }
}

/// The file that a command writes, if it writes one.
fn written<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    let option = |argument: &&str| matches!(*argument, "--out" | "--content" | "-out");
    let at = arguments.iter().position(option)?;
    arguments.get(at + 1).copied().filter(|name| *name != "/dev/null")
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn megabytes(cost: &Cost) -> f64 {
    cost.peak_octets as f64 / 1e6
}
