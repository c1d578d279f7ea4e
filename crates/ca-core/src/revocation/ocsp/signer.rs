//! The key that answers are signed with.

use chrono::{DateTime, Utc};
use identity::signature::SchemeError;
use identity::{Certificate, KeyAlgorithm, KeyKind, PrivateKey, PublicKey, SignatureScheme};
use std::fmt;

/// A responder's certificate (RFC 6960, 4.2.2.2) with its key.
pub struct OcspSigner {
    certificate: Certificate,
    key: PrivateKey,
    scheme: SignatureScheme,
}

/// Why a certificate and a key do not make a responder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspSignerError {
    /// The key is another one's.
    #[error("the key is not that of the responder's certificate {serial}")]
    KeyMismatch {
        /// The serial of the certificate.
        serial: String,
    },
    /// The key makes no signatures.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
}

impl OcspSigner {
    /// Brings a certificate and its key together.
    ///
    /// # Errors
    /// [`OcspSignerError`] if the two do not belong together, or the key makes no signatures.
    pub fn new(certificate: Certificate, key: PrivateKey) -> Result<Self, OcspSignerError> {
        if certificate.public_key() != key.public_key() {
            let serial = certificate.serial_hex();
            return Err(OcspSignerError::KeyMismatch { serial });
        }
        let scheme = SignatureScheme::default_for(key.public_key())?;
        Ok(Self {
            certificate,
            key,
            scheme,
        })
    }

    /// Returns the kind of key that a responder for an authority should have: of the authority's family, so that whoever
    /// reads its certificates reads the answers too, and quick to sign with.
    pub fn algorithm_for(authority: &PublicKey) -> KeyAlgorithm {
        match authority.kind() {
            KeyKind::Rsa { .. } | KeyKind::RsaPss { .. } => KeyAlgorithm::Rsa2048,
            KeyKind::Ed25519 => KeyAlgorithm::Ed25519,
            _ => KeyAlgorithm::EcP256,
        }
    }

    /// Returns the certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns the moment from which on another one should sign: the middle of its life.
    pub fn due(&self) -> DateTime<Utc> {
        let (from, to) = (self.certificate.not_before(), self.certificate.not_after());
        from + (to - from) / 2
    }

    pub(super) fn key(&self) -> &PrivateKey {
        &self.key
    }

    pub(super) fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

impl fmt::Debug for OcspSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspSigner({})", self.certificate.serial_hex())
    }
}
