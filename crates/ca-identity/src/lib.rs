//! Keys, key containers, digests, ciphers, signature verification, and the decoding of certificates, requests,
//! revocation lists, OCSP answers and names.
//!
//! This crate is the only one of the workspace that names a cryptographic library. `aws-lc-rs` holds private keys
//! and ciphers; `ring` hashes, draws randomness and verifies, so that what one library signs another one checks.
//! It does no input or output, never reads the clock, and does not know what a certification authority is.

pub mod certificate;
pub mod cipher;
pub mod crl;
pub mod csr;
pub mod digest;
pub mod identity;
pub mod kdf;
pub mod key;
pub mod key_wrap;
pub mod mailbox;
pub mod name;
pub mod ocsp;
pub mod passphrase;
pub mod pem;
pub mod pkcs12;
pub mod random;
pub mod secret_hash;
pub mod signature;
pub mod verify;

mod asn1;
mod backend;
mod text;

pub use certificate::{Certificate, GeneralName};
pub use cipher::{ContentCipher, ContentKey};
pub use crl::CertificateList;
pub use csr::CertificateRequest;
pub use digest::DigestAlgorithm;
pub use key::{KeyAlgorithm, KeyKind, PrivateKey, PublicKey};
pub use mailbox::Mailbox;
pub use name::DistinguishedName;
pub use ocsp::{CertId, OcspRequest, OcspResponse};
pub use passphrase::Passphrase;
pub use signature::SignatureScheme;
pub use verify::{VerifyError, verify, verify_independently};
