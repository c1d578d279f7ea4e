//! A revocation list of a million entries, from the record to the file.

use std::fmt::Write as _;
use std::process::Command;

use test_support::Sandbox;

use crate::measure;

/// `crl publish` beside `openssl ca -gencrl`, each from its own database, and `openssl crl` reading what we made.
pub(crate) fn print(sandbox: &Sandbox) {
    fill(sandbox);
    database_of_openssl(sandbox);
    let (ours, theirs) = measure::in_turn(
        3,
        &[],
        || {
            let mut command = sandbox.command();
            command.args(["--quiet", "crl", "publish"]);
            command
        },
        || {
            let mut command = Command::new("openssl");
            command
                .current_dir(sandbox.folder())
                .args(["ca", "-gencrl", "-config", "big.cnf", "-out", "big.crl"]);
            command
        },
    );
    println!(
        "CRL of {ENTRIES} entries: cachet crl publish {:.2} s, at most {} MiB; openssl ca -gencrl {:.2} s, at most {} MiB",
        ours.time.as_secs_f64(),
        ours.peak_octets >> 20,
        theirs.time.as_secs_f64(),
        theirs.peak_octets >> 20
    );
    let mut read = Command::new("openssl");
    read.current_dir(sandbox.folder()).args([
        "crl",
        "-inform",
        "DER",
        "-in",
        &published(sandbox),
        "-CAfile",
        &certificate(sandbox),
        "-noout",
    ]);
    println!(
        "openssl crl reads and verifies ours in {:.2} s",
        measure::time(read).as_secs_f64()
    );
}

/// Records revocations as the product would have, one after the other, but in a moment.
fn fill(sandbox: &Sandbox) {
    let mut database = rusqlite::Connection::open(sandbox.path("ca/ca.db")).unwrap();
    let transaction = database.transaction().unwrap();
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO revocations (authority, change, serial, reason, at, not_after, recorded_at)
                 SELECT number, ?1, ?2, 'key-compromise', created_at, created_at + 40000000000000, created_at
                 FROM authorities WHERE classes = '[\"1\"]'",
            )
            .unwrap();
        for number in 1..=ENTRIES {
            insert.execute((number, serial(number))).unwrap();
        }
    }
    transaction.commit().unwrap();
}

/// OpenSSL's record is a text file.
fn database_of_openssl(sandbox: &Sandbox) {
    let mut index = String::new();
    for number in 1..=ENTRIES {
        let serial = hex::encode_upper(serial(number));
        writeln!(
            index,
            "R\t361231235959Z\t261101000000Z,keyCompromise\t{serial}\tunknown\t/CN={number}"
        )
        .unwrap();
    }
    sandbox.write("big.txt", index);
    sandbox.write("big.txt.attr", "unique_subject = no\n");
    sandbox.write("big.number", "01\n");
    sandbox.write(
        "big.cnf",
        "[ca]\ndefault_ca=big\n[big]\ndatabase=big.txt\ncrlnumber=big.number\ndefault_crl_days=7\ndefault_md=sha256\n\
         certificate=big.pem\nprivate_key=big.key\n",
    );
    let mut command = Command::new("openssl");
    command.current_dir(sandbox.folder()).args(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout big.key -out big.pem -days 30 -subj /CN=O"
            .split(' '),
    );
    measure::time(command);
}

/// 20 octets that look drawn by chance, the same in every run.
fn serial(number: u32) -> [u8; 20] {
    let mut serial = [0x21; 20];
    let mut state = u64::from(number) | 1 << 40;
    for octet in serial.iter_mut().skip(1) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        *octet = state.to_be_bytes()[0];
    }
    serial[16..].copy_from_slice(&number.to_be_bytes());
    serial
}

fn published(sandbox: &Sandbox) -> String {
    let list = sandbox.files("ca/publish/crl");
    let file = list.iter().find(|file| file.contains("class-1")).unwrap();
    format!("ca/publish/crl/{file}")
}

fn certificate(sandbox: &Sandbox) -> String {
    let list = sandbox.files("ca/certs");
    let file = list.iter().find(|file| file.contains("class-1")).unwrap();
    format!("ca/certs/{file}")
}

const ENTRIES: u32 = 1_000_000;
