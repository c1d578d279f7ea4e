//! OpenSSL's strict validation of every chain we make.

use test_support::openssl;

use crate::authority::{PEOPLE, authority};

#[test]
fn openssl_accepts_every_chain_strictly() {
    let Some(openssl) = openssl() else { return };
    let sandbox = authority();
    for person in PEOPLE {
        let purposes: &[&str] = if person.can_encrypt {
            &["smimesign", "smimeencrypt"]
        } else {
            &["smimesign"]
        };
        // OpenSSL 3.0 takes only key transport for mail encryption: a keyAgreement-only certificate is a known error of its own.
        let purposes = if person.key.starts_with("ec-") {
            &purposes[..1]
        } else {
            purposes
        };
        for purpose in purposes {
            openssl
                .run(
                    sandbox.folder(),
                    &[
                        "verify",
                        "-x509_strict",
                        "-purpose",
                        purpose,
                        "-CAfile",
                        "root.pem",
                        "-untrusted",
                        &person.chain(),
                        &person.certificate(),
                    ],
                )
                .ok()
                .says("OK");
        }
    }
}

#[test]
fn the_written_private_key_is_the_certificates() {
    let Some(openssl) = openssl() else { return };
    let sandbox = authority();
    for person in PEOPLE {
        let of_key = openssl
            .run(sandbox.folder(), &["pkey", "-in", &person.key_file(), "-pubout"])
            .ok();
        let of_certificate = openssl
            .run(
                sandbox.folder(),
                &["x509", "-in", &person.certificate(), "-noout", "-pubkey"],
            )
            .ok();
        assert_eq!(of_key.text(), of_certificate.text(), "{}", person.key);
    }
}
