//! Encrypting.

use std::io::{Read, Write};

use chrono::{DateTime, Utc};
use identity::{Certificate, ContentCipher, DigestAlgorithm};

use crate::{Compose, Limits};

/// How to encrypt.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EncryptOptions {
    /// The content cipher; by default AES-256-GCM if every recipient announces it, else AES-256-CBC.
    pub cipher: Option<ContentCipher>,
    /// RSAES-OAEP with this digest for RSA recipients in place of PKCS#1 v1.5.
    pub oaep: Option<DigestAlgorithm>,
    /// The moment at which the recipients' certificates must be valid.
    pub now: DateTime<Utc>,
    /// Header fields.
    pub compose: Compose,
    /// Bounds on the input.
    pub limits: Limits,
}

impl EncryptOptions {
    /// Returns the defaults at the moment `now`.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            cipher: None,
            oaep: None,
            now,
            compose: Compose::default(),
            limits: Limits::default(),
        }
    }
}

/// One recipient of an encrypted message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recipient {
    /// The subject of the certificate.
    pub subject: String,
    /// The addresses of the certificate.
    pub emails: Vec<String>,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// How the content key is carried, such as `RSA PKCS#1 v1.5` or `ECDH P-256`.
    pub key_management: String,
}

/// What was encrypted, to whom, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EncryptReport {
    /// The content cipher.
    pub cipher: ContentCipher,
    /// The recipients.
    pub recipients: Vec<Recipient>,
    /// What the caller should tell: a To address without a certificate, for one.
    pub warnings: Vec<String>,
}

/// Why nothing was encrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// No recipient was given.
    #[error("no recipient was given; name at least one certificate")]
    NoRecipients,
}

/// Encrypts `input` to `recipients` and writes a message that a mail program opens.
///
/// # Errors
/// See [`EncryptError`].
pub fn encrypt(
    _input: impl Read,
    _recipients: &[Certificate],
    _options: &EncryptOptions,
    _out: impl Write,
) -> Result<EncryptReport, EncryptError> {
    todo!()
}
