//! Certificate revocation lists (RFC 5280, 5), as far as looking at them needs.

use chrono::{DateTime, Utc};

use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::verify::VerifyError;

/// Why bytes are not a certificate revocation list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("malformed certificate revocation list: {field}: {reason}")]
pub struct CrlError {
    /// The field.
    pub field: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// A certificate revocation list.
#[derive(Clone)]
pub struct CertificateList {
    der: Vec<u8>,
}

/// An entry of a certificate revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedCertificate {
    /// The content of the serialNumber INTEGER, big-endian, as encoded.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub revocation_date: DateTime<Utc>,
    /// The reasonCode (RFC 5280, 5.3.1), if given.
    pub reason: Option<u8>,
}

impl CertificateList {
    /// Reads a DER-encoded list.
    ///
    /// # Errors
    /// [`CrlError`] naming the field at fault.
    pub fn from_der(_der: &[u8]) -> Result<Self, CrlError> {
        todo!()
    }

    /// Returns the exact encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the issuer.
    pub fn issuer(&self) -> &DistinguishedName {
        todo!()
    }

    /// Returns when the list was made.
    pub fn this_update(&self) -> DateTime<Utc> {
        todo!()
    }

    /// Returns when the next list is due.
    pub fn next_update(&self) -> Option<DateTime<Utc>> {
        todo!()
    }

    /// Returns the cRLNumber in lower-case hexadecimal without leading zeros.
    pub fn number_hex(&self) -> Option<String> {
        todo!()
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Tells whether nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the entries in the order of the list.
    pub fn entries(&self) -> impl Iterator<Item = RevokedCertificate> {
        std::iter::empty()
    }

    /// Checks the signature with the issuer's key.
    ///
    /// # Errors
    /// [`VerifyError`] unless the signature is good.
    pub fn verify_signed_by(&self, _issuer_key: &PublicKey) -> Result<(), VerifyError> {
        todo!()
    }
}
