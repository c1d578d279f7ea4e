//! PEM text (RFC 7468), read leniently, and the forms in which certificates come as files.

use zeroize::Zeroizing;

use crate::certificate::{Certificate, CertificateError};

/// A block of a PEM text.
#[derive(Clone)]
pub struct Block {
    /// The text between `-----BEGIN ` and `-----`.
    pub label: String,
    /// The decoded content (it may be a secret).
    pub der: Zeroizing<Vec<u8>>,
}

/// Why a PEM text or a file of certificates could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// A certificate in it is malformed.
    #[error("certificate {index} of the file: {source}")]
    Certificate {
        /// Its place, counting from 1.
        index: usize,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// A block is malformed.
    #[error("malformed PEM block \"{label}\": {reason}")]
    Malformed {
        /// Its label.
        label: String,
        /// What is wrong.
        reason: String,
    },
    /// The file holds no certificate.
    #[error("no certificate found: expected PEM (\"-----BEGIN CERTIFICATE-----\"), DER or PKCS#7 (.p7b)")]
    NoCertificate,
    /// The file is too long.
    #[error("the file has {length} bytes, more than {maximum}: check that it is the right one")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The longest accepted, in bytes.
        maximum: usize,
    },
}

/// Returns all blocks of a text, skipping what stands between them.
///
/// # Errors
/// [`PemError`] if a block has no end or is not base64. A text without blocks gives an empty list.
pub fn decode(_text: &[u8]) -> Result<Vec<Block>, PemError> {
    todo!()
}

/// Encodes one block with lines of 64 characters.
pub fn encode(_label: &str, _der: &[u8]) -> String {
    todo!()
}

/// Reads all certificates of a file: PEM blocks, one DER certificate, or PKCS#7 certs-only in DER or PEM.
///
/// # Errors
/// [`PemError`]; [`PemError::NoCertificate`] if there is none.
pub fn certificates(_bytes: &[u8]) -> Result<Vec<Certificate>, PemError> {
    todo!()
}

/// Encodes certificates as a PKCS#7 certs-only SignedData (`.p7b`), in DER.
pub fn certs_only(_certificates: &[Certificate]) -> Vec<u8> {
    todo!()
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
