//! Checking signatures, by another library than the one that makes them wherever there is one.

use crate::key::PublicKey;
use crate::signature::{SchemeError, SignatureScheme};

/// Why a signature was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The signature does not fit the message and the key.
    #[error("the signature does not fit the message and the key")]
    BadSignature,
    /// The signature algorithm could not be understood.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
    /// No library here can check this combination.
    #[error("cannot check a signature with {scheme} by a {key} key")]
    Unsupported {
        /// The kind of key.
        key: String,
        /// The scheme.
        scheme: String,
    },
}

/// Checks a signature, by whatever library can.
///
/// Weak digests are checked like any other: whether they count is the caller's decision.
///
/// # Errors
/// [`VerifyError`] unless the signature is good.
pub fn verify(
    _key: &PublicKey,
    _scheme: &SignatureScheme,
    _message: &[u8],
    _signature: &[u8],
) -> Result<(), VerifyError> {
    todo!()
}

/// Checks a signature with a library other than the one that makes signatures here.
///
/// # Errors
/// [`VerifyError::Unsupported`] if only the signing library could check it; else as [`verify`].
pub fn verify_independently(
    _key: &PublicKey,
    _scheme: &SignatureScheme,
    _message: &[u8],
    _signature: &[u8],
) -> Result<(), VerifyError> {
    todo!()
}

/// Checks a signature over a digest that the caller has computed with `scheme.digest()`: for content too long to
/// hold in memory. Ed25519 cannot be checked so.
///
/// # Errors
/// As [`verify`].
pub fn verify_digest(
    _key: &PublicKey,
    _scheme: &SignatureScheme,
    _digest: &[u8],
    _signature: &[u8],
) -> Result<(), VerifyError> {
    todo!()
}
