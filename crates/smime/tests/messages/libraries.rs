//! Envelopes of the libraries that Java and Python programs are made with: RSA-OAEP with every pair of digests.

use test_support::{Driver, bouncy_castle, python};

use crate::pki::{MAIL_ENTITY, decrypted, pki};

#[test]
fn oaep_of_bouncy_castle() {
    if let Some(library) = bouncy_castle() {
        opens(&library);
    }
}

#[test]
fn oaep_of_python() {
    if let Some(library) = python() {
        opens(&library);
    }
}

fn opens(library: &Driver) {
    let folder = tempfile::tempdir().unwrap();
    let content = folder.path().join("content");
    std::fs::write(&content, MAIL_ENTITY).unwrap();
    let certificate = pki().path("rsa.pem");
    let mut jobs = Vec::new();
    for digest in DIGESTS {
        for mask in DIGESTS {
            for label in ["", "a label"] {
                jobs.push(format!(
                    "oaep\t{certificate}\t{}\t{digest}\t{mask}\t{label}",
                    content.display()
                ));
            }
        }
    }
    for (job, outcome) in jobs.iter().zip(library.answer(folder.path(), &jobs)) {
        let envelope = outcome.unwrap_or_else(|error| panic!("{job}: {error}"));
        let (content, _) = decrypted("rsa", &envelope).unwrap_or_else(|error| panic!("{job}: {error}"));
        assert_eq!(content, MAIL_ENTITY, "{job}");
        assert!(decrypted("p256", &envelope).is_err(), "{job}");
    }
}

const DIGESTS: [&str; 5] = ["SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"];
