//! Certification requests (PKCS#10, RFC 2986).

use crate::key::{PrivateKey, PublicKey, SignError};
use crate::mailbox::Mailbox;
use crate::name::DistinguishedName;
use crate::verify::VerifyError;

/// Why a certification request was not made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The structure is not that of RFC 2986.
    #[error("malformed certification request: {field}: {reason}")]
    Malformed {
        /// The field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The text holds no request.
    #[error("no certification request found: expected PEM (\"-----BEGIN CERTIFICATE REQUEST-----\") or DER")]
    NotFound,
    /// The key cannot sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The request is too long.
    #[error(
        "the certification request has {length} bytes, more than {maximum}: check that the file is the right one"
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The longest accepted, in bytes.
        maximum: usize,
    },
}

/// A certification request.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    der: Vec<u8>,
}

impl CertificateRequest {
    /// Makes a request for `key` with a subject and addresses (subjectAltName in an extensionRequest attribute),
    /// and returns its DER encoding.
    ///
    /// # Errors
    /// [`RequestError::Sign`] if the key cannot sign.
    pub fn build(
        _subject: &DistinguishedName,
        _emails: &[Mailbox],
        _key: &PrivateKey,
    ) -> Result<Vec<u8>, RequestError> {
        todo!()
    }

    /// Reads a DER-encoded request. Its signature is checked by [`CertificateRequest::verify`] only.
    ///
    /// # Errors
    /// [`RequestError`] naming the field at fault.
    pub fn from_der(_der: &[u8]) -> Result<Self, RequestError> {
        todo!()
    }

    /// Reads a request in PEM or DER.
    ///
    /// # Errors
    /// [`RequestError`] naming the field at fault.
    pub fn from_pem_or_der(_bytes: &[u8]) -> Result<Self, RequestError> {
        todo!()
    }

    /// Returns the exact encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Checks the request's own signature: the requester holds the private key.
    ///
    /// # Errors
    /// [`VerifyError`] unless the signature is good.
    pub fn verify(&self) -> Result<(), VerifyError> {
        todo!()
    }

    /// Returns the subject.
    pub fn subject(&self) -> &DistinguishedName {
        todo!()
    }

    /// Returns the public key.
    pub fn public_key(&self) -> &PublicKey {
        todo!()
    }

    /// Returns the requested extensions.
    pub fn requested_extensions(&self) -> impl Iterator<Item = crate::certificate::Extension<'_>> {
        std::iter::empty()
    }

    /// Returns the requested mail addresses: those of the subjectAltName, or if it holds none those of the subject.
    pub fn emails(&self) -> Vec<String> {
        todo!()
    }
}
