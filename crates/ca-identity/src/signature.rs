//! Signature schemes and their AlgorithmIdentifiers in certificates and in CMS.

use std::fmt;

use der::asn1::ObjectIdentifier;

use crate::digest::DigestAlgorithm;
use crate::key::PublicKey;

/// A signature scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017, 8.1), MGF1 with the same digest, trailer field 1.
    RsaPss {
        /// The digest of the message and of MGF1.
        digest: DigestAlgorithm,
        /// The length of the salt in bytes.
        salt_len: usize,
    },
    /// ECDSA with a DER-encoded signature value (RFC 3279, 2.2.3).
    Ecdsa(DigestAlgorithm),
    /// Ed25519 (RFC 8032, RFC 8410).
    Ed25519,
}

/// Why a signature algorithm was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemeError {
    /// The algorithm and the digest beside it contradict each other.
    #[error("the signature algorithm ({algorithm}) does not fit the digest algorithm ({digest})")]
    DigestMismatch {
        /// The signature algorithm.
        algorithm: String,
        /// The digest algorithm named beside it.
        digest: DigestAlgorithm,
    },
    /// The AlgorithmIdentifier cannot be read.
    #[error("malformed signature algorithm: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The algorithm is not known here.
    #[error("unsupported signature algorithm {oid}")]
    Unsupported {
        /// Its identifier.
        oid: ObjectIdentifier,
    },
    /// RSASSA-PSS parameters that no library here can check.
    #[error("unsupported RSA-PSS parameters: {reason}")]
    UnsupportedPss {
        /// What is unusual about them.
        reason: String,
    },
    /// The key is of a kind that makes no known signatures.
    #[error("a {kind} key makes no signature known here")]
    UnsupportedKey {
        /// The kind of key.
        kind: String,
    },
}

impl SignatureScheme {
    /// Returns the scheme that a key signs with unless told otherwise: SHA-256 for RSA and P-256, SHA-384 for
    /// P-384, SHA-512 for P-521, Ed25519 (in CMS with SHA-512).
    ///
    /// # Errors
    /// [`SchemeError::UnsupportedKey`] for a kind of key that is not known.
    pub fn default_for(_key: &PublicKey) -> Result<Self, SchemeError> {
        todo!()
    }

    /// Returns the RSASSA-PSS scheme with a salt as long as the digest.
    pub fn rsa_pss(digest: DigestAlgorithm) -> Self {
        Self::RsaPss {
            digest,
            salt_len: digest.output_len(),
        }
    }

    /// Returns the same scheme with another digest; Ed25519 stays as it is.
    #[must_use]
    pub fn with_digest(self, _digest: DigestAlgorithm) -> Self {
        todo!()
    }

    /// Returns the digest of the message: for Ed25519 the one that CMS names beside it (SHA-512, RFC 8419).
    pub fn digest(self) -> DigestAlgorithm {
        todo!()
    }

    /// Returns the DER encoding of the AlgorithmIdentifier.
    pub fn algorithm_identifier_der(self) -> Vec<u8> {
        todo!()
    }

    /// Reads an AlgorithmIdentifier that names both key and digest, as in a certificate.
    ///
    /// # Errors
    /// [`SchemeError`] if it is malformed or not supported.
    pub fn from_algorithm_identifier_der(_der: &[u8]) -> Result<Self, SchemeError> {
        todo!()
    }

    /// Reads the signatureAlgorithm of a CMS SignerInfo, whose digest may stand beside it in digestAlgorithm
    /// (`rsaEncryption`, `id-ecPublicKey`).
    ///
    /// # Errors
    /// [`SchemeError`] if it is malformed, not supported or contradicts `digest`.
    pub fn from_cms(_signature_algorithm_der: &[u8], _digest: DigestAlgorithm) -> Result<Self, SchemeError> {
        todo!()
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
