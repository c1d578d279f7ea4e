//! OpenSSL as judge.

use crate::peer::{self, file};
use crate::support::{Setup, World, key, now, request};
use ca_core::authority::Issued;
use ca_core::{Class, Usage};
use identity::KeyAlgorithm;
use std::process::Command;

const KEYS: [KeyAlgorithm; 5] = [
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::EcP256,
    KeyAlgorithm::EcP384,
    KeyAlgorithm::EcP521,
    KeyAlgorithm::Ed25519,
];

#[test]
fn accepts_every_chain() {
    if !peer::available("openssl") {
        return;
    }
    for authority in KEYS {
        let world = World::new(&Setup {
            root: authority,
            issuing: authority,
            ..Setup::default()
        });
        for leaf in KEYS {
            for usage in [Usage::Dual, Usage::Sign, Usage::Encrypt] {
                if !leaf.can_encrypt() && usage != Usage::Sign {
                    continue;
                }
                let email = format!("{leaf}-{usage}@example.org");
                let issued = world
                    .issue(request(Class::One, &email, leaf, usage), key(leaf, 2))
                    .unwrap();
                let what = format!("{authority} authority, {leaf} for {usage}");
                if usage != Usage::Encrypt {
                    verify(&world, &issued, &["-purpose", "smimesign"], &what);
                }
                // OpenSSL asks for keyEncipherment whatever the key, which RFC 8813, 3 forbids for elliptic curves.
                if usage != Usage::Sign && leaf.is_rsa() {
                    verify(&world, &issued, &["-purpose", "smimeencrypt"], &what);
                }
                verify(&world, &issued, &["-purpose", "any"], &what);
            }
        }
    }
}

#[test]
fn accepts_every_class_with_everything_switched_on() {
    if !peer::available("openssl") {
        return;
    }
    for class in Class::ALL {
        let setup = Setup {
            base_url: Some("http://pki.example.org".parse().unwrap()),
            domains: vec!["example.org".to_owned(), "exämple.org".to_owned()],
            critical: true,
            class,
            ..Setup::default()
        };
        let world = World::new(&setup);
        for email in [
            "alice@example.org",
            "bob@mail.example.org",
            "zoé@example.org",
            "carol@exämple.org",
        ] {
            let issued = world.issue(
                request(class, email, KeyAlgorithm::EcP256, Usage::Dual),
                key(KeyAlgorithm::EcP256, 2),
            );
            verify(
                &world,
                &issued.unwrap(),
                &["-purpose", "smimesign"],
                &format!("class {class}, {email}"),
            );
        }
    }
}

#[test]
fn finds_the_address_in_the_certificate() {
    if !peer::available("openssl") {
        return;
    }
    let world = World::new(&Setup::default());
    for email in ["alice@example.org", "Carol@exämple.org"] {
        let issued = world.issue(
            request(Class::One, email, KeyAlgorithm::EcP256, Usage::Dual),
            key(KeyAlgorithm::EcP256, 2),
        );
        let issued = issued.unwrap();
        let held = issued.certificate().emails().remove(0);
        verify(&world, &issued, &["-verify_email", &held], email);
    }
}

fn verify(world: &World, issued: &Issued, arguments: &[&str], what: &str) {
    let root = file(&world.root);
    let issuing = file(&issued.chain()[0]);
    let leaf = file(issued.certificate());
    let output = Command::new("openssl")
        .args([
            "verify",
            "-x509_strict",
            "-attime",
            &now().timestamp().to_string(),
        ])
        .args(arguments)
        .arg("-CAfile")
        .arg(root.path())
        .arg("-untrusted")
        .arg(issuing.path())
        .arg(leaf.path())
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{what}, {arguments:?}: {text}");
}
