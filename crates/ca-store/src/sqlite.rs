//! The ledger in SQLite.

mod archive;
mod connection;
mod enrolment;
mod error;
mod group;
mod list;
mod responder;
mod revocation;
mod rows;
mod succession;
mod write;

use std::path::{Path, PathBuf};

use ca_core::audit::{AuditEntry, AuditEvent};
use ca_core::enrolment::{EnrolmentRecord, KeptDocument, Person, PersonQuery, RequestFilter, RequestId};
use ca_core::ledger::{
    Abandonment, ArchivedKey, AuthorityChange, AuthorityRecord, AuthorityRevocation, CertificateFilter,
    CertificateRecord, Collection, CrlIntent, CrlRecord, CrlSignature, CrossCertificateRecord, Intent,
    IssuedRecord, KeyMark, Ledger, LedgerError, LedgerMeta, NoticeRecord, Release, ResponderIntent,
    ResponderRecord, Revocation, RevocationQuery, RevokedEntry, SerialNumber, Standing,
};
use chrono::{DateTime, Utc};
use rusqlite::Connection;

pub use error::StoreError;
use error::{Failure, classify};
use group::Shared;

use crate::sql;

/// The record of every certificate, in one SQLite file.
///
/// Several processes and threads may use it at once; threads that write at the same moment share
/// one commit. A change that has been confirmed survives a power failure.
#[derive(Debug)]
pub struct SqliteLedger {
    path: PathBuf,
    shared: Shared,
}

impl SqliteLedger {
    /// Opens a ledger that exists, bringing an older schema up to date.
    ///
    /// # Errors
    /// [`StoreError`] if it is missing, another program's, a newer version's, damaged, or not
    /// writable.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::new(path, connection::open(path)?, true))
    }

    /// Creates an empty ledger (0600), born `now`, refusing to touch a file that exists.
    ///
    /// # Errors
    /// [`StoreError`] if it exists or cannot be written.
    pub fn create(path: &Path, now: DateTime<Utc>) -> Result<Self, StoreError> {
        // Without a log beside it until it is closed: whoever makes a CA is alone.
        Ok(Self::new(path, connection::create(path, now)?, false))
    }

    /// Returns the database's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the file, after which every call fails.
    ///
    /// # Errors
    /// [`StoreError`] if what is left to write cannot be written.
    pub fn close(&mut self) -> Result<(), StoreError> {
        match self.shared.close() {
            Some(connection) => connection::close(connection).map_err(|error| classify(&self.path, error)),
            None => Ok(()),
        }
    }

    fn new(path: &Path, connection: Connection, may_read_beside: bool) -> Self {
        Self {
            path: path.to_path_buf(),
            shared: Shared::new(path, connection, may_read_beside),
        }
    }

    /// Asks SQLite whether the file is sound; reads all of it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first flaw.
    pub fn check_integrity(&self) -> Result<(), StoreError> {
        let answer: String = self
            .shared
            .alone(|connection| connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)))?;
        if answer == "ok" {
            Ok(())
        } else {
            Err(StoreError::Damaged {
                path: self.path.clone(),
                reason: answer,
            })
        }
    }

    /// Writes the ledger as it stands at this moment into a new file, while others go on using it.
    ///
    /// # Errors
    /// [`StoreError`] if the file exists or cannot be written.
    pub fn snapshot(&self, to: &Path) -> Result<(), StoreError> {
        let name = to.to_string_lossy();
        self.shared
            .alone(|connection| connection.execute("VACUUM INTO ?1", [name.as_ref()]).map(|_| ()))
    }

    /// Reads within one snapshot.
    fn read<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        self.said(operation, self.shared.read(work))
    }

    /// Changes the ledger and appends to its audit log, both or neither, and returns once that is on
    /// the disk.
    fn write<T>(
        &self,
        step: &Step,
        audit: &[AuditEvent],
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        let change = |connection: &Connection| {
            let done = work(connection)?;
            write::append_audit(connection, audit)?;
            crate::failpoint!(step.uncommitted);
            Ok(done)
        };
        let committed = || crate::failpoint!(step.committed);
        self.said(step.operation, self.shared.write(change, committed))
    }

    /// Says failures of the storage in the core's words.
    fn said<T>(
        &self,
        operation: &'static str,
        done: Result<Result<T, Failure>, StoreError>,
    ) -> Result<T, LedgerError> {
        let error = match done {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(Failure::Refused(refusal))) => return Err(refusal),
            Ok(Err(Failure::Sqlite(error))) => classify(&self.path, error),
            Err(error) => error,
        };
        Err(LedgerError::Storage {
            operation,
            message: error.to_string(),
            source: None,
        })
    }
}

/// A kind of change: how errors name it, and where tests end the process.
struct Step {
    operation: &'static str,
    uncommitted: &'static str,
    committed: &'static str,
}

macro_rules! step {
    ($name:literal, $operation:literal) => {
        &Step {
            operation: $operation,
            uncommitted: concat!("ledger.", $name, ".uncommitted"),
            committed: concat!("ledger.", $name, ".committed"),
        }
    };
}

impl Ledger for SqliteLedger {
    fn meta(&self) -> Result<LedgerMeta, LedgerError> {
        self.read("read its date of birth", |connection| {
            let created_at = connection.query_row(sql::META, [], rows::first_moment)?;
            Ok(LedgerMeta {
                schema_version: sql::SCHEMA,
                created_at,
            })
        })
    }

    fn add_authorities(
        &self,
        authorities: &[AuthorityRecord],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        self.write(
            step!("authorities", "record the CA certificates"),
            audit,
            |connection| write::add_authorities(connection, authorities),
        )
    }

    fn authorities(&self) -> Result<Vec<AuthorityRecord>, LedgerError> {
        self.read("list the CA certificates", |connection| {
            let mut select = connection.prepare_cached(sql::AUTHORITIES)?;
            let found = select.query_map([], rows::authority)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    fn reserve(&self, intents: &[Intent], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("reserve", "reserve the serials"), audit, |connection| {
            write::reserve(connection, intents)
        })
    }

    fn record_issued(&self, issued: &[IssuedRecord], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("issued", "record the signatures"), audit, |connection| {
            write::record_issued(connection, issued)
        })
    }

    fn abandon(&self, abandoned: &[Abandonment], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("abandon", "abandon the intents"), audit, |connection| {
            write::abandon(connection, abandoned)
        })
    }

    fn mark_collected(&self, collected: &[Collection], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(
            step!("collected", "mark what was handed out"),
            audit,
            |connection| write::mark_collected(connection, collected),
        )
    }

    fn revoke(&self, revoked: &[Revocation], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("revoke", "record the revocations"), audit, |connection| {
            revocation::revoke(connection, revoked)
        })
    }

    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, LedgerError> {
        self.read("look up a serial", |connection| {
            Ok(write::certificate(connection, serial)?)
        })
    }

    fn list(
        &self,
        filter: &CertificateFilter,
        now: DateTime<Utc>,
    ) -> Result<Vec<CertificateRecord>, LedgerError> {
        self.read("list certificates", |connection| {
            list::list(connection, filter, now)
        })
    }

    fn unfinished(&self) -> Result<Vec<CertificateRecord>, LedgerError> {
        self.read("list unfinished work", |connection| {
            let text = [sql::CERTIFICATES, sql::UNFINISHED].concat();
            let mut select = connection.prepare_cached(&text)?;
            let found = select.query_map([], rows::certificate)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    fn append_audit(&self, events: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("audit", "append to the audit log"), events, |_| Ok(()))
    }

    fn audit_entries(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, LedgerError> {
        // SQLite counts in 64 bits with a sign.
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read("read the audit log", |connection| {
            let mut select = connection.prepare_cached(sql::AUDIT_AFTER)?;
            let found = select.query_map([after, limit], rows::audit_entry)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    fn audit_head(&self) -> Result<Option<AuditEntry>, LedgerError> {
        self.read("read the audit log", |connection| {
            Ok(write::audit_head(connection)?)
        })
    }

    fn release(&self, released: &[Release], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("release", "record the releases"), audit, |connection| {
            revocation::release(connection, released)
        })
    }

    fn revoke_authorities(
        &self,
        revoked: &[AuthorityRevocation],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        self.write(step!("revoke", "record the revocations"), audit, |connection| {
            revocation::revoke_authorities(connection, revoked)
        })
    }

    fn revocation(&self, issuer: &str, serial: &SerialNumber) -> Result<Option<Revocation>, LedgerError> {
        self.read("look up a revocation", |connection| {
            Ok(revocation::in_force(connection, issuer, serial)?)
        })
    }

    fn last_revocation_change(&self, issuer: &str) -> Result<u64, LedgerError> {
        self.read("count the revocations", |connection| {
            revocation::last_change(connection, issuer)
        })
    }

    fn visit_revocations(
        &self,
        query: &RevocationQuery<'_>,
        visit: &mut dyn FnMut(RevokedEntry),
    ) -> Result<(), LedgerError> {
        self.read("list the revocations", |connection| {
            revocation::visit(connection, query, visit)
        })
    }

    fn reserve_crl(&self, intent: &CrlIntent, audit: &[AuditEvent]) -> Result<CrlRecord, LedgerError> {
        self.write(step!("crl", "reserve a CRL number"), audit, |connection| {
            revocation::reserve_crl(connection, intent)
        })
    }

    fn skip_crl_numbers(
        &self,
        authority: &str,
        number: u64,
        at: DateTime<Utc>,
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        self.write(step!("crl-skip", "give up CRL numbers"), audit, |connection| {
            revocation::skip_crl_numbers(connection, authority, number, at)
        })
    }

    fn record_crl(&self, signature: &CrlSignature, audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("crl-signed", "record a CRL"), audit, |connection| {
            revocation::record_crl(connection, signature)
        })
    }

    fn crls(&self, authority: &str, limit: usize) -> Result<Vec<CrlRecord>, LedgerError> {
        self.read("list the CRLs", |connection| {
            Ok(revocation::crls(connection, authority, limit)?)
        })
    }

    fn roll_over(
        &self,
        authorities: &[AuthorityRecord],
        crosses: &[CrossCertificateRecord],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        self.write(
            step!("rollover", "record the new CA certificates"),
            audit,
            |connection| {
                write::add_authorities(connection, authorities)?;
                succession::add_cross_certificates(connection, crosses)
            },
        )
    }

    fn cross_certificates(&self) -> Result<Vec<CrossCertificateRecord>, LedgerError> {
        self.read("list the cross-certificates", succession::cross_certificates)
    }

    fn change_authorities(
        &self,
        changes: &[AuthorityChange],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        self.write(
            step!("authority-change", "change the CAs' records"),
            audit,
            |connection| succession::change_authorities(connection, changes),
        )
    }

    fn record_notices(&self, notices: &[NoticeRecord], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("notices", "record the notices"), audit, |connection| {
            succession::record_notices(connection, notices)
        })
    }

    fn notices(&self, subject: &str) -> Result<Vec<NoticeRecord>, LedgerError> {
        self.read("list notices", |connection| {
            succession::notices(connection, subject)
        })
    }

    fn reserve_responder(&self, intent: &ResponderIntent, audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(
            step!("responder", "reserve a responder's serial"),
            audit,
            |connection| responder::reserve(connection, intent),
        )
    }

    fn record_responder(&self, issued: &IssuedRecord, audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(
            step!("responder-issued", "record a responder's certificate"),
            audit,
            |connection| responder::record(connection, issued),
        )
    }

    fn responders(&self, authority: &str) -> Result<Vec<ResponderRecord>, LedgerError> {
        self.read("list the responders' certificates", |connection| {
            Ok(responder::signed(connection, authority)?)
        })
    }

    fn standing(&self, issuer: &str, serial: &SerialNumber) -> Result<Option<Standing>, LedgerError> {
        self.read("look up how a certificate stands", |connection| {
            Ok(responder::standing(connection, issuer, serial)?)
        })
    }

    fn archive_keys(&self, keys: &[ArchivedKey], audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("archive", "archive keys"), audit, |connection| {
            archive::archive(connection, keys)
        })
    }

    fn archived_keys(&self, serials: &[SerialNumber]) -> Result<Vec<ArchivedKey>, LedgerError> {
        self.read("read archived keys", |connection| {
            archive::archived(connection, serials)
        })
    }

    fn key_marks(&self, key_ids: &[[u8; 20]]) -> Result<Vec<KeyMark>, LedgerError> {
        self.read("look up keys", |connection| archive::marks(connection, key_ids))
    }

    fn add_request(&self, request: &EnrolmentRecord, audit: &[AuditEvent]) -> Result<(), LedgerError> {
        self.write(step!("request", "record the request"), audit, |connection| {
            enrolment::add(connection, request)
        })
    }

    fn change_request(
        &self,
        request: &EnrolmentRecord,
        documents: &[KeptDocument],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        self.write(
            step!("request-change", "change the request"),
            audit,
            |connection| enrolment::change(connection, request, documents),
        )
    }

    fn request(&self, id: &RequestId) -> Result<Option<EnrolmentRecord>, LedgerError> {
        self.read("look up a request", |connection| {
            enrolment::request(connection, id)
        })
    }

    fn requests(&self, filter: &RequestFilter) -> Result<Vec<EnrolmentRecord>, LedgerError> {
        self.read("list requests", |connection| {
            enrolment::requests(connection, filter)
        })
    }

    fn documents(&self, request: &RequestId) -> Result<Vec<KeptDocument>, LedgerError> {
        self.read("list documents", |connection| {
            enrolment::documents(connection, request)
        })
    }

    fn documents_due(&self, now: DateTime<Utc>) -> Result<Vec<KeptDocument>, LedgerError> {
        self.read("list documents", |connection| enrolment::due(connection, now))
    }

    fn delete_documents(
        &self,
        documents: &[KeptDocument],
        at: DateTime<Utc>,
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        self.write(step!("documents", "delete documents"), audit, |connection| {
            enrolment::delete(connection, documents, at)
        })
    }

    fn replace_people(
        &self,
        source: &str,
        people: &[Person],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError> {
        self.write(
            step!("people", "record the list of people"),
            audit,
            |connection| enrolment::replace_people(connection, source, people),
        )
    }

    fn people(&self, query: &PersonQuery) -> Result<Vec<Person>, LedgerError> {
        self.read("look for people", |connection| {
            enrolment::people(connection, query)
        })
    }
}
