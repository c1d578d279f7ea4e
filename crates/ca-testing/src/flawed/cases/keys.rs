//! Kinds of keys and signatures.

use identity::KeyAlgorithm;
use identity::digest::DigestAlgorithm;

use crate::flawed::der::{oid, sequence};
use crate::flawed::embedded::{identity, message};
use crate::flawed::{Case, accepted, embedded_accepted, embedded_refused};

pub(super) static CASES: &[Case] = &[
    accepted("rsa-2048", "RFC 8551, 4", |kit| kit.key_of(KeyAlgorithm::Rsa2048)),
    accepted("rsa-4096", "RFC 8551, 4", |kit| kit.key_of(KeyAlgorithm::Rsa4096)),
    accepted("p384", "RFC 8551, 4", |kit| kit.key_of(KeyAlgorithm::EcP384)),
    accepted("p521", "RFC 5753", |kit| kit.key_of(KeyAlgorithm::EcP521)),
    accepted("ed25519", "RFC 8419", |kit| {
        kit.key_of(KeyAlgorithm::Ed25519);
        kit.digest_algorithm = sequence(&[&oid("2.16.840.1.101.3.4.2.3")]);
        kit.micalg = "sha-512";
    }),
    accepted("issued-with-sha-512", "RFC 5758, 3.2", |kit| {
        let scheme = identity::SignatureScheme::default_for(kit.issuer_key.public_key()).unwrap();
        kit.scheme = Some(scheme.with_digest(DigestAlgorithm::Sha512));
    }),
    embedded_refused(
        "rsa-1024",
        "the key is too short",
        "RFC 8551, 4.3; NIST SP 800-131A, 3",
        || identity!("rsa-1024").with_message(message!("rsa-1024")),
    ),
    // Weak only where padding is not checked; the requirements forbid it to authorities (SMBR 6.1.6).
    embedded_accepted("rsa-exponent-3", "RFC 8017, 3.1", || {
        identity!("rsa-exponent-3").with_message(message!("rsa-exponent-3"))
    }),
    embedded_accepted("rsa-8192", "RFC 8551, 4.3", || {
        identity!("rsa-8192").with_message(message!("rsa-8192"))
    }),
    embedded_refused(
        "rsa-16384",
        "the key is so long that checking it costs too much",
        "RFC 8551, 4.3",
        || identity!("rsa-16384").with_message(message!("rsa-16384")),
    ),
];
