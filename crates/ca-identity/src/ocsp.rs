//! The Online Certificate Status Protocol (RFC 6960, RFC 9654): requests and answers, encoded and decoded.
//!
//! What an answer is worth (who signed it, whether it is fresh) is judged by whoever knows the certificate's path.

use std::fmt;

use der::asn1::ObjectIdentifier;

use crate::asn1::{self, Cursor, INTEGER, NULL, OCTET_STRING, SEQUENCE};
use crate::certificate::{Certificate, integer_hex};
use crate::digest::{DigestAlgorithm, digest};
use crate::key::PublicKey;

mod request;
mod response;

pub use request::OcspRequest;
pub use response::{CertStatus, OcspResponse, ResponderId, ResponseData, ResponseStatus, SingleResponse};

/// Why bytes are not an OCSP request or answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("malformed OCSP message: {field}: {reason}")]
pub struct OcspError {
    /// The field.
    pub field: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// The certificate that a request or an answer is about (RFC 6960, 4.1.1).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertId {
    algorithm: ObjectIdentifier,
    issuer_name_hash: Vec<u8>,
    issuer_key_hash: Vec<u8>,
    serial: Vec<u8>,
}

impl CertId {
    /// Names a certificate whose issuer's key is `issuer_key`. Responders in use expect SHA-1, which keeps nothing safe
    /// here: it is a name, and the signature on the answer covers the serial number.
    pub fn new(hash: DigestAlgorithm, certificate: &Certificate, issuer_key: &PublicKey) -> Self {
        Self {
            algorithm: hash.oid(),
            issuer_name_hash: digest(hash, certificate.issuer().der()),
            issuer_key_hash: digest(hash, issuer_key.key_bytes()),
            serial: certificate.serial().to_vec(),
        }
    }

    /// Tells whether this is a name of `certificate`, issued with `issuer_key`, whatever digest it was made with.
    pub fn names(&self, certificate: &Certificate, issuer_key: &PublicKey) -> bool {
        self.hash()
            .is_some_and(|hash| *self == Self::new(hash, certificate, issuer_key))
    }

    /// Returns the digest that issuer and key are named by; `None` if it is not known here.
    pub fn hash(&self) -> Option<DigestAlgorithm> {
        DigestAlgorithm::from_oid(&self.algorithm)
    }

    /// Returns the digest of the issuer's name.
    pub fn issuer_name_hash(&self) -> &[u8] {
        &self.issuer_name_hash
    }

    /// Returns the digest of the issuer's key.
    pub fn issuer_key_hash(&self) -> &[u8] {
        &self.issuer_key_hash
    }

    /// Returns the content of the serialNumber INTEGER, big-endian, as encoded.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Returns the serial number in lower-case hexadecimal without leading zeros.
    pub fn serial_hex(&self) -> String {
        integer_hex(&self.serial)
    }

    /// Returns the encoding, the parameters of the digest being NULL as responders in use write them.
    pub fn to_der(&self) -> Vec<u8> {
        let algorithm = asn1::algorithm_identifier(self.algorithm, &[NULL, 0]);
        let name = asn1::tlv(OCTET_STRING, &[&self.issuer_name_hash]);
        let key = asn1::tlv(OCTET_STRING, &[&self.issuer_key_hash]);
        let serial = asn1::tlv(INTEGER, &[&self.serial]);
        asn1::tlv(SEQUENCE, &[&algorithm, &name, &key, &serial])
    }

    fn read(fields: &mut Cursor<'_>) -> Result<Self, String> {
        let mut fields = fields.expect(SEQUENCE)?.children()?;
        let (algorithm, _) = asn1::parse_algorithm(fields.expect(SEQUENCE)?.raw)?;
        let issuer_name_hash = fields.expect(OCTET_STRING)?.value.to_vec();
        let issuer_key_hash = fields.expect(OCTET_STRING)?.value.to_vec();
        let serial = fields.next()?.integer()?.to_vec();
        fields.finish()?;
        Ok(Self {
            algorithm,
            issuer_name_hash,
            issuer_key_hash,
            serial,
        })
    }
}

impl fmt::Debug for CertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertId({})", self.serial_hex())
    }
}

/// Returns the nonce that the value of a nonce extension holds. Before RFC 8954 some wrote it without a header of its own.
fn nonce(value: &[u8]) -> Vec<u8> {
    asn1::Element::parse_as(OCTET_STRING, value)
        .map_or(value, |inner| inner.value)
        .to_vec()
}

/// Refuses what is too long to be looked at, then reads it.
fn bounded<T>(
    der: &[u8],
    longest: usize,
    field: &'static str,
    parse: impl FnOnce(&[u8]) -> Result<T, OcspError>,
) -> Result<T, OcspError> {
    if der.len() > longest {
        return Err(OcspError {
            field,
            reason: format!("it has {} bytes, more than {longest}", der.len()),
        });
    }
    parse(der)
}

fn at(field: &'static str) -> impl Fn(String) -> OcspError {
    move |reason| OcspError { field, reason }
}

/// id-pkix-ocsp-basic (RFC 6960, 4.2.1).
const BASIC_RESPONSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
/// id-pkix-ocsp-nonce (RFC 6960, 4.4.1).
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
