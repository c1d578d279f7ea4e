//! What a ledger keeps of revocations beyond the certificate's own record.

use super::{Revocation, RevocationReason, SerialNumber};
use chrono::{DateTime, Utc};

impl Revocation {
    /// Tells whether this may take the place of what is on record: another reason that of a hold, and an earlier moment
    /// one that has not come.
    pub fn may_follow(&self, before: &Self) -> bool {
        let hold = RevocationReason::CertificateHold;
        let is_to_come = before.at > self.at && before.at > self.recorded_at;
        match (before.reason == hold, self.reason == hold) {
            (true, false) => true,
            (false, true) => false,
            (true, true) | (false, false) => is_to_come,
        }
    }
}

/// The end of a hold: the certificate is valid again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its serial.
    pub serial: SerialNumber,
    /// From when on, in stated time.
    pub at: DateTime<Utc>,
    /// When it was recorded, in real time.
    pub recorded_at: DateTime<Utc>,
}

/// The revocation of a certificate that an authority gave to another authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityRevocation {
    /// The identifier of the authority that signed the certificate, whose CRL will hold it.
    pub issuer: String,
    /// The last second of the certificate's validity.
    pub not_after: DateTime<Utc>,
    /// The revocation.
    pub revocation: Revocation,
}

/// Which revocations [`Ledger::visit_revocations`](super::Ledger::visit_revocations) hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationQuery<'a> {
    /// The identifier of the authority that signed the certificates.
    pub issuer: &'a str,
    /// As they stood after this change, later ones not counting.
    pub upto: u64,
    /// Only what has changed after this change, releases included; `None`: everything that is revoked, no releases.
    pub after: Option<u64>,
}

/// How a serial stands after its last change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedEntry {
    /// The number of the change under its issuer, counting from 1.
    pub change: u64,
    /// The serial.
    pub serial: SerialNumber,
    /// Why it is revoked; `None` if it was released from a hold.
    pub reason: Option<RevocationReason>,
    /// From when on it is revoked or valid again, in stated time.
    pub at: DateTime<Utc>,
    /// Since when the key may have been known to others.
    pub invalidity_date: Option<DateTime<Utc>>,
    /// The last second of the certificate's validity.
    pub not_after: DateTime<Utc>,
}
