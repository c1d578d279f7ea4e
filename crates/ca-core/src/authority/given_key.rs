//! Keys that holders bring, and that must not be certified.
//!
//! A proof of possession says that the holder has the key. It does not say that nobody else does, nor that it may sign.

use super::{Application, IssueError};
use crate::admission::ApprovedKey;
use crate::ledger::{
    CertificateFilter, CertificateRecord, KeyMark, Ledger, LedgerError, RevocationReason, SerialNumber,
};
use crate::request::CertificateUsage;
use chrono::{DateTime, Utc};
use identity::Certificate;

/// What stands against certifying a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// It is kept for others to open, so that a signature would not be its holder's.
    Archived {
        /// The certificate with which it was archived.
        serial: SerialNumber,
    },
    /// It is that of an authority of this ledger, or of its responder.
    Authority {
        /// The authority.
        id: String,
    },
    /// It is known to others.
    Compromised {
        /// The certificate that was revoked for it.
        serial: SerialNumber,
        /// The reason given then.
        reason: RevocationReason,
    },
}

impl std::fmt::Display for KeyFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Archived { serial } => write!(
                f,
                "it is in the archive since certificate {serial}, and such a key must not sign"
            ),
            Self::Authority { id } => {
                write!(f, "it is the key of the authority \"{id}\" or of its responder")
            }
            Self::Compromised { serial, reason } => {
                write!(f, "certificate {serial} for it was revoked for {reason}")
            }
        }
    }
}

/// Refuses what holders bring if it must not be certified; keys that are made for a request are not looked at.
pub(super) fn refuse_unfit(ledger: &dyn Ledger, applications: &[Application<'_>]) -> Result<(), IssueError> {
    let given: Vec<([u8; 20], CertificateUsage)> = applications
        .iter()
        .filter(|application| matches!(application.approved.key(), ApprovedKey::Given(_)))
        .map(|application| (application.key.subject_key_identifier(), application.usage))
        .collect();
    if given.is_empty() {
        return Ok(());
    }
    let own = own_keys(ledger)?;
    let ids: Vec<_> = given.iter().map(|(key_id, _)| *key_id).collect();
    let marks = ledger.key_marks(&ids)?;
    for (key_id, usage) in given {
        if let Some((id, _)) = own.iter().find(|(_, own)| *own == key_id) {
            let fault = KeyFault::Authority { id: id.clone() };
            return Err(IssueError::KeyRefused { fault });
        }
        let faults = marks
            .iter()
            .filter(|mark| mark.key_id == key_id)
            .filter_map(|mark| fault(mark, usage));
        if let Some(fault) = faults.min_by_key(|fault| matches!(fault, KeyFault::Archived { .. })) {
            return Err(IssueError::KeyRefused { fault });
        }
    }
    Ok(())
}

fn fault(mark: &KeyMark, usage: CertificateUsage) -> Option<KeyFault> {
    let serial = mark.serial;
    match mark.compromised {
        Some(reason) => Some(KeyFault::Compromised { serial, reason }),
        None if mark.archived && usage != CertificateUsage::Encrypt => Some(KeyFault::Archived { serial }),
        None => None,
    }
}

/// Returns what is on record for a key, the newest first.
pub(crate) fn records_of(
    ledger: &dyn Ledger,
    key_id: [u8; 20],
    now: DateTime<Utc>,
) -> Result<Vec<CertificateRecord>, LedgerError> {
    let filter = CertificateFilter {
        key_id: Some(key_id),
        ..CertificateFilter::default()
    };
    ledger.list(&filter, now)
}

/// The keys of the authorities on record and of their responders.
fn own_keys(ledger: &dyn Ledger) -> Result<Vec<(String, [u8; 20])>, LedgerError> {
    let mut keys = Vec::new();
    for record in ledger.authorities()? {
        // What cannot be read is told of by whoever signs with it.
        if let Ok(certificate) = Certificate::from_der(&record.certificate) {
            let key_id = certificate.public_key().subject_key_identifier();
            keys.push((record.id.clone(), key_id));
        }
        for responder in ledger.responders(&record.id)? {
            keys.push((record.id.clone(), responder.key_id));
        }
    }
    Ok(keys)
}
