//! What a ledger keeps of OCSP responders' certificates, and what a responder asks it.

use super::{Revocation, SerialNumber};
use chrono::{DateTime, Utc};

/// The certificate of an OCSP responder that is about to be signed: recorded before it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponderIntent {
    /// The reserved serial.
    pub serial: SerialNumber,
    /// The identifier of the issuing CA that it answers for.
    pub authority: String,
    /// The subject key identifier of its key.
    pub key_id: [u8; 20],
    /// The exact bytes to be signed (TBSCertificate, DER).
    pub tbs: Vec<u8>,
    /// When it was recorded, in real time.
    pub created_at: DateTime<Utc>,
    /// The moment it was made for (`--now`).
    pub acted_at: DateTime<Utc>,
}

/// The certificate of an OCSP responder that was signed and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponderRecord {
    /// Its serial.
    pub serial: SerialNumber,
    /// The subject key identifier of its key.
    pub key_id: [u8; 20],
    /// The certificate (DER).
    pub certificate: Vec<u8>,
}

/// How a certificate that was issued stands with its issuer, apart from the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The revocation in force.
    pub revocation: Option<Revocation>,
}
