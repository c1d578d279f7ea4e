//! OCSP answers in files: DER, PEM or bare base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::ocsp::{OcspError, OcspResponse};
use identity::pem;

/// Reads an answer, however it is wrapped; the error is that of reading it as DER.
pub(crate) fn read(bytes: &[u8]) -> Result<OcspResponse, OcspError> {
    let blocks = pem::decode(bytes).unwrap_or_default();
    if let Some(block) = blocks.iter().find(|block| block.label == PEM_LABEL) {
        return OcspResponse::from_der(&block.der);
    }
    OcspResponse::from_der(bytes).or_else(|error| {
        let text: Vec<u8> = bytes
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        match STANDARD.decode(text) {
            Ok(der) if !der.is_empty() => OcspResponse::from_der(&der),
            _ => Err(error),
        }
    })
}

/// Nobody has standardised it; this one is the commonest.
pub(crate) const PEM_LABEL: &str = "OCSP RESPONSE";
