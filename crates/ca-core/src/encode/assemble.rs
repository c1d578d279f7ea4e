//! Putting the signed certificate together.

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode as _, Encode as _, Sequence};
use identity::SignatureScheme;

/// `Certificate` (RFC 5280, 4.1) over exact bytes.
#[derive(Sequence)]
struct SignedCertificate<'a> {
    tbs: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

/// Returns the certificate made of the bytes that were signed and the signature over them.
///
/// # Errors
/// `der::Error` as text if `tbs` is not DER.
pub(crate) fn assemble(tbs: &[u8], scheme: SignatureScheme, signature: &[u8]) -> Result<Vec<u8>, String> {
    let build = || -> Result<Vec<u8>, der::Error> {
        let algorithm = scheme.algorithm_identifier_der();
        SignedCertificate {
            tbs: AnyRef::from_der(tbs)?,
            algorithm: AnyRef::from_der(&algorithm)?,
            signature: BitStringRef::from_bytes(signature)?,
        }
        .to_der()
    };
    build().map_err(|error| error.to_string())
}

/// Returns a certificate with an empty signature, for reading what is about to be signed.
///
/// # Errors
/// As [`assemble`].
pub(crate) fn placeholder(tbs: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, String> {
    assemble(tbs, scheme, &[])
}
