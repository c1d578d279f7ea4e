//! Keys that holders bring, and that must not be certified.
//!
//! A proof of possession says that the holder has the key. It does not say that nobody else does, nor that it may sign.

use super::{Application, IssueError};
use crate::admission::ApprovedKey;
use crate::ledger::{
    CertificateFilter, CertificateRecord, Ledger, LedgerError, RevocationReason, SerialNumber,
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
pub(super) fn refuse_unfit(
    ledger: &dyn Ledger,
    applications: &[Application<'_>],
    now: DateTime<Utc>,
) -> Result<(), IssueError> {
    let mut own: Option<Vec<(String, [u8; 20])>> = None;
    for application in applications {
        if !matches!(application.approved.key(), ApprovedKey::Given(_)) {
            continue;
        }
        let key_id = application.key.subject_key_identifier();
        let own = match &own {
            Some(own) => own,
            None => own.insert(own_keys(ledger)?),
        };
        let fault = match own.iter().find(|(_, own)| *own == key_id) {
            Some((id, _)) => Some(KeyFault::Authority { id: id.clone() }),
            None => history(ledger, key_id, application.usage, now)?,
        };
        if let Some(fault) = fault {
            return Err(IssueError::KeyRefused { fault });
        }
    }
    Ok(())
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

fn history(
    ledger: &dyn Ledger,
    key_id: [u8; 20],
    usage: CertificateUsage,
    now: DateTime<Utc>,
) -> Result<Option<KeyFault>, LedgerError> {
    let records = records_of(ledger, key_id, now)?;
    for record in &records {
        let reason = record.revocation.as_ref().map(|one| one.reason);
        if let Some(reason) = reason.filter(|reason| is_known_to_others(*reason)) {
            let serial = *record.serial();
            return Ok(Some(KeyFault::Compromised { serial, reason }));
        }
    }
    if usage == CertificateUsage::Encrypt || records.is_empty() {
        return Ok(None);
    }
    let serials: Vec<_> = records.iter().map(|record| *record.serial()).collect();
    let archived = ledger.archived_keys(&serials)?;
    Ok(archived
        .first()
        .map(|key| KeyFault::Archived { serial: key.serial }))
}

fn is_known_to_others(reason: RevocationReason) -> bool {
    matches!(
        reason,
        RevocationReason::KeyCompromise | RevocationReason::CaCompromise | RevocationReason::AaCompromise
    )
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
