//! Public messages by name, each with the verdict that is expected of it.
#![allow(clippy::disallowed_methods, reason = "a test reads its corpus")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![allow(clippy::panic, reason = "a test stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "a test tells how far it got")]

use std::path::{Path, PathBuf};

use identity::identity::Identity;
use identity::{Certificate, Passphrase, pem};

mod openssl_cms;
mod rfc4134;
mod rfc9216;
mod rfc9788;

/// The public test material; without it the test is skipped, and says so.
fn corpus(folder: &str) -> Option<PathBuf> {
    match std::env::var_os("CACHET_CORPUS") {
        Some(corpus) => Some(PathBuf::from(corpus).join(folder)),
        None => {
            println!("SKIPPED: set CACHET_CORPUS to the folder that holds {folder}");
            None
        }
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A certificate of RFC 9216.
fn certificate(folder: &Path, name: &str) -> Certificate {
    pem::certificates(&read(&folder.join(format!("{name}.crt"))))
        .unwrap()
        .remove(0)
}

/// The identities of a holder of RFC 9216: one to sign with, one to be encrypted to.
fn identities(folder: &Path, holder: &str) -> Vec<Identity> {
    let password = Passphrase::new(holder).unwrap();
    let p12 = read(&folder.join(format!("{holder}.p12")));
    Identity::from_pkcs12(&p12, Some(&password), Default::default()).unwrap()
}
