//! Private and public keys: making, reading, writing and using them.

mod algorithm;
mod ec;
mod encoding;
mod encrypted;
mod ephemeral;
mod private;
mod public;
mod traditional;

pub use algorithm::{KeyAlgorithm, KeyKind, RsaEncryption, UnknownKeyAlgorithm};
pub use encrypted::KeySealer;
pub use ephemeral::EphemeralKey;
pub use private::PrivateKey;
pub use public::PublicKey;

pub(crate) use ec::Curve;

use der::asn1::ObjectIdentifier;

use crate::digest::DigestAlgorithm;
use crate::random::RandomError;

/// What may be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// Also what protects nothing today: files under RC2 or DES, and RSA keys of 1024 to 2047 bits, which then decrypt but do
    /// not sign.
    pub legacy: bool,
}

/// Why a key could not be made, read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The encrypted key asks for more work than is allowed to open it.
    #[error(
        "the key's passphrase protection asks for too much work ({cost}): re-encrypt it, for example with `openssl pkcs8 -topk8 -scrypt`"
    )]
    CostTooHigh {
        /// The parameter and its value.
        cost: String,
    },
    /// The key could not be decrypted.
    #[error("the key could not be opened: the passphrase is wrong, or the file is damaged")]
    Decryption,
    /// The key, or what protects it, is too weak to be read unasked.
    #[error("{what} is too weak to be read unasked: --legacy reads it, to open old mail")]
    LegacyNeeded {
        /// What is weak.
        what: String,
    },
    /// The bytes are not a key in the expected form.
    #[error("not a usable key: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// No private key was found in the PEM text.
    #[error("no private key found: expected a PEM block such as \"-----BEGIN PRIVATE KEY-----\"")]
    NoPrivateKey,
    /// The key is encrypted and no passphrase was given.
    #[error("the private key is encrypted: give its passphrase")]
    PassphraseRequired,
    /// No random bytes were to be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The library cannot use this kind of key.
    #[error("unsupported key: {what}; use RSA of 2048 to 8192 bits, P-256, P-384, P-521, Ed25519 or X25519")]
    UnsupportedKey {
        /// The kind of key.
        what: String,
    },
    /// The key is encrypted in a way that is not supported.
    #[error(
        "unsupported key encryption: {what}; re-encrypt it, for example with `openssl pkcs8 -topk8 -v2 aes256`"
    )]
    UnsupportedEncryption {
        /// The algorithm.
        what: String,
    },
}

/// Why a signature could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The library failed to sign.
    #[error("the {key} key failed to sign: the key may be damaged")]
    Failed {
        /// The kind of key.
        key: KeyKind,
    },
    /// This key cannot make such signatures.
    #[error("a {key} key cannot sign with {scheme}: choose another digest or scheme")]
    Unsupported {
        /// The kind of key.
        key: KeyKind,
        /// The scheme asked for.
        scheme: String,
    },
}

/// Why a key was not encrypted, decrypted or agreed upon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyTransportError {
    /// The operation failed; nothing more is said, lest the answer serve as an oracle (RFC 3218).
    #[error("the key could not be recovered: it was made for another key, or the message is damaged")]
    Failed,
    /// The kinds of key do not fit the operation.
    #[error("a {key} key cannot be used for {operation}")]
    Unsupported {
        /// The kind of key.
        key: KeyKind,
        /// The operation asked for.
        operation: String,
    },
    /// There is no OAEP with these digests: MD5 in either place, and in encrypting, different ones.
    #[error(
        "RSA-OAEP with {digest} and MGF1 with {mgf1_digest} is not supported: encrypt with sha256, sha384 or sha512 for both"
    )]
    UnsupportedOaep {
        /// The label digest.
        digest: DigestAlgorithm,
        /// The digest of the mask generation function.
        mgf1_digest: DigestAlgorithm,
    },
    /// No random bytes were to be had.
    #[error(transparent)]
    Random(#[from] RandomError),
}

pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
pub(crate) const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(crate) const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
pub(crate) const SECP521R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(crate) const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
