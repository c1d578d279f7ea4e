//! The ledger in memory: for tests, fixtures and passing CAs.

mod enrolment;
mod responder;
mod revocation;
mod state;

use super::{
    Abandonment, ArchivedKey, AuthorityChange, AuthorityRecord, AuthorityRevocation, CertificateFilter,
    CertificateRecord, Collection, CrlIntent, CrlRecord, CrlSignature, CrossCertificateRecord, Intent,
    IssuedRecord, KeyMark, Ledger, LedgerError, LedgerMeta, NoticeRecord, Release, ResponderIntent,
    ResponderRecord, Revocation, RevocationQuery, RevokedEntry, SerialNumber, Standing, address_key,
};
use crate::audit::{AuditEntry, AuditEvent};
use crate::enrolment::{EnrolmentRecord, KeptDocument, Person, PersonQuery, RequestFilter, RequestId};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use revocation::StatusBook;
use state::State;

/// A ledger that is gone when it is dropped.
#[derive(Debug)]
pub struct MemoryLedger {
    meta: LedgerMeta,
    state: Mutex<State>,
}

impl MemoryLedger {
    /// Makes an empty ledger.
    pub fn new(created_at: DateTime<Utc>) -> Self {
        Self {
            meta: LedgerMeta {
                schema_version: 1,
                created_at,
            },
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every method checks before it changes, so a panic elsewhere leaves no half change behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    fn meta(&self) -> Result<LedgerMeta, LedgerError> {
        Ok(self.meta.clone())
    }

    fn add_authorities(
        &self,
        authorities: &[AuthorityRecord],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.refuse_taken(authorities)?;
        state.authorities.extend_from_slice(authorities);
        state.append(audit);
        Ok(())
    }

    fn authorities(&self) -> Result<Vec<AuthorityRecord>, LedgerError> {
        Ok(self.state().authorities.clone())
    }

    fn reserve(&self, intents: &[Intent], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let mut batch: HashMap<String, Vec<&Intent>> = HashMap::new();
        let mut serials = HashSet::new();
        for intent in intents {
            if !state.authorities.iter().any(|a| a.id == intent.authority) {
                return Err(LedgerError::UnknownAuthority {
                    id: intent.authority.clone(),
                });
            }
            if state.is_taken(&intent.serial) || !serials.insert(intent.serial) {
                return Err(LedgerError::SerialExists {
                    serial: intent.serial,
                });
            }
            if !intent.another {
                state.refuse_duplicate(intent, &batch)?;
            }
            for email in &intent.emails {
                batch.entry(address_key(email)).or_default().push(intent);
            }
        }
        for intent in intents {
            let index = state.records.len();
            state.by_serial.insert(intent.serial, index);
            state.by_key.entry(intent.key_id).or_default().push(index);
            for email in &intent.emails {
                state
                    .by_address
                    .entry(address_key(email))
                    .or_default()
                    .push(index);
            }
            state.records.push(CertificateRecord::new(intent.clone()));
        }
        state.append(audit);
        Ok(())
    }

    fn record_issued(&self, issued: &[IssuedRecord], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let changed = state.change(
            issued,
            |i| (i.serial, &["pending"]),
            "record a signature",
            |record, issued| {
                record.issued = Some(issued.clone());
            },
        )?;
        state.commit(changed, audit);
        Ok(())
    }

    fn abandon(&self, abandoned: &[Abandonment], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let changed = state.change(
            abandoned,
            |a| (a.serial, &["pending"]),
            "abandon it",
            |record, abandonment| {
                record.abandoned = Some(abandonment.clone());
            },
        )?;
        state.commit(changed, audit);
        Ok(())
    }

    fn mark_collected(&self, collected: &[Collection], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let from = |c: &Collection| (c.serial, &["issued", "held", "revoked"] as &[_]);
        let changed = state.change(collected, from, "mark it as handed out", |record, collection| {
            record.collected_at.get_or_insert(collection.at);
        })?;
        state.commit(changed, audit);
        Ok(())
    }

    fn revoke(&self, revoked: &[Revocation], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let from = |r: &Revocation| {
            let before = state.revocation_of(&r.serial);
            match before.is_some_and(|before| r.may_follow(before)) {
                true => (r.serial, &["held", "revoked"] as &[_]),
                false => (r.serial, &["issued"] as &[_]),
            }
        };
        let changed = state.change(revoked, from, "revoke it", |record, revocation| {
            record.revocation = Some(revocation.clone());
        })?;
        for one in revoked {
            state.note(&one.serial, |book, end| book.revoke(one, end));
        }
        state.commit(changed, audit);
        Ok(())
    }

    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, LedgerError> {
        let state = self.state();
        Ok(state
            .by_serial
            .get(serial)
            .and_then(|index| state.records.get(*index))
            .cloned())
    }

    fn list(
        &self,
        filter: &CertificateFilter,
        now: DateTime<Utc>,
    ) -> Result<Vec<CertificateRecord>, LedgerError> {
        let state = self.state();
        let end = match &filter.after {
            None => state.records.len(),
            Some(serial) => *state
                .by_serial
                .get(serial)
                .ok_or(LedgerError::UnknownSerial { serial: *serial })?,
        };
        let older = state.records.iter().take(end).rev();
        let admitted = older.filter(|record| filter.admits(record, now));
        Ok(admitted
            .take(filter.limit.unwrap_or(usize::MAX))
            .cloned()
            .collect())
    }

    fn unfinished(&self) -> Result<Vec<CertificateRecord>, LedgerError> {
        let state = self.state();
        let open = |record: &&CertificateRecord| record.abandoned.is_none() && record.collected_at.is_none();
        Ok(state.records.iter().filter(open).cloned().collect())
    }

    fn append_audit(&self, events: &[AuditEvent]) -> Result<(), LedgerError> {
        self.state().append(events);
        Ok(())
    }

    fn audit_entries(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, LedgerError> {
        let state = self.state();
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(state.audit.iter().skip(skip).take(limit).cloned().collect())
    }

    fn audit_head(&self) -> Result<Option<AuditEntry>, LedgerError> {
        Ok(self.state().audit.last().cloned())
    }

    fn roll_over(
        &self,
        authorities: &[AuthorityRecord],
        crosses: &[CrossCertificateRecord],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.refuse_taken(authorities)?;
        for (index, cross) in crosses.iter().enumerate() {
            for id in [&cross.subject, &cross.issuer] {
                if !authorities.iter().any(|new| new.id == *id) {
                    state.known(id)?;
                }
            }
            let before = crosses.iter().take(index).chain(&state.crosses);
            if before.into_iter().any(|other| other.id == cross.id) {
                return Err(LedgerError::AuthorityExists { id: cross.id.clone() });
            }
        }
        state.authorities.extend_from_slice(authorities);
        state.crosses.extend_from_slice(crosses);
        state.append(audit);
        Ok(())
    }

    fn cross_certificates(&self) -> Result<Vec<CrossCertificateRecord>, LedgerError> {
        Ok(self.state().crosses.clone())
    }

    fn change_authorities(
        &self,
        changes: &[AuthorityChange],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        let mut state = self.state();
        for change in changes {
            state.known(change.id())?;
        }
        for change in changes {
            let found = state.authorities.iter_mut().find(|one| one.id == change.id());
            match (found, change) {
                (Some(found), AuthorityChange::BaseUrl { base_url, .. }) => {
                    found.base_url.clone_from(base_url)
                }
                (Some(found), AuthorityChange::Retired { at, .. }) => {
                    found.retired_at.get_or_insert(*at);
                }
                (None, _) => {}
            }
        }
        state.append(audit);
        Ok(())
    }

    fn record_notices(&self, notices: &[NoticeRecord], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        for notice in notices {
            let same =
                |other: &NoticeRecord| other.subject == notice.subject && other.period == notice.period;
            if !state.notices.iter().any(same) {
                state.notices.push(notice.clone());
            }
        }
        state.append(audit);
        Ok(())
    }

    fn notices(&self, subject: &str) -> Result<Vec<NoticeRecord>, LedgerError> {
        let state = self.state();
        let about = state.notices.iter().filter(|notice| notice.subject == subject);
        Ok(about.cloned().collect())
    }

    fn archive_keys(&self, keys: &[ArchivedKey], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let from = |key: &ArchivedKey| (key.serial, &["issued", "held", "revoked"] as &[_]);
        state.change(keys, from, "archive its key", |_, _| ())?;
        for key in keys {
            state.archived.entry(key.serial).or_insert_with(|| key.clone());
        }
        state.append(audit);
        Ok(())
    }

    fn archived_keys(&self, serials: &[SerialNumber]) -> Result<Vec<ArchivedKey>, LedgerError> {
        let state = self.state();
        let found = serials.iter().filter_map(|serial| state.archived.get(serial));
        Ok(found.cloned().collect())
    }

    fn key_marks(&self, key_ids: &[[u8; 20]]) -> Result<Vec<KeyMark>, LedgerError> {
        let state = self.state();
        Ok(key_ids.iter().flat_map(|key_id| state.marks(*key_id)).collect())
    }

    fn release(&self, released: &[Release], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let changed = state.change(
            released,
            |r| (r.serial, &["held"]),
            "release it from its hold",
            |record, _| record.revocation = None,
        )?;
        for one in released {
            state.note(&one.serial, |book, end| book.release(one, end));
        }
        state.commit(changed, audit);
        Ok(())
    }

    fn revoke_authorities(
        &self,
        revoked: &[AuthorityRevocation],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        let mut state = self.state();
        let mut books = state.status.clone();
        for one in revoked {
            state.known(&one.issuer)?;
            let book = books.entry(one.issuer.clone()).or_default();
            book.refuse_second(&one.revocation)?;
            book.revoke(&one.revocation, one.not_after);
        }
        state.status = books;
        state.append(audit);
        Ok(())
    }

    fn revocation(&self, issuer: &str, serial: &SerialNumber) -> Result<Option<Revocation>, LedgerError> {
        let state = self.state();
        Ok(state.status.get(issuer).and_then(|book| book.revocation(serial)))
    }

    fn last_revocation_change(&self, issuer: &str) -> Result<u64, LedgerError> {
        let state = self.state();
        state.known(issuer)?;
        Ok(state.status.get(issuer).map_or(0, StatusBook::last_change))
    }

    fn visit_revocations(
        &self,
        query: &RevocationQuery<'_>,
        visit: &mut dyn FnMut(RevokedEntry),
    ) -> Result<(), LedgerError> {
        let state = self.state();
        state.known(query.issuer)?;
        if let Some(book) = state.status.get(query.issuer) {
            book.visit(query, visit);
        }
        Ok(())
    }

    fn reserve_crl(&self, intent: &CrlIntent, audit: &[AuditEvent]) -> Result<CrlRecord, LedgerError> {
        let mut state = self.state();
        state.known(&intent.authority)?;
        let book = state.status.entry(intent.authority.clone()).or_default();
        let record = book.reserve(intent);
        state.append(audit);
        Ok(record)
    }

    fn skip_crl_numbers(
        &self,
        authority: &str,
        number: u64,
        at: DateTime<Utc>,
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.known(authority)?;
        let book = state.status.entry(authority.to_owned()).or_default();
        book.skip(authority, number, at);
        state.append(audit);
        Ok(())
    }

    fn record_crl(&self, signature: &CrlSignature, audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let book = state.status.entry(signature.authority.clone()).or_default();
        book.sign(signature)?;
        state.append(audit);
        Ok(())
    }

    fn crls(&self, authority: &str, limit: usize) -> Result<Vec<CrlRecord>, LedgerError> {
        let state = self.state();
        Ok(state
            .status
            .get(authority)
            .map_or_else(Vec::new, |book| book.signed(limit)))
    }

    fn reserve_responder(&self, intent: &ResponderIntent, audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.known(&intent.authority)?;
        if state.is_taken(&intent.serial) {
            return Err(LedgerError::SerialExists {
                serial: intent.serial,
            });
        }
        state.responders.reserve(intent);
        state.append(audit);
        Ok(())
    }

    fn record_responder(&self, issued: &IssuedRecord, audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.responders.record(issued)?;
        state.append(audit);
        Ok(())
    }

    fn responders(&self, authority: &str) -> Result<Vec<ResponderRecord>, LedgerError> {
        Ok(self.state().responders.signed(authority))
    }

    fn standing(&self, issuer: &str, serial: &SerialNumber) -> Result<Option<Standing>, LedgerError> {
        let state = self.state();
        let index = state.by_serial.get(serial);
        let issued = match index.and_then(|index| state.records.get(*index)) {
            Some(record) => record.issued.is_some() && record.intent.authority == issuer,
            None => {
                let signed = state.responders.signed(issuer);
                signed.iter().any(|responder| responder.serial == *serial)
            }
        };
        let book = state.status.get(issuer);
        let revocation = book.and_then(|book| book.revocation(serial));
        Ok((issued || revocation.is_some()).then_some(Standing { revocation }))
    }

    fn add_request(&self, request: &EnrolmentRecord, audit: &[AuditEvent]) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.enrolment.add(request)?;
        state.append(audit);
        Ok(())
    }

    fn change_request(
        &self,
        request: &EnrolmentRecord,
        documents: &[KeptDocument],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.enrolment.change(request, documents)?;
        state.append(audit);
        Ok(())
    }

    fn request(&self, id: &RequestId) -> Result<Option<EnrolmentRecord>, LedgerError> {
        Ok(self.state().enrolment.request(id))
    }

    fn requests(&self, filter: &RequestFilter) -> Result<Vec<EnrolmentRecord>, LedgerError> {
        Ok(self.state().enrolment.requests(filter))
    }

    fn documents(&self, request: &RequestId) -> Result<Vec<KeptDocument>, LedgerError> {
        Ok(self.state().enrolment.documents(request))
    }

    fn documents_due(&self, now: DateTime<Utc>) -> Result<Vec<KeptDocument>, LedgerError> {
        Ok(self.state().enrolment.due(now))
    }

    fn delete_documents(
        &self,
        documents: &[KeptDocument],
        at: DateTime<Utc>,
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.enrolment.delete(documents, at);
        state.append(audit);
        Ok(())
    }

    fn replace_people(
        &self,
        source: &str,
        people: &[Person],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.enrolment.replace_people(source, people);
        state.append(audit);
        Ok(())
    }

    fn people(&self, query: &PersonQuery) -> Result<Vec<Person>, LedgerError> {
        Ok(self.state().enrolment.people(query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conforms() {
        super::super::conformance::run(&|| {
            Box::new(MemoryLedger::new(
                DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            ))
        });
    }
}
