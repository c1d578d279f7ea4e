//! Requests, documents and lists of people in memory.

use chrono::{DateTime, Utc};

use crate::enrolment::{EnrolmentRecord, KeptDocument, Person, PersonQuery, RequestFilter, RequestId};
use crate::ledger::{LedgerError, address_key};

#[derive(Debug, Default)]
pub(super) struct EnrolmentBook {
    requests: Vec<EnrolmentRecord>,
    documents: Vec<KeptDocument>,
    people: Vec<Person>,
}

impl EnrolmentBook {
    pub(super) fn add(&mut self, request: &EnrolmentRecord) -> Result<(), LedgerError> {
        if self.request(&request.id).is_some() {
            return Err(LedgerError::RequestExists {
                id: request.id.to_string(),
            });
        }
        self.requests.push(request.clone());
        Ok(())
    }

    pub(super) fn change(
        &mut self,
        request: &EnrolmentRecord,
        documents: &[KeptDocument],
    ) -> Result<(), LedgerError> {
        let current =
            |other: &&mut EnrolmentRecord| other.id == request.id && other.revision == request.revision;
        let Some(found) = self.requests.iter_mut().find(current) else {
            return Err(LedgerError::RequestChanged {
                id: request.id.to_string(),
            });
        };
        *found = request.clone();
        found.revision += 1;
        self.documents.extend_from_slice(documents);
        Ok(())
    }

    pub(super) fn request(&self, id: &RequestId) -> Option<EnrolmentRecord> {
        self.requests.iter().find(|request| request.id == *id).cloned()
    }

    pub(super) fn requests(&self, filter: &RequestFilter) -> Vec<EnrolmentRecord> {
        let email = filter.email.as_deref().map(address_key);
        let admits = |request: &&EnrolmentRecord| {
            filter.state.is_none_or(|state| request.state == state)
                && filter.class.is_none_or(|class| request.class == class)
                && email
                    .as_ref()
                    .is_none_or(|email| request.emails.iter().any(|one| address_key(one) == *email))
        };
        let newest = self.requests.iter().rev().filter(admits);
        newest.take(filter.limit.unwrap_or(usize::MAX)).cloned().collect()
    }

    pub(super) fn documents(&self, request: &RequestId) -> Vec<KeptDocument> {
        let of = self
            .documents
            .iter()
            .filter(|document| document.request == *request);
        of.cloned().collect()
    }

    pub(super) fn due(&self, now: DateTime<Utc>) -> Vec<KeptDocument> {
        let due = |document: &&KeptDocument| document.deleted_at.is_none() && document.delete_after < now;
        let without = |document: &KeptDocument| KeptDocument {
            message: None,
            ..document.clone()
        };
        self.documents.iter().filter(due).map(without).collect()
    }

    pub(super) fn delete(&mut self, documents: &[KeptDocument], at: DateTime<Utc>) {
        for found in &mut self.documents {
            let named = documents
                .iter()
                .any(|document| document.request == found.request && document.sha256 == found.sha256);
            if named && found.deleted_at.is_none() {
                found.message = None;
                found.deleted_at = Some(at);
            }
        }
    }

    pub(super) fn replace_people(&mut self, source: &str, people: &[Person]) {
        self.people.retain(|person| person.source != source);
        self.people.extend_from_slice(people);
    }

    pub(super) fn people(&self, query: &PersonQuery) -> Vec<Person> {
        let wanted = |person: &&Person| {
            person.keys().iter().any(|key| query.names.contains(key))
                || person
                    .email
                    .as_deref()
                    .is_some_and(|email| query.emails.contains(&address_key(email)))
        };
        let rows = self.people.iter().filter(|person| query.admits_row(person.row));
        rows.filter(wanted).take(100).cloned().collect()
    }
}
