//! Encoding of certificates: one specification, two encoders.
//!
//! `rcgen` encodes what it encodes rightly; what it cannot name (P-521, RSA-PSS) or would silently lose (repeated
//! attributes of a name) goes to the encoder built on `x509-cert`. A test compares the two byte by byte where both
//! can. Only this module and those below it name these crates and `time`.

mod assemble;
mod crl;
mod extensions;
mod general;
mod rcgen;
mod spec;

use crate::ledger::SerialNumber;
use identity::SignatureScheme;

pub(crate) use assemble::{assemble, placeholder};
pub(crate) use crl::{CrlEncoder, CrlSpec, UnsignedCrl};
#[cfg(test)]
pub(crate) use general::edit;
pub(crate) use spec::{
    AlternativeName, CertificateSpec, ConstrainedDomains, Extensions, Issued, PolicyInformation, Role,
};

/// Why a certificate could not be encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A revocation list could not be encoded.
    #[error("CRL number {number} could not be encoded: {field}: {reason}")]
    Crl {
        /// Its number.
        number: u64,
        /// The field at fault.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// An encoder refused.
    #[error("certificate {serial} could not be encoded: {field}: {reason}")]
    Field {
        /// The serial.
        serial: SerialNumber,
        /// The field at fault.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A CA key cannot sign certificates so.
    #[error("certificates cannot be signed with {scheme}: use RSA PKCS#1 v1.5, ECDSA or Ed25519")]
    Scheme {
        /// The scheme.
        scheme: SignatureScheme,
    },
}

/// Returns the bytes to be signed (TBSCertificate).
///
/// # Errors
/// [`EncodeError`] naming the field that cannot be encoded.
pub(crate) fn encode_tbs(spec: &CertificateSpec<'_>) -> Result<Vec<u8>, EncodeError> {
    match rcgen::encodable(spec)? {
        Some(encodable) => rcgen::encode(encodable),
        None => general::encode(spec),
    }
}

#[cfg(test)]
mod tests;
