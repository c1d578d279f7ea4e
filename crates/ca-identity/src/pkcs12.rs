//! PKCS#12 files (RFC 7292): what people import into their mail programs.
//!
//! Two presets are written: [`Preset::Modern`] for everything current and [`Preset::Compat`] for old importers. What other
//! programs wrote is read in every common form, BER included; see [`read`].

use crate::random::RandomError;

mod cost;
mod mac;
mod password;
mod pbe;
mod read;
mod write;

pub use crate::key::ReadOptions;
pub(crate) use pbe::Pbes2;
pub(crate) use read::open_private_key;
pub use read::{CertificateBag, Contents, KeyBag, MacSummary, read};
pub use write::{Bag, MACHINE_PASSWORD_ITERATIONS, PEOPLE_PASSWORD_ITERATIONS, write};

/// How a file is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC, HMAC-SHA-256 as MAC: OpenSSL, NSS and Thunderbird, Java, current Windows and
    /// macOS; not gpgsm 2.2.
    Modern,
    /// Triple DES with the key derivation of PKCS#12, HMAC-SHA-1 as MAC: what old Windows, Apple's importers and gpgsm 2.2 read
    /// (RSA keys; of several it takes the first).
    Compat,
}

impl Preset {
    /// Returns the fewest rounds of key derivation that are written: what a strong password made by a machine can do with, and for
    /// old importers the 2,048 that most files in the world have.
    pub fn minimum_iterations(self) -> u32 {
        match self {
            Self::Modern => MACHINE_PASSWORD_ITERATIONS,
            Self::Compat => 2048,
        }
    }
}

/// Why a PKCS#12 file was not written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs12Error {
    /// The key to be written belongs to another certificate.
    #[error("the private key does not belong to the certificate {serial}: give the key it was issued for")]
    KeyMismatch {
        /// The certificate's serial number in hexadecimal.
        serial: String,
    },
    /// An algorithm too weak to be read unasked.
    #[error("the file is protected by {what}, which is too weak to be read unasked: --legacy reads it")]
    LegacyNeeded {
        /// The algorithm.
        what: String,
    },
    /// The structure is not that of RFC 7292.
    #[error("malformed PKCS#12 file: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// No key was given to be written.
    #[error("no private key was given: a PKCS#12 file for a mail program holds one with its certificate")]
    NoKey,
    /// The bytes are something else.
    #[error("not a PKCS#12 file: it looks like {looks_like}")]
    NotPkcs12 {
        /// What they look like.
        looks_like: &'static str,
    },
    /// No password was given and none of the empty ones fits.
    #[error("the PKCS#12 file is protected by a password: give it")]
    PasswordNeeded,
    /// No random bytes were to be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The password would be guessed too quickly.
    #[error("{iterations} iterations of key derivation protect no password: ask for {minimum} at least")]
    TooFewIterations {
        /// What was asked for.
        iterations: u32,
        /// The fewest written in this preset.
        minimum: u32,
    },
    /// Opening would take more memory than is granted, or minutes.
    #[error(
        "scrypt with N={n}, r={r}, p={p} takes more time or memory than is granted ({maximum} MiB and some seconds): protect the file anew with less"
    )]
    ScryptTooCostly {
        /// The cost parameter.
        n: u64,
        /// The block size.
        r: u64,
        /// The parallelisation.
        p: u64,
        /// The most memory accepted, in MiB.
        maximum: u64,
    },
    /// The file is longer than any real one.
    #[error("the file has {length} bytes, more than {maximum}: check that it is the right one")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The longest accepted, in bytes.
        maximum: usize,
    },
    /// Opening would keep the machine busy for minutes.
    #[error("{iterations} iterations of key derivation are more than the {maximum} accepted")]
    TooManyIterations {
        /// What it asks for.
        iterations: u64,
        /// The most accepted.
        maximum: u32,
    },
    /// Opening all its parts would keep the machine busy for minutes.
    #[error("the parts of the file ask for more than {maximum} iterations of key derivation altogether")]
    TooMuchWork {
        /// The most accepted for one file.
        maximum: u64,
    },
    /// The file ends too early.
    #[error("the PKCS#12 file is cut short: copy it again")]
    Truncated,
    /// An algorithm that is not known here.
    #[error("the file is protected by {what}, which is not supported")]
    Unsupported {
        /// The algorithm.
        what: String,
    },
    /// The password does not fit.
    #[error("the password of the PKCS#12 file is wrong (or the file was changed)")]
    WrongPassword,
}

/// Object identifiers of RFC 7292 and RFC 8018.
mod oids {
    use der::asn1::ObjectIdentifier;

    const fn oid(text: &str) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(text)
    }

    pub(super) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
    pub(super) const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
    pub(super) const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
    pub(super) const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
    pub(super) const CERT_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
    pub(super) const SAFE_CONTENTS_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.6");
    pub(super) const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
    pub(super) const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
    pub(super) const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");
    pub(super) const PBE_SHA1_RC4_128: ObjectIdentifier = oid("1.2.840.113549.1.12.1.1");
    pub(super) const PBE_SHA1_RC4_40: ObjectIdentifier = oid("1.2.840.113549.1.12.1.2");
    pub(super) const PBE_SHA1_3DES: ObjectIdentifier = oid("1.2.840.113549.1.12.1.3");
    pub(super) const PBE_SHA1_2DES: ObjectIdentifier = oid("1.2.840.113549.1.12.1.4");
    pub(super) const PBE_SHA1_RC2_128: ObjectIdentifier = oid("1.2.840.113549.1.12.1.5");
    pub(super) const PBE_SHA1_RC2_40: ObjectIdentifier = oid("1.2.840.113549.1.12.1.6");
    pub(super) const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
    pub(super) const PBMAC1: ObjectIdentifier = oid("1.2.840.113549.1.5.14");
    pub(super) const PBES1_MD5_DES: ObjectIdentifier = oid("1.2.840.113549.1.5.3");
    pub(super) const PBES1_MD5_RC2: ObjectIdentifier = oid("1.2.840.113549.1.5.6");
    pub(super) const PBES1_SHA1_DES: ObjectIdentifier = oid("1.2.840.113549.1.5.10");
    pub(super) const PBES1_SHA1_RC2: ObjectIdentifier = oid("1.2.840.113549.1.5.11");
    pub(super) const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");
}
