//! An identity: a private key, its certificate and the chain above it.

use crate::{Certificate, PrivateKey};

/// Why a key and a certificate are not an identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The key is another one than the certificate's.
    #[error(
        "the private key does not belong to the certificate {serial} of {subject}; give the key it was issued for"
    )]
    KeyMismatch {
        /// The certificate's serial number in hexadecimal.
        serial: String,
        /// The certificate's subject.
        subject: String,
    },
}

/// A private key, its certificate, and the certificates above it.
#[derive(Clone, Debug)]
pub struct Identity {
    key: PrivateKey,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

impl Identity {
    /// Joins a key and its certificate; `chain` holds the certificates above it, nearest first, the root or not.
    ///
    /// # Errors
    /// [`IdentityError::KeyMismatch`] if the key is another one than the certificate's.
    pub fn new(
        key: PrivateKey,
        certificate: Certificate,
        chain: Vec<Certificate>,
    ) -> Result<Self, IdentityError> {
        if key.public_key() != certificate.public_key() {
            return Err(IdentityError::KeyMismatch {
                serial: certificate.serial_hex(),
                subject: certificate.subject().to_string(),
            });
        }
        Ok(Self {
            key,
            certificate,
            chain,
        })
    }

    /// Returns the private key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Returns the certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns the certificates above it, nearest first.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }
}
