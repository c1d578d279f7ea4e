//! The revocations and CRLs of one authority, in memory.

use crate::ledger::{
    CrlIntent, CrlRecord, CrlSignature, LedgerError, Release, Revocation, RevocationQuery, RevocationReason,
    RevokedEntry, SerialNumber,
};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// Every change of status under an authority, in order, and its CRLs.
#[derive(Clone, Debug, Default)]
pub(super) struct StatusBook {
    changes: Vec<Change>,
    last_of: HashMap<SerialNumber, usize>,
    crls: Vec<CrlRecord>,
}

#[derive(Clone, Debug)]
struct Change {
    entry: RevokedEntry,
    recorded_at: DateTime<Utc>,
    /// The next change of the same serial.
    until: Option<u64>,
}

impl StatusBook {
    /// Adds a revocation of a certificate that ends so.
    pub(super) fn revoke(&mut self, revocation: &Revocation, not_after: DateTime<Utc>) {
        let entry = RevokedEntry {
            change: self.last_change() + 1,
            serial: revocation.serial,
            reason: Some(revocation.reason),
            at: revocation.at,
            invalidity_date: revocation.invalidity_date,
            not_after,
        };
        self.push(entry, revocation.recorded_at);
    }

    /// Adds a release of a certificate that ends so.
    pub(super) fn release(&mut self, release: &Release, not_after: DateTime<Utc>) {
        let entry = RevokedEntry {
            change: self.last_change() + 1,
            serial: release.serial,
            reason: None,
            at: release.at,
            invalidity_date: None,
            not_after,
        };
        self.push(entry, release.recorded_at);
    }

    /// Refuses a revocation after a final one, or a hold on a hold.
    pub(super) fn refuse_second(&self, revocation: &Revocation) -> Result<(), LedgerError> {
        let state = match self.revocation(&revocation.serial) {
            None => return Ok(()),
            Some(before) if revocation.may_follow(&before) => return Ok(()),
            Some(before) if before.reason == RevocationReason::CertificateHold => "held",
            Some(_) => "revoked",
        };
        Err(LedgerError::WrongState {
            serial: revocation.serial,
            state,
            operation: "revoke it",
        })
    }

    /// Returns the revocation in force.
    pub(super) fn revocation(&self, serial: &SerialNumber) -> Option<Revocation> {
        let change = self.changes.get(*self.last_of.get(serial)?)?;
        Some(Revocation {
            serial: *serial,
            reason: change.entry.reason?,
            at: change.entry.at,
            invalidity_date: change.entry.invalidity_date,
            recorded_at: change.recorded_at,
        })
    }

    /// Returns the number of the last change.
    pub(super) fn last_change(&self) -> u64 {
        self.changes.last().map_or(0, |change| change.entry.change)
    }

    /// Hands out what a query asks for.
    pub(super) fn visit(&self, query: &RevocationQuery<'_>, visit: &mut dyn FnMut(RevokedEntry)) {
        for change in &self.changes {
            let number = change.entry.change;
            let stands = number <= query.upto && change.until.is_none_or(|next| next > query.upto);
            let wanted = match query.after {
                Some(after) => number > after,
                None => change.entry.reason.is_some(),
            };
            if stands && wanted {
                visit(change.entry.clone());
            }
        }
    }

    /// Reserves the next number.
    pub(super) fn reserve(&mut self, intent: &CrlIntent) -> CrlRecord {
        let record = CrlRecord {
            number: self.crls.last().map_or(0, |crl| crl.number) + 1,
            upto: self.last_change(),
            intent: intent.clone(),
            signature: None,
        };
        self.crls.push(record.clone());
        record
    }

    /// Gives up the numbers up to one.
    pub(super) fn skip(&mut self, authority: &str, number: u64, at: DateTime<Utc>) {
        if self.crls.last().is_some_and(|crl| crl.number >= number) {
            return;
        }
        self.crls.push(CrlRecord {
            number,
            upto: 0,
            intent: CrlIntent {
                authority: authority.to_owned(),
                this_update: at,
                next_update: at,
                delta: None,
                created_at: at,
            },
            signature: None,
        });
    }

    /// Marks a CRL as signed, once.
    pub(super) fn sign(&mut self, signature: &CrlSignature) -> Result<(), LedgerError> {
        let open = |crl: &&mut CrlRecord| crl.number == signature.number && crl.signature.is_none();
        let crl = self
            .crls
            .iter_mut()
            .find(open)
            .ok_or_else(|| LedgerError::UnknownCrl {
                authority: signature.authority.clone(),
                number: signature.number,
            })?;
        crl.signature = Some(signature.clone());
        Ok(())
    }

    /// Returns the signed CRLs, newest first.
    pub(super) fn signed(&self, limit: usize) -> Vec<CrlRecord> {
        let signed = self.crls.iter().rev().filter(|crl| crl.signature.is_some());
        signed.take(limit).cloned().collect()
    }

    fn push(&mut self, entry: RevokedEntry, recorded_at: DateTime<Utc>) {
        let index = self.changes.len();
        let before = self.last_of.insert(entry.serial, index);
        if let Some(before) = before.and_then(|index| self.changes.get_mut(index)) {
            before.until = Some(entry.change);
        }
        self.changes.push(Change {
            entry,
            recorded_at,
            until: None,
        });
    }
}
