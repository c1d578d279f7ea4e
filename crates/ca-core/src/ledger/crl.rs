//! What a ledger keeps of CRLs: not their bytes, which can be large, but their numbers, times and digests.

use chrono::{DateTime, Utc};

/// A CRL that is about to be made, a delta CRL of the same number beside it if so wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlIntent {
    /// The identifier of the authority that will sign it.
    pub authority: String,
    /// The moment it states (`--now`).
    pub this_update: DateTime<Utc>,
    /// By when the next one will have been published.
    pub next_update: DateTime<Utc>,
    /// The delta CRL to be signed with it.
    pub delta: Option<DeltaIntent>,
    /// When it was recorded, in real time.
    pub created_at: DateTime<Utc>,
}

/// A delta CRL that is about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaIntent {
    /// The complete CRL that it continues; `None`: the one of the same number, so that it is empty.
    pub base: Option<DeltaBase>,
    /// By when the next delta will have been published.
    pub next_update: DateTime<Utc>,
}

/// The complete CRL that a delta CRL continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeltaBase {
    /// Its number (BaseCRLNumber, RFC 5280, 5.2.4).
    pub number: u64,
    /// The last change that it takes into account ([`CrlRecord::upto`]).
    pub upto: u64,
}

/// A numbered CRL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlRecord {
    /// Its number, higher than that of every CRL of the authority before it (RFC 5280, 5.2.3).
    pub number: u64,
    /// The last revocation or release that it takes into account.
    pub upto: u64,
    /// What was to be made.
    pub intent: CrlIntent,
    /// What was signed; `None` if it never came to be.
    pub signature: Option<CrlSignature>,
}

/// A CRL that was signed and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlSignature {
    /// The identifier of its authority.
    pub authority: String,
    /// Its number.
    pub number: u64,
    /// How many entries it has.
    pub entries: u64,
    /// SHA-256 of the complete CRL.
    pub sha256: [u8; 32],
    /// SHA-256 of the delta CRL, if one was made.
    pub delta_sha256: Option<[u8; 32]>,
    /// When it was recorded, in real time.
    pub at: DateTime<Utc>,
}
