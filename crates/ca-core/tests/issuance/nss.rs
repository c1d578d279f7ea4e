//! NSS, the engine of Thunderbird, as judge.

use crate::peer::{self, file};
use crate::support::{Setup, World, key, now, request};
use ca_core::{Class, Usage};
use identity::{Certificate, KeyAlgorithm};
use std::process::Command;

#[test]
fn accepts_chains_for_signing_and_encrypting() {
    if !peer::available("certutil") {
        return;
    }
    let domains = vec!["example.org".to_owned()];
    for authority in [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcP256,
        KeyAlgorithm::EcP384,
        KeyAlgorithm::EcP521,
    ] {
        let world = World::new(&Setup {
            root: authority,
            issuing: authority,
            domains: domains.clone(),
            critical: true,
            ..Setup::default()
        });
        let database = Database::new();
        database.add("root", ",C,", &world.root);
        database.add("issuing", ",,", world.issuing.certificate());
        for leaf in [
            KeyAlgorithm::Rsa2048,
            KeyAlgorithm::EcP256,
            KeyAlgorithm::EcP384,
            KeyAlgorithm::EcP521,
        ] {
            for (usage, purposes) in [
                (Usage::Dual, &["S", "R"][..]),
                (Usage::Sign, &["S"]),
                (Usage::Encrypt, &["R"]),
            ] {
                let name = format!("{leaf}-{usage}@example.org");
                let person = request(Class::One, &name, leaf, usage);
                let issued = world.issue(person, key(leaf, 2)).unwrap();
                database.add(&name, ",,", issued.certificate());
                for purpose in purposes {
                    database.verify(&name, purpose, &format!("{authority} authority, {name}"));
                }
            }
        }
    }
}

struct Database(tempfile::TempDir);

impl Database {
    fn new() -> Self {
        let database = Self(tempfile::tempdir().unwrap());
        database.run(&["-N", "--empty-password"], "making a database");
        database
    }

    fn add(&self, name: &str, trust: &str, certificate: &Certificate) {
        let file = file(certificate);
        let path = file.path().to_str().unwrap();
        self.run(&["-A", "-n", name, "-t", trust, "-a", "-i", path], name);
    }

    fn verify(&self, name: &str, purpose: &str, what: &str) {
        let moment = now().format("%y%m%d%H%M%SZ").to_string();
        self.run(&["-V", "-n", name, "-u", purpose, "-b", &moment, "-e"], what);
    }

    fn run(&self, arguments: &[&str], what: &str) {
        let directory = format!("sql:{}", self.0.path().display());
        let output = Command::new("certutil")
            .args(["-d", &directory])
            .args(arguments)
            .output()
            .unwrap();
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}, {arguments:?}: {text}");
    }
}
