//! Answers of an OCSP responder (RFC 6960, RFC 9654): requests are read, the ledger is asked, answers are signed.
//!
//! ```text
//! request ── OcspResponder::read ──> OcspQuestion ── answer ──> SignedAnswer      or an OcspRefusal, which is not signed
//! ```
//!
//! A serial that was never issued is never `good`. Every answer is held against the lints before it is signed, and every
//! signature is verified by a second implementation before the answer is handed out.

mod answer;
mod encode;
mod signer;

use crate::policy::OcspRules;
use identity::digest::digest;
use identity::ocsp::{CertId, OcspRequest};
use identity::{Certificate, DigestAlgorithm};

pub use answer::SignedAnswer;
pub use signer::{OcspSigner, OcspSignerError};

/// The authorities that are answered for, and how.
#[derive(Clone, Debug)]
pub struct OcspResponder {
    rules: OcspRules,
    issuers: Vec<Issuer>,
}

/// How requests name an authority.
#[derive(Clone, Debug)]
struct Issuer {
    id: String,
    certificate: Certificate,
    /// Digest, digest of the name, digest of the key.
    names: Vec<(DigestAlgorithm, Vec<u8>, Vec<u8>)>,
}

/// A request that can be answered.
#[derive(Clone, Debug)]
pub struct OcspQuestion {
    rules: OcspRules,
    authority: String,
    issuer: Certificate,
    /// What is asked about, and whether that is the authority's.
    certificates: Vec<(CertId, bool)>,
    nonce: Option<Vec<u8>>,
}

/// Why a request is not answered (OCSPResponseStatus, RFC 6960, 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum OcspRefusal {
    /// The request cannot be read, or asks for what is not understood here.
    #[error("malformedRequest")]
    MalformedRequest,
    /// The responder failed.
    #[error("internalError")]
    InternalError,
    /// The responder has too much to do.
    #[error("tryLater")]
    TryLater,
    /// No certificate asked about was issued by an authority that is answered for here.
    #[error("unauthorized")]
    Unauthorized,
}

impl OcspRefusal {
    /// Returns the answer (OCSPResponse, DER) that says so; it is not signed.
    pub fn der(self) -> [u8; 5] {
        let code = match self {
            Self::MalformedRequest => 1,
            Self::InternalError => 2,
            Self::TryLater => 3,
            Self::Unauthorized => 6,
        };
        // SEQUENCE { ENUMERATED }
        [0x30, 0x03, 0x0a, 0x01, code]
    }
}

impl OcspResponder {
    /// Makes a responder for authorities, each with its identifier and certificate.
    pub fn new<'c>(rules: OcspRules, issuers: impl IntoIterator<Item = (String, &'c Certificate)>) -> Self {
        let names = |certificate: &Certificate| {
            let name = |hash| {
                let key = certificate.public_key().key_bytes();
                (hash, digest(hash, certificate.subject().der()), digest(hash, key))
            };
            HASHES.map(name).to_vec()
        };
        Self {
            rules,
            issuers: issuers
                .into_iter()
                .map(|(id, certificate)| Issuer {
                    id,
                    certificate: certificate.clone(),
                    names: names(certificate),
                })
                .collect(),
        }
    }

    /// Returns the identifiers of the authorities that are answered for.
    pub fn authorities(&self) -> impl Iterator<Item = &str> {
        self.issuers.iter().map(|issuer| issuer.id.as_str())
    }

    /// Returns how is answered.
    pub fn rules(&self) -> OcspRules {
        self.rules
    }

    /// Reads a request (OCSPRequest, DER).
    ///
    /// An answer is signed in the name of one authority, the first that is known here; what others issued is unknown
    /// to it.
    ///
    /// # Errors
    /// [`OcspRefusal::MalformedRequest`], [`OcspRefusal::Unauthorized`].
    pub fn read(&self, der: &[u8]) -> Result<OcspQuestion, OcspRefusal> {
        if der.len() > LONGEST {
            return Err(OcspRefusal::MalformedRequest);
        }
        let request = OcspRequest::from_der(der).map_err(|_| OcspRefusal::MalformedRequest)?;
        let certificates = request.certificates();
        let nonce = request.nonce();
        // RFC 9654, 2.1: a nonce of another length must be refused.
        let nonce_fits = nonce.is_none_or(|nonce| (1..=LONGEST_NONCE).contains(&nonce.len()));
        if certificates.is_empty()
            || certificates.len() > MOST_CERTIFICATES
            || request.has_other_critical_extension()
            || !nonce_fits
        {
            return Err(OcspRefusal::MalformedRequest);
        }
        let issuer = certificates
            .iter()
            .find_map(|certificate| self.issuers.iter().find(|issuer| issuer.is_named_by(certificate)))
            .ok_or(OcspRefusal::Unauthorized)?;
        Ok(OcspQuestion {
            rules: self.rules,
            authority: issuer.id.clone(),
            issuer: issuer.certificate.clone(),
            certificates: certificates
                .iter()
                .map(|certificate| (certificate.clone(), issuer.is_named_by(certificate)))
                .collect(),
            nonce: nonce.map(<[u8]>::to_vec),
        })
    }
}

impl Issuer {
    fn is_named_by(&self, certificate: &CertId) -> bool {
        let hash = certificate.hash();
        self.names.iter().any(|(known, name, key)| {
            hash == Some(*known)
                && name == certificate.issuer_name_hash()
                && key == certificate.issuer_key_hash()
        })
    }
}

impl OcspQuestion {
    /// Returns the identifier of the authority that answers.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the one certificate that is asked about without a nonce: the answer fits everybody who asks the same.
    pub fn common(&self) -> Option<&CertId> {
        match self.certificates.as_slice() {
            [(certificate, _)] if self.nonce.is_none() => Some(certificate),
            _ => None,
        }
    }
}

/// SHA-1 is what nearly all programs use here, where it is a name and protects nothing.
const HASHES: [DigestAlgorithm; 4] = [
    DigestAlgorithm::Sha1,
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
];

/// A request about one certificate takes some 120 octets, one with a signature and its chain some thousand.
const LONGEST: usize = 16 << 10;

/// Each is a question to the ledger.
const MOST_CERTIFICATES: usize = 64;

/// RFC 9654, 2.1.
const LONGEST_NONCE: usize = 128;

#[cfg(test)]
mod tests;
