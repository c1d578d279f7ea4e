//! Keys that holders bring, and that must not be certified.
//!
//! A proof of possession says that the holder has the key. It does not say that nobody else does, nor that it may sign.

use super::{Application, IssueError};
use crate::admission::ApprovedKey;
use crate::ledger::{
    AuthorityRecord, CertificateFilter, CertificateRecord, KeyMark, Ledger, LedgerError, RevocationReason,
    SerialNumber,
};
use crate::request::CertificateUsage;
use chrono::{DateTime, Utc};
use identity::PublicKey;

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
    /// It is not written in the form that its standard demands, so that it might be another one's under another name.
    Encoding,
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
            Self::Encoding => f.write_str(
                "it is a compressed point (RFC 5480, 2.2), or an RSA key without NULL parameters (RFC 3279, 2.3.1)",
            ),
            Self::Compromised { serial, reason } => {
                write!(f, "certificate {serial} for it was revoked for {reason}")
            }
        }
    }
}

/// Refuses what holders bring if it must not be certified; keys that are made for a request are not looked at.
pub(super) fn refuse_unfit(ledger: &dyn Ledger, applications: &[Application<'_>]) -> Result<(), IssueError> {
    let given: Vec<(&Application<'_>, [u8; 20])> = applications
        .iter()
        .filter(|application| matches!(application.approved.key(), ApprovedKey::Given(_)))
        .map(|application| (application, application.key.subject_key_identifier()))
        .collect();
    if given.is_empty() {
        return Ok(());
    }
    let own = OwnKeys::read(ledger)?;
    let ids: Vec<_> = given.iter().map(|(_, key_id)| *key_id).collect();
    let marks = ledger.key_marks(&ids)?;
    for (application, key_id) in given {
        if !application.key.is_canonical() {
            let fault = KeyFault::Encoding;
            return Err(IssueError::KeyRefused { fault });
        }
        if let Some(id) = own.owner(application.key, key_id) {
            let fault = KeyFault::Authority { id: id.to_owned() };
            return Err(IssueError::KeyRefused { fault });
        }
        let faults = marks
            .iter()
            .filter(|mark| mark.key_id == key_id)
            .filter_map(|mark| fault(mark, application.usage));
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
struct OwnKeys {
    authorities: Vec<AuthorityRecord>,
    responders: Vec<(String, [u8; 20])>,
}

impl OwnKeys {
    fn read(ledger: &dyn Ledger) -> Result<Self, LedgerError> {
        let authorities = ledger.authorities()?;
        let mut responders = Vec::new();
        for record in &authorities {
            let keys = ledger.responders(&record.id)?;
            responders.extend(keys.into_iter().map(|one| (record.id.clone(), one.key_id)));
        }
        Ok(Self {
            authorities,
            responders,
        })
    }

    /// Returns the authority whose key, or whose responder's, this is.
    fn owner(&self, key: &PublicKey, key_id: [u8; 20]) -> Option<&str> {
        let spki = key.spki_der();
        // Read octet by octet: no certificate holds another's subjectPublicKeyInfo.
        let holds =
            |record: &&AuthorityRecord| record.certificate.windows(spki.len()).any(|part| part == spki);
        let authority = self.authorities.iter().find(holds).map(|record| &record.id);
        let responder = || {
            self.responders
                .iter()
                .find(|(_, own)| *own == key_id)
                .map(|(id, _)| id)
        };
        authority.or_else(responder).map(String::as_str)
    }
}
