//! What an in-memory ledger keeps, and how it changes.

use super::enrolment::EnrolmentBook;
use super::responder::ResponderBook;
use super::revocation::StatusBook;
use crate::audit::{AuditEntry, AuditEvent};
use crate::ledger::{
    ArchivedKey, AuthorityRecord, CertificateRecord, CrossCertificateRecord, Intent, KeyMark, LedgerError,
    NoticeRecord, Revocation, SerialNumber, Status, address_key,
};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

/// Every record, and indexes to find them by.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) authorities: Vec<AuthorityRecord>,
    pub(super) records: Vec<CertificateRecord>,
    pub(super) by_serial: HashMap<SerialNumber, usize>,
    pub(super) by_key: HashMap<[u8; 20], Vec<usize>>,
    pub(super) by_address: HashMap<String, Vec<usize>>,
    pub(super) audit: Vec<AuditEntry>,
    pub(super) status: HashMap<String, StatusBook>,
    pub(super) crosses: Vec<CrossCertificateRecord>,
    pub(super) notices: Vec<NoticeRecord>,
    pub(super) responders: ResponderBook,
    pub(super) archived: HashMap<SerialNumber, ArchivedKey>,
    pub(super) enrolment: EnrolmentBook,
}

impl State {
    pub(super) fn append(&mut self, events: &[AuditEvent]) {
        for event in events {
            let entry = AuditEntry::link(self.audit.last(), event);
            self.audit.push(entry);
        }
    }

    pub(super) fn refuse_taken(&self, authorities: &[AuthorityRecord]) -> Result<(), LedgerError> {
        let mut known: HashSet<&str> = self.authorities.iter().map(|a| a.id.as_str()).collect();
        match authorities.iter().find(|a| !known.insert(&a.id)) {
            Some(taken) => Err(LedgerError::AuthorityExists { id: taken.id.clone() }),
            None => Ok(()),
        }
    }

    /// Refuses an intent whose address has a live certificate of its class and usage, on record or in the batch.
    pub(super) fn refuse_duplicate(
        &self,
        intent: &Intent,
        batch: &HashMap<String, Vec<&Intent>>,
    ) -> Result<(), LedgerError> {
        for email in &intent.emails {
            let key = address_key(email);
            let recorded = self.by_address.get(&key).into_iter().flatten();
            let live = recorded
                .filter_map(|index| self.records.get(*index))
                .filter(|record| record.is_live(intent.acted_at))
                .map(|record| (&record.intent, record.status(intent.acted_at)));
            let beside = batch
                .get(&key)
                .into_iter()
                .flatten()
                .map(|other| (*other, Status::Pending));
            let same = |other: &Intent| other.class == intent.class && other.usage == intent.usage;
            if let Some((other, status)) = live.chain(beside).find(|(other, _)| same(other)) {
                return Err(LedgerError::DuplicateAddress {
                    email: email.clone(),
                    class: intent.class,
                    usage: intent.usage,
                    serial: intent.serial,
                    existing: other.serial,
                    status,
                });
            }
        }
        Ok(())
    }

    /// Returns the records as changed, in order of the items; each item must find its record in a state it starts from.
    pub(super) fn change<T>(
        &self,
        items: &[T],
        from: impl Fn(&T) -> (SerialNumber, &'static [&'static str]),
        operation: &'static str,
        apply: impl Fn(&mut CertificateRecord, &T),
    ) -> Result<HashMap<usize, CertificateRecord>, LedgerError> {
        let mut changed = HashMap::new();
        for item in items {
            let (serial, states) = from(item);
            let found = self
                .by_serial
                .get(&serial)
                .and_then(|index| Some((*index, self.records.get(*index)?)));
            let (index, record) = found.ok_or(LedgerError::UnknownSerial { serial })?;
            let record = changed.entry(index).or_insert_with(|| record.clone());
            if !states.contains(&record.state()) {
                return Err(LedgerError::WrongState {
                    serial,
                    state: record.state(),
                    operation,
                });
            }
            apply(record, item);
        }
        Ok(changed)
    }

    pub(super) fn revocation_of(&self, serial: &SerialNumber) -> Option<&Revocation> {
        let record = self.records.get(*self.by_serial.get(serial)?)?;
        record.revocation.as_ref()
    }

    pub(super) fn marks(&self, key_id: [u8; 20]) -> Vec<KeyMark> {
        let of_key = self.by_key.get(&key_id).into_iter().flatten();
        let records = of_key.filter_map(|index| self.records.get(*index));
        let mark = |record: &CertificateRecord| KeyMark {
            key_id,
            serial: *record.serial(),
            compromised: record
                .revocation
                .as_ref()
                .map(|one| one.reason)
                .filter(|reason| reason.is_of_key()),
            archived: self.archived.contains_key(record.serial()),
        };
        let says = |mark: &KeyMark| mark.archived || mark.compromised.is_some();
        records.map(mark).filter(says).collect()
    }

    pub(super) fn is_taken(&self, serial: &SerialNumber) -> bool {
        self.by_serial.contains_key(serial) || self.responders.contains(serial)
    }

    pub(super) fn known(&self, authority: &str) -> Result<(), LedgerError> {
        if self.authorities.iter().any(|known| known.id == authority) {
            Ok(())
        } else {
            Err(LedgerError::UnknownAuthority {
                id: authority.to_owned(),
            })
        }
    }

    /// Writes into the book of a certificate's issuer, given when the certificate ends.
    pub(super) fn note(&mut self, serial: &SerialNumber, write: impl FnOnce(&mut StatusBook, DateTime<Utc>)) {
        let index = self.by_serial.get(serial);
        if let Some(record) = index.and_then(|index| self.records.get(*index)) {
            let book = self.status.entry(record.intent.authority.clone()).or_default();
            write(book, record.intent.not_after);
        }
    }

    pub(super) fn commit(&mut self, changed: HashMap<usize, CertificateRecord>, audit: &[AuditEvent]) {
        for (index, record) in changed {
            if let Some(slot) = self.records.get_mut(index) {
                *slot = record;
            }
        }
        self.append(audit);
    }
}
