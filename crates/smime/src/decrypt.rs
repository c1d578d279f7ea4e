//! Decrypting.

use std::io::Read;

use identity::ContentCipher;
use identity::identity::Identity;

use crate::{Held, Limits, Spool};

/// How to decrypt.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DecryptOptions {
    /// Admits content ciphers that are broken (3DES, RC2, DES).
    pub legacy: bool,
    /// Bounds on the input.
    pub limits: Limits,
}

/// What is known of a message that was decrypted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecryptReport {
    /// The content cipher.
    pub cipher: ContentCipher,
    /// Which of the identities opened it.
    pub identity: usize,
    /// Whom the message is for.
    pub recipients: Vec<String>,
    /// Codes of what is to be known, such as `not-authenticated`.
    pub findings: Vec<&'static str>,
}

/// Why nothing was decrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// The message could not be decrypted; nothing more is said, so that nobody can probe the key with it.
    #[error("the message could not be decrypted")]
    DecryptionFailed,
    /// None of the identities is a recipient.
    #[error("none of the given identities can open this message; it is for {}", recipients.join("; "))]
    NoMatchingRecipient {
        /// Issuer and serial number, or key identifier, of each recipient.
        recipients: Vec<String>,
    },
    /// The message is not encrypted.
    #[error("the message is not encrypted: it is {found}")]
    NotEncrypted {
        /// What it is.
        found: String,
    },
}

/// Decrypts `input` with whichever of `identities` it is for; the content waits in `spool` until all of it is sound.
///
/// # Errors
/// See [`DecryptError`].
pub fn decrypt<S: Spool>(
    _input: impl Read,
    _identities: &[Identity],
    _options: &DecryptOptions,
    _spool: S,
) -> Result<Held<DecryptReport, S>, DecryptError> {
    todo!()
}
