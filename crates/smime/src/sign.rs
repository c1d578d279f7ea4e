//! Signing.

use std::io::{Read, Write};

use chrono::{DateTime, Utc};
use identity::identity::Identity;
use identity::{DigestAlgorithm, SignatureScheme};

use crate::{Compose, Limits};

/// How the signature stands beside the content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignForm {
    /// `multipart/signed`: any mail program shows the content (RFC 8551 3.5.3).
    #[default]
    Clear,
    /// `application/pkcs7-mime; smime-type=signed-data`: the content is inside (RFC 8551 3.5.2).
    Opaque,
}

/// Which content ciphers a signature announces (sMIMECapabilities).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capabilities {
    /// AES-CBC, which every program reads.
    #[default]
    Cbc,
    /// AES-GCM ahead of AES-CBC.
    Gcm,
}

/// How to sign.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignOptions {
    /// Clear (the default) or opaque.
    pub form: SignForm,
    /// The digest; by default the one that fits the key.
    pub digest: Option<DigestAlgorithm>,
    /// Signs with RSA-PSS in place of PKCS#1 v1.5.
    pub pss: bool,
    /// The signing time.
    pub signing_time: DateTime<Utc>,
    /// What the signature announces.
    pub capabilities: Capabilities,
    /// Sends the identity's chain, without the root, along (the default).
    pub include_chain: bool,
    /// Header fields.
    pub compose: Compose,
    /// Bounds on the input.
    pub limits: Limits,
}

impl SignOptions {
    /// Returns the defaults for a signature made at `signing_time`.
    pub fn new(signing_time: DateTime<Utc>) -> Self {
        Self {
            form: SignForm::Clear,
            digest: None,
            pss: false,
            signing_time,
            capabilities: Capabilities::Cbc,
            include_chain: true,
            compose: Compose::default(),
            limits: Limits::default(),
        }
    }
}

/// What was signed, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignReport {
    /// The signature scheme.
    pub scheme: SignatureScheme,
    /// The From address of the message.
    pub from: String,
    /// What the caller may want to tell.
    pub notes: Vec<String>,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The certificate does not hold the From address.
    #[error("the From address {from} is not among the certificate's ({}); sign with a certificate for it, or change From", held.join(", "))]
    FromMismatch {
        /// The From address.
        from: String,
        /// The certificate's addresses.
        held: Vec<String>,
    },
}

/// Signs `input` and writes a message that a mail program opens.
///
/// # Errors
/// See [`SignError`].
pub fn sign(
    _input: impl Read,
    _signer: &Identity,
    _options: &SignOptions,
    _out: impl Write,
) -> Result<SignReport, SignError> {
    todo!()
}
