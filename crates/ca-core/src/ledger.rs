//! The record of everything a certificate authority did: the [`Ledger`] trait, what it keeps, and its in-memory form.
//!
//! Every method that changes something takes the audit events that describe the change and records both in **one**
//! transaction, so that neither can exist without the other. A batch is two transactions: [`Ledger::reserve`] before
//! anything is signed, [`Ledger::record_issued`] after; no lock is held in between.

mod archived_key;
pub mod conformance;
mod crl;
mod error;
mod filter;
mod key_mark;
pub mod memory;
mod record;
mod responder;
mod revocation;
mod serial;
mod succession;

use crate::audit::{AuditEntry, AuditEvent};
use crate::enrolment::{EnrolmentRecord, KeptDocument, Person, PersonQuery, RequestFilter, RequestId};
use chrono::{DateTime, Utc};

pub use archived_key::{AgentName, ArchivedKey, SealedKey};
pub use crl::{CrlIntent, CrlRecord, CrlSignature, DeltaBase, DeltaIntent};
pub use error::LedgerError;
pub use filter::CertificateFilter;
pub use key_mark::KeyMark;
pub use memory::MemoryLedger;
pub use record::{
    Abandonment, AuthorityKind, AuthorityRecord, CertificateRecord, Collection, Intent, IssuedRecord,
    LedgerMeta, Revocation, RevocationReason, Status, UnknownWord, address_key,
};
pub use responder::{ResponderIntent, ResponderRecord, Standing};
pub use revocation::{AuthorityRevocation, Release, RevocationQuery, RevokedEntry};
pub use serial::{SerialNumber, SerialNumberError};
pub use succession::{AuthorityChange, CrossCertificateRecord, NoticeRecord};

/// The durable record of a certificate authority, shared by threads and processes.
///
/// When a method returns `Ok`, what it recorded survives a power failure (an in-memory ledger excepted). When it
/// returns an error, nothing of the call was recorded. Slices may be empty: the call then records its audit events.
pub trait Ledger: Send + Sync {
    /// Returns the ledger's version and date of birth.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn meta(&self) -> Result<LedgerMeta, LedgerError>;

    /// Records certificates of this certificate authority itself (root, issuing CAs), all or none.
    ///
    /// # Errors
    /// [`LedgerError::AuthorityExists`], [`LedgerError::Storage`].
    fn add_authorities(
        &self,
        authorities: &[AuthorityRecord],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError>;

    /// Returns all CA certificates in the order of their recording.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn authorities(&self) -> Result<Vec<AuthorityRecord>, LedgerError>;

    /// Reserves serials and records intents, all or none: the first transaction of issuance.
    ///
    /// Enforced inside the transaction, so that two processes cannot both succeed:
    /// - no serial stands in the ledger already, nor twice in the batch;
    /// - [`Intent::authority`] is known;
    /// - unless [`Intent::another`], no other certificate for the same class and usage shares an address
    ///   ([`address_key`]) and is live ([`CertificateRecord::is_live`]) at [`Intent::acted_at`], within the batch too.
    ///
    /// # Errors
    /// [`LedgerError::SerialExists`], [`LedgerError::DuplicateAddress`], [`LedgerError::UnknownAuthority`],
    /// [`LedgerError::Storage`].
    fn reserve(&self, intents: &[Intent], audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Records signed certificates, all or none: the second transaction of issuance.
    ///
    /// A certificate is recorded once: of two processes that finish the same intent the second is refused and must
    /// hand out what the first recorded (two signatures under one serial would be two certificates).
    ///
    /// # Errors
    /// [`LedgerError::UnknownSerial`], [`LedgerError::WrongState`] unless each is pending, [`LedgerError::Storage`].
    fn record_issued(&self, issued: &[IssuedRecord], audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Records that intents will never become certificates, all or none.
    ///
    /// # Errors
    /// [`LedgerError::UnknownSerial`], [`LedgerError::WrongState`] unless each is pending, [`LedgerError::Storage`].
    fn abandon(&self, abandoned: &[Abandonment], audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Records that the files of these certificates stand where their holder can fetch them, all or none.
    ///
    /// The first mark stays; marking again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::UnknownSerial`], [`LedgerError::WrongState`] unless each is issued, [`LedgerError::Storage`].
    fn mark_collected(&self, collected: &[Collection], audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Records revocations, all or none; one that is on record stays unless the new one may follow it
    /// ([`Revocation::may_follow`]).
    ///
    /// # Errors
    /// [`LedgerError::UnknownSerial`], [`LedgerError::WrongState`] unless each is issued and not revoked for good,
    /// [`LedgerError::Storage`].
    fn revoke(&self, revoked: &[Revocation], audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Returns what is known of one serial.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, LedgerError>;

    /// Returns the certificates that a filter lets through, newest (last reserved) first, statuses as of `now`.
    ///
    /// # Errors
    /// [`LedgerError::UnknownSerial`] if [`CertificateFilter::after`] is not on record, [`LedgerError::Storage`].
    fn list(
        &self,
        filter: &CertificateFilter,
        now: DateTime<Utc>,
    ) -> Result<Vec<CertificateRecord>, LedgerError>;

    /// Returns interrupted work, oldest first: pending intents, and issued certificates that were never collected.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn unfinished(&self) -> Result<Vec<CertificateRecord>, LedgerError>;

    /// Appends audit events that no other change carries.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn append_audit(&self, events: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Returns audit entries with a number above `after` (0: from the beginning), in order, at most `limit`.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn audit_entries(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, LedgerError>;

    /// Returns the last audit entry.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn audit_head(&self) -> Result<Option<AuditEntry>, LedgerError>;

    /// Records that certificates on hold are valid again, all or none.
    ///
    /// # Errors
    /// [`LedgerError::UnknownSerial`], [`LedgerError::WrongState`] unless each is on hold, [`LedgerError::Storage`].
    fn release(&self, released: &[Release], audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Records revocations of certificates that authorities on record have given to authorities, all or none; one that is
    /// on record stays unless the new one may follow it ([`Revocation::may_follow`]).
    ///
    /// # Errors
    /// [`LedgerError::UnknownAuthority`] if an issuer is not on record, [`LedgerError::WrongState`] if a certificate is
    /// revoked for good, [`LedgerError::Storage`].
    fn revoke_authorities(
        &self,
        revoked: &[AuthorityRevocation],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError>;

    /// Returns the revocation that is in force for a serial under an issuer, of whichever kind of certificate.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn revocation(&self, issuer: &str, serial: &SerialNumber) -> Result<Option<Revocation>, LedgerError>;

    /// Returns the number of the last change (revocation or release) under an issuer; 0 if there is none.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAuthority`], [`LedgerError::Storage`].
    fn last_revocation_change(&self, issuer: &str) -> Result<u64, LedgerError>;

    /// Hands the revocations under an issuer to `visit`, one after the other in the order of their recording, as they
    /// stood at a change; with [`RevocationQuery::after`], what has changed since.
    ///
    /// `visit` must not call the ledger.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAuthority`], [`LedgerError::Storage`].
    fn visit_revocations(
        &self,
        query: &RevocationQuery<'_>,
        visit: &mut dyn FnMut(RevokedEntry),
    ) -> Result<(), LedgerError>;

    /// Reserves the next CRL number of an authority, before anything is signed, and notes which revocations the CRL
    /// takes into account: all that are on record at this moment.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAuthority`], [`LedgerError::Storage`].
    fn reserve_crl(&self, intent: &CrlIntent, audit: &[AuditEvent]) -> Result<CrlRecord, LedgerError>;

    /// Gives up the CRL numbers of an authority up to one that was published and that this ledger knows nothing of, as
    /// after a backup was restored; lower ones change nothing.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAuthority`], [`LedgerError::Storage`].
    fn skip_crl_numbers(
        &self,
        authority: &str,
        number: u64,
        at: DateTime<Utc>,
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError>;

    /// Records that a CRL was signed, once.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCrl`], [`LedgerError::Storage`].
    fn record_crl(&self, signature: &CrlSignature, audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Returns the signed CRLs of an authority, the highest number first, at most `limit`.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn crls(&self, authority: &str, limit: usize) -> Result<Vec<CrlRecord>, LedgerError>;

    /// Records new authorities and the cross-certificates that tie them to others, all or none.
    ///
    /// # Errors
    /// [`LedgerError::AuthorityExists`], [`LedgerError::UnknownAuthority`] for a cross-certificate between authorities that
    /// are not on record, [`LedgerError::Storage`].
    fn roll_over(
        &self,
        authorities: &[AuthorityRecord],
        crosses: &[CrossCertificateRecord],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError>;

    /// Returns all cross-certificates in the order of their recording.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn cross_certificates(&self) -> Result<Vec<CrossCertificateRecord>, LedgerError>;

    /// Records changes to authorities, all or none.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAuthority`], [`LedgerError::Storage`].
    fn change_authorities(
        &self,
        changes: &[AuthorityChange],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError>;

    /// Records that notices were given; one that is on record already stays as it is.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn record_notices(&self, notices: &[NoticeRecord], audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Returns the notices that were given about a serial or an authority.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn notices(&self, subject: &str) -> Result<Vec<NoticeRecord>, LedgerError>;

    /// Reserves the serial of an OCSP responder's certificate and records what is to be signed.
    ///
    /// # Errors
    /// [`LedgerError::SerialExists`], whatever kind of certificate has it; [`LedgerError::UnknownAuthority`],
    /// [`LedgerError::Storage`].
    fn reserve_responder(&self, intent: &ResponderIntent, audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Records that the certificate of an OCSP responder was signed, once.
    ///
    /// # Errors
    /// [`LedgerError::UnknownSerial`], [`LedgerError::WrongState`] if it was signed already, [`LedgerError::Storage`].
    fn record_responder(&self, issued: &IssuedRecord, audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Returns the signed certificates of an authority's OCSP responders, the newest (last reserved) first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn responders(&self, authority: &str) -> Result<Vec<ResponderRecord>, LedgerError>;

    /// Returns how a certificate for a person or an OCSP responder stands; `None` unless this issuer has signed one
    /// with this serial, or is known to have revoked one (as after a backup was restored).
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn standing(&self, issuer: &str, serial: &SerialNumber) -> Result<Option<Standing>, LedgerError>;

    /// Records sealed keys of issued certificates, all or none; one that is on record already stays as it is.
    ///
    /// # Errors
    /// [`LedgerError::UnknownSerial`], [`LedgerError::WrongState`] unless each is signed, [`LedgerError::Storage`].
    fn archive_keys(&self, keys: &[ArchivedKey], audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Returns the archived keys of certificates, in the order of `serials`; those that are not archived are left out.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn archived_keys(&self, serials: &[SerialNumber]) -> Result<Vec<ArchivedKey>, LedgerError>;

    /// Returns what stands against certifying keys, of which the subject key identifiers are given: certificates for them
    /// that were revoked since others may have the key ([`RevocationReason::is_of_key`]), and with which they were archived.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn key_marks(&self, key_ids: &[[u8; 20]]) -> Result<Vec<KeyMark>, LedgerError>;

    /// Records a new request.
    ///
    /// # Errors
    /// [`LedgerError::RequestExists`], [`LedgerError::Storage`].
    fn add_request(&self, request: &EnrolmentRecord, audit: &[AuditEvent]) -> Result<(), LedgerError>;

    /// Records what has become of a request, and copies of documents with it, both or neither: only if its
    /// [`EnrolmentRecord::revision`] is still the one that was read. The ledger counts it up.
    ///
    /// # Errors
    /// [`LedgerError::RequestChanged`] if it is not, or if there is no such request; [`LedgerError::Storage`].
    fn change_request(
        &self,
        request: &EnrolmentRecord,
        documents: &[KeptDocument],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError>;

    /// Returns a request.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn request(&self, id: &RequestId) -> Result<Option<EnrolmentRecord>, LedgerError>;

    /// Returns the requests that a filter lets through, the newest (last made) first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn requests(&self, filter: &RequestFilter) -> Result<Vec<EnrolmentRecord>, LedgerError>;

    /// Returns the copies of documents of a request, deleted ones without their content, the oldest first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn documents(&self, request: &RequestId) -> Result<Vec<KeptDocument>, LedgerError>;

    /// Returns the copies of documents that should be deleted at a moment and are not, without their content.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn documents_due(&self, now: DateTime<Utc>) -> Result<Vec<KeptDocument>, LedgerError>;

    /// Deletes the content of copies of documents for good; that they were there stays on record.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn delete_documents(
        &self,
        documents: &[KeptDocument],
        at: DateTime<Utc>,
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError>;

    /// Records a list of people in the place of the one with the same name.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn replace_people(
        &self,
        source: &str,
        people: &[Person],
        audit: &[AuditEvent],
    ) -> Result<(), LedgerError>;

    /// Returns those on the lists who have one of the names or addresses, in the order of the lists, at most 100.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    fn people(&self, query: &PersonQuery) -> Result<Vec<Person>, LedgerError>;
}
