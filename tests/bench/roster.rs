//! A roster: identities with P12s for many, beside the bare cost of what cannot be left out: making the keys, deriving the passwords'
//! keys within the P12s, and writing the files, on as many cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use identity::identity::Identity;
use identity::pkcs12::{MACHINE_PASSWORD_ITERATIONS, Preset};
use identity::{Certificate, KeyAlgorithm, Passphrase, PrivateKey, pem};
use test_support::Sandbox;

/// Prints a row for each kind of key; `CACHET_BENCH_ROSTER=full` takes ten times as many.
pub(crate) fn print() {
    let full = std::env::var("CACHET_BENCH_ROSTER").is_ok_and(|wish| wish == "full");
    let times = if full { 10 } else { 1 };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("\nroster: keys, certificates, P12s (both), archives; {cores} cores, under a P-256 CA");
    println!(
        "{:<12} {:>8} {:>12} {:>12} {:>8}",
        "keys", "people", "cachet", "bare", "ratio"
    );
    for (key, people) in [("ec-p256", 1_000 * times), ("rsa-2048", 100 * times)] {
        let bare = bare(key.parse().unwrap(), people, cores);
        let whole = whole(key, people);
        println!(
            "{key:<12} {people:>8} {:>10.1} s {:>10.1} s {:>7.2}x",
            whole.as_secs_f64(),
            bare.as_secs_f64(),
            whole.as_secs_f64() / bare.as_secs_f64()
        );
    }
}

/// The whole process.
fn whole(key: &str, people: usize) -> Duration {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet")).with("CACHET_DIR", "ca");
    sandbox.line("init --name Bench --unattended --key ec-p256").ok();
    let rows = (0..people).map(|number| format!("p{number}@example.com\n"));
    let list: String = std::iter::once("email\n".to_owned()).chain(rows).collect();
    sandbox.write("list.csv", list);
    let mut command = sandbox.command();
    command.args(["issue", "--roster", "list.csv", "--class", "1", "--key", key]);
    command.args(["--evidence", "mailbox=x", "--out", "out"]);
    crate::measure::time(command)
}

/// Keys, P12s and files alone, each file written plainly and the disk asked once at the end.
fn bare(algorithm: KeyAlgorithm, people: usize, cores: usize) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let ca = Sandbox::new(env!("CARGO_BIN_EXE_cachet")).with("CACHET_DIR", "ca");
    ca.line("init --name Bare --unattended --key ec-p256").ok();
    ca.line("issue --class 1 --email a@example.com --key ec-p256 --key-file --evidence mailbox=x")
        .ok();
    let read = |name: &str| pem::certificates(&ca.read(name)).unwrap();
    let chain: Vec<Certificate> = read("a@example.com.chain.pem");
    let identities = Identity::from_pem(
        &[ca.read("a@example.com.key"), ca.read("a@example.com.crt")].concat(),
        None,
    )
    .unwrap();
    let identity = &identities[0];
    let identity = Identity::new(identity.key().clone(), identity.certificate().clone(), chain).unwrap();
    let next = AtomicUsize::new(0);
    let work = || {
        while let number = next.fetch_add(1, Ordering::Relaxed)
            && number < people
        {
            let _key = PrivateKey::generate(algorithm).unwrap();
            let password = Passphrase::generate().unwrap();
            let mut archive = Vec::new();
            for preset in [Preset::Modern, Preset::Compat] {
                let p12 = identity
                    .to_pkcs12("a", &password, preset, Some(MACHINE_PASSWORD_ITERATIONS))
                    .unwrap();
                std::fs::write(folder.path().join(format!("{number}-{preset:?}.p12")), &p12).unwrap();
                archive.extend(p12);
            }
            archive.resize(archive.len() + 7_000, b' ');
            for (name, octets) in [
                ("zip", archive.as_slice()),
                ("crt", &[b'c'; 900]),
                ("pem", &[b'c'; 1_700]),
                ("pw", &[b'p'; 30]),
            ] {
                std::fs::write(folder.path().join(format!("{number}.{name}")), octets).unwrap();
            }
        }
    };
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 1..cores {
            scope.spawn(work);
        }
        work();
    });
    let synced = std::process::Command::new("sync")
        .arg("-f")
        .arg(folder.path())
        .status();
    assert!(synced.unwrap().success());
    started.elapsed()
}
