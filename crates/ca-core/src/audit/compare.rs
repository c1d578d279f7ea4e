//! Whether the log and the rest of the ledger tell the same story.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use chrono::{DateTime, Utc};

use super::{AuditAction, AuditEntry, Outcome};
use crate::ledger::{CertificateFilter, CertificateRecord, Ledger, LedgerError, SerialNumber};

/// What the entries of a log amount to: which certificates were issued and revoked, which CRLs signed.
///
/// Of what was issued, which is most of it, only a tally is kept: a log of millions of certificates takes no more room.
#[derive(Debug, Default)]
pub struct LogStory {
    key: RandomState,
    issued: Tally,
    /// The last word on each.
    revoked: HashMap<SerialNumber, bool>,
    /// SHA-256 in hexadecimal, by authority and number.
    crls: BTreeMap<(String, String), String>,
}

/// What a set of serials amounts to: how many there are, and the sum of their hashes under a key that is drawn for each
/// comparison, so that nobody can choose serials that make up for each other.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Tally {
    count: u64,
    sum: u64,
}

impl Tally {
    fn add(&mut self, key: &RandomState, serial: &SerialNumber) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(key.hash_one(serial));
    }
}

/// A contradiction between the log and the records.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Contradiction {
    /// A certificate is on record as issued, and the log knows nothing of it.
    #[error("certificate {serial} is on record as issued, and the log does not tell of it")]
    IssuedUntold {
        /// The certificate.
        serial: SerialNumber,
    },
    /// The log tells of a certificate that is not on record.
    #[error("the log tells that certificate {serial} was issued, and it is not on record")]
    IssuedUnrecorded {
        /// The certificate.
        serial: SerialNumber,
    },
    /// A certificate's revocation is on record, or in the log, and not in both.
    #[error("certificate {serial} is {record} on record, and {log} by the log")]
    Revocation {
        /// The certificate.
        serial: SerialNumber,
        /// How it stands on record.
        record: &'static str,
        /// How it stands by the log.
        log: &'static str,
    },
    /// A CRL is on record, or in the log, and not in both, or another.
    #[error("CRL number {number} of {authority} is not the same on record and in the log")]
    Crl {
        /// The identifier of its authority.
        authority: String,
        /// Its number.
        number: String,
    },
}

impl LogStory {
    /// Takes the next entry.
    pub fn push(&mut self, entry: &AuditEntry) {
        if entry.outcome != Outcome::Done.as_str() {
            return;
        }
        let is = |action: AuditAction| entry.action == action.as_str();
        if is(AuditAction::CrlSigned) {
            let details: BTreeMap<String, String> = serde_json::from_str(&entry.details).unwrap_or_default();
            let (number, sha256) = (details.get("number"), details.get("sha256"));
            if let (Some(number), Some(sha256)) = (number, sha256) {
                self.crls
                    .insert((entry.subject.clone(), number.clone()), sha256.clone());
            }
            return;
        }
        let Ok(serial) = entry.subject.parse::<SerialNumber>() else {
            return;
        };
        if is(AuditAction::CertificateIssued) {
            self.issued.add(&self.key, &serial);
        } else if is(AuditAction::CertificateRevoked) || is(AuditAction::CertificateReleased) {
            self.revoked.insert(serial, is(AuditAction::CertificateRevoked));
        }
    }

    /// Compares it with the records, and returns at most `most` contradictions.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn compare(
        mut self,
        ledger: &dyn Ledger,
        now: DateTime<Utc>,
        most: usize,
    ) -> Result<Vec<Contradiction>, LedgerError> {
        let mut found = Vec::new();
        let mut recorded = Tally::default();
        for_each_record(ledger, now, &mut |page| {
            for record in page {
                let serial = *record.serial();
                if record.issued.is_some() {
                    recorded.add(&self.key, &serial);
                }
                let (on_record, told) = (
                    record.revocation.is_some(),
                    self.revoked.get(&serial).copied().unwrap_or_default(),
                );
                if on_record != told {
                    let word = |revoked| if revoked { "revoked" } else { "not revoked" };
                    found.push(Contradiction::Revocation {
                        serial,
                        record: word(on_record),
                        log: word(told),
                    });
                }
            }
            found.truncate(most);
        })?;
        if recorded != self.issued {
            found.extend(compare_issued(ledger, now)?);
        }
        for authority in ledger.authorities()? {
            for crl in ledger.crls(&authority.id, usize::MAX)? {
                let name = (authority.id.clone(), crl.number.to_string());
                let recorded = crl.signature.map(|signature| hex::encode(signature.sha256));
                if self.crls.remove(&name) != recorded {
                    found.push(Contradiction::Crl {
                        authority: name.0,
                        number: name.1,
                    });
                }
            }
        }
        let untold = self.crls.into_keys();
        found.extend(untold.map(|(authority, number)| Contradiction::Crl { authority, number }));
        found.truncate(most);
        Ok(found)
    }
}

/// Names what was issued by the log or on record, and not by both; this one keeps all serials.
fn compare_issued(ledger: &dyn Ledger, now: DateTime<Utc>) -> Result<Vec<Contradiction>, LedgerError> {
    let mut told = HashSet::new();
    let mut after = 0;
    loop {
        let page = ledger.audit_entries(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for entry in &page {
            let issued = entry.action == AuditAction::CertificateIssued.as_str();
            if issued && entry.outcome == Outcome::Done.as_str() {
                told.extend(entry.subject.parse::<SerialNumber>());
            }
        }
    }
    let mut found = Vec::new();
    for_each_record(ledger, now, &mut |page| {
        for record in page.iter().filter(|record| record.issued.is_some()) {
            let serial = *record.serial();
            if !told.remove(&serial) {
                found.push(Contradiction::IssuedUntold { serial });
            }
        }
    })?;
    found.extend(
        told.into_iter()
            .map(|serial| Contradiction::IssuedUnrecorded { serial }),
    );
    Ok(found)
}

/// Visits all certificates, a page at a time.
fn for_each_record(
    ledger: &dyn Ledger,
    now: DateTime<Utc>,
    visit: &mut dyn FnMut(&[CertificateRecord]),
) -> Result<(), LedgerError> {
    let mut filter = CertificateFilter {
        limit: Some(PAGE),
        ..CertificateFilter::default()
    };
    loop {
        let page = ledger.list(&filter, now)?;
        filter.after = page.last().map(|record| *record.serial());
        visit(&page);
        if page.len() < PAGE {
            return Ok(());
        }
    }
}

const PAGE: usize = 1000;
