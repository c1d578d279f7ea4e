//! Recording, signing, verifying and handing out.

use super::given_key::refuse_unfit;
use super::leaf::{search_name, specify};
use super::{CaSigner, CertificateAuthority, IssueError};
use crate::admission::Approved;
use crate::audit::{AuditAction, AuditContext, AuditEvent, Outcome};
use crate::encode::{assemble, encode_tbs};
use crate::ledger::{
    Abandonment, CertificateRecord, Collection, Intent, IssuedRecord, Ledger, LedgerError, Revocation,
    SerialNumber,
};
use crate::lint::{LintContext, refuse_errors};
use crate::policy::Profile;
use crate::request::CertificateUsage;
use crate::revocation::RevocationError;
use crate::revocation::authority::revocation_of;
use chrono::{DateTime, Utc};
use identity::{Certificate, PublicKey, verify_independently};

/// A certificate that an approved request asks for, with the key to be certified.
#[derive(Clone, Copy, Debug)]
pub struct Application<'a> {
    /// The request as admitted.
    pub approved: &'a Approved,
    /// Which of its certificates.
    pub usage: CertificateUsage,
    /// The key to be certified.
    pub key: &'a PublicKey,
    /// Whether a second live certificate for the same address, class and usage is wanted.
    pub another: bool,
    /// Whether it is the authority's own, for the mail that it writes, and no person's.
    pub own_mail: bool,
    /// The certificate on record that it is to take the place of.
    pub renews: Option<SerialNumber>,
}

/// Issues certificates under one authority and records them in one ledger.
#[derive(Clone)]
pub struct Authority<'a> {
    ledger: &'a dyn Ledger,
    authority: &'a CertificateAuthority,
    context: AuditContext,
}

/// A certificate that is on record and linted, but not signed; [`Authority::issue`] consumes it.
#[derive(Debug)]
pub struct Prepared {
    serial: SerialNumber,
    tbs: Vec<u8>,
}

/// A certificate that is signed, verified and on record.
#[derive(Clone, Debug)]
pub struct Issued {
    serial: SerialNumber,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

/// A signed certificate that is not on record yet, or why there is none.
pub(super) type Signed = Result<(SerialNumber, Certificate), IssueError>;

impl<'a> Authority<'a> {
    /// Makes an issuer out of a ledger, an authority, and who acts and when really.
    pub fn new(ledger: &'a dyn Ledger, authority: &'a CertificateAuthority, context: AuditContext) -> Self {
        Self {
            ledger,
            authority,
            context,
        }
    }

    /// Reserves a serial, records the bytes to be signed and lints them.
    ///
    /// # Errors
    /// As [`Authority::prepare_batch`].
    pub fn prepare(&self, application: Application<'_>, now: DateTime<Utc>) -> Result<Prepared, IssueError> {
        self.refuse_revoked()?;
        refuse_unfit(self.ledger, std::slice::from_ref(&application))?;
        let intent = self.intend(&application, now)?;
        self.reserve(std::slice::from_ref(&intent), &[application], now)?;
        Ok(Prepared {
            serial: intent.serial,
            tbs: intent.tbs,
        })
    }

    /// Reserves serials, records the bytes to be signed in one transaction and lints them, all or none.
    ///
    /// # Errors
    /// [`IssueError::Ledger`] if an address has a live certificate of this class and usage, [`IssueError::AuthorityRevoked`],
    /// [`IssueError::KeyRefused`] (nothing is recorded);
    /// [`IssueError::Lint`] if the bytes break a rule (the whole batch is abandoned, on record); others if there is no
    /// such certificate.
    pub fn prepare_batch(
        &self,
        applications: &[Application<'_>],
        now: DateTime<Utc>,
    ) -> Result<Vec<Prepared>, IssueError> {
        self.refuse_revoked()?;
        refuse_unfit(self.ledger, applications)?;
        let intents = applications
            .iter()
            .map(|application| self.intend(application, now))
            .collect::<Result<Vec<_>, _>>()?;
        self.reserve(&intents, applications, now)?;
        Ok(intents
            .into_iter()
            .map(|intent| Prepared {
                serial: intent.serial,
                tbs: intent.tbs,
            })
            .collect())
    }

    /// Signs, verifies with a second implementation, records, and only then returns a certificate.
    ///
    /// # Errors
    /// As [`Authority::issue_batch`].
    pub fn issue(&self, prepared: Prepared, now: DateTime<Utc>) -> Result<Issued, IssueError> {
        let serial = prepared.serial;
        let issued = self.issue_batch(vec![prepared], 1, now)?;
        issued
            .into_iter()
            .next()
            .unwrap_or_else(|| Err(LedgerError::UnknownSerial { serial }.into()))
    }

    /// Signs and verifies on `jobs` threads, then records all that succeeded in one transaction.
    ///
    /// # Errors
    /// Of the whole: [`IssueError::Ledger`]; nothing is handed out then, and what is on record can be resumed.
    /// [`IssueError::AuthorityRevoked`]; everything is abandoned then, on record. Of one:
    /// [`IssueError::Sign`], [`IssueError::Verification`], [`IssueError::Unreadable`]; its intent is abandoned, on
    /// record ([`IssueError::Ledger`] if that could not be recorded: it is still pending then).
    pub fn issue_batch(
        &self,
        prepared: Vec<Prepared>,
        jobs: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<Result<Issued, IssueError>>, IssueError> {
        self.give_up_if_revoked(&prepared, now)?;
        // This thread is one of them.
        let ((), signed) = self.sign_while(&prepared, jobs.saturating_sub(1), || ());
        self.record_signed(signed, &prepared, now)
    }

    /// Records what was signed, and gives up what was not.
    pub(super) fn record_signed(
        &self,
        signed: Vec<Signed>,
        prepared: &[Prepared],
        now: DateTime<Utc>,
    ) -> Result<Vec<Result<Issued, IssueError>>, IssueError> {
        let good = signed.iter().filter_map(|result| result.as_ref().ok());
        let records: Vec<IssuedRecord> = good
            .map(|(serial, certificate)| self.record(*serial, certificate))
            .collect();
        let events: Vec<_> = records
            .iter()
            .map(|record| self.issued_event(record, now))
            .collect();
        if !records.is_empty() {
            self.ledger.record_issued(&records, &events)?;
        }
        let mut results = Vec::with_capacity(signed.len());
        for (result, prepared) in signed.into_iter().zip(prepared) {
            results.push(match result {
                Ok((serial, certificate)) => Ok(self.hand_out(serial, certificate)),
                Err(error) => match self.give_up([prepared.serial], &error.to_string(), now) {
                    // Not pending any more: another process has finished or abandoned it.
                    Ok(()) | Err(IssueError::Ledger(LedgerError::WrongState { .. })) => Err(error),
                    Err(unrecorded) => Err(unrecorded),
                },
            });
        }
        Ok(results)
    }

    /// Finishes an interrupted issuance: the recorded bytes are linted again, signed, verified and recorded under the
    /// same serial; a certificate that is on record already is returned as it stands.
    ///
    /// `profile` is the policy to lint against, if it is still at hand.
    ///
    /// # Errors
    /// [`LedgerError::UnknownSerial`], [`LedgerError::WrongState`] for an abandoned intent,
    /// [`IssueError::WrongAuthority`], and as for [`Authority::issue`].
    pub fn resume(
        &self,
        serial: &SerialNumber,
        profile: Option<&Profile>,
        now: DateTime<Utc>,
    ) -> Result<Issued, IssueError> {
        let record = self.read(serial)?;
        if record.intent.authority != self.authority.id() {
            let (authority, given) = (record.intent.authority, self.authority.id().to_owned());
            return Err(IssueError::WrongAuthority {
                serial: *serial,
                authority,
                given,
            });
        }
        if let Some(certificate) = record.certificate() {
            return self.reopen(serial, certificate);
        }
        if record.abandoned.is_some() {
            let (state, operation) = (record.state(), "resume its issuance");
            return Err(LedgerError::WrongState {
                serial: *serial,
                state,
                operation,
            }
            .into());
        }
        let prepared = Prepared {
            serial: *serial,
            tbs: record.intent.tbs,
        };
        if let Err(error) = self.lint(serial, &prepared.tbs, profile) {
            self.give_up([*serial], &error.to_string(), now)?;
            return Err(error);
        }
        match self.issue(prepared, now) {
            // Another process was faster: there is one certificate under this serial, the recorded one.
            Err(IssueError::Ledger(LedgerError::WrongState { state, operation, .. })) => {
                match self.read(serial)?.certificate() {
                    Some(certificate) => self.reopen(serial, certificate),
                    None => Err(LedgerError::WrongState {
                        serial: *serial,
                        state,
                        operation,
                    }
                    .into()),
                }
            }
            result => result,
        }
    }

    /// Gives up an intent that will not become a certificate, of whichever authority.
    ///
    /// # Errors
    /// [`IssueError::Ledger`], also if it was signed meanwhile.
    pub fn abandon(&self, serial: &SerialNumber, reason: &str, now: DateTime<Utc>) -> Result<(), IssueError> {
        let authority = self.read(serial)?.intent.authority;
        self.give_up_under(&authority, [*serial], reason, now)
    }

    /// Records that the files of certificates stand where their holders can fetch them.
    ///
    /// # Errors
    /// [`IssueError::Ledger`].
    pub fn mark_collected(&self, serials: &[SerialNumber], now: DateTime<Utc>) -> Result<(), IssueError> {
        let at = self.context.real_time;
        let marks: Vec<_> = serials
            .iter()
            .map(|serial| Collection { serial: *serial, at })
            .collect();
        let event = |serial: &SerialNumber| self.event(AuditAction::CertificateCollected, serial, now);
        let events: Vec<_> = serials.iter().map(event).collect();
        Ok(self.ledger.mark_collected(&marks, &events)?)
    }

    pub(super) fn ledger(&self) -> &dyn Ledger {
        self.ledger
    }

    pub(super) fn authority(&self) -> &CertificateAuthority {
        self.authority
    }

    pub(super) fn context(&self) -> &AuditContext {
        &self.context
    }

    /// It may have been revoked since the serials were reserved.
    pub(super) fn give_up_if_revoked(
        &self,
        prepared: &[Prepared],
        now: DateTime<Utc>,
    ) -> Result<(), IssueError> {
        let Err(error) = self.refuse_revoked() else {
            return Ok(());
        };
        let serials = prepared.iter().map(|prepared| prepared.serial);
        self.give_up(serials, &error.to_string(), now)?;
        Err(error)
    }

    /// Signs nothing for an authority that is revoked, at whatever moment.
    fn refuse_revoked(&self) -> Result<(), IssueError> {
        let id = self.authority.id();
        match revocation_of(self.ledger, id) {
            Ok(None) => Ok(()),
            Ok(Some(Revocation { at, reason, .. })) => {
                let id = id.to_owned();
                Err(IssueError::AuthorityRevoked { id, at, reason })
            }
            Err(RevocationError::Ledger(error)) => Err(error.into()),
            Err(error) => Err(IssueError::AuthorityUnknown(Box::new(error))),
        }
    }

    fn reserve(
        &self,
        intents: &[Intent],
        applications: &[Application<'_>],
        now: DateTime<Utc>,
    ) -> Result<(), IssueError> {
        let events: Vec<_> = intents
            .iter()
            .map(|intent| self.reserved_event(intent, now))
            .collect();
        self.ledger.reserve(intents, &events)?;
        for (intent, application) in intents.iter().zip(applications) {
            let profile = Some(application.approved.profile());
            if let Err(error) = self.lint(&intent.serial, &intent.tbs, profile) {
                self.give_up(
                    intents.iter().map(|intent| intent.serial),
                    &error.to_string(),
                    now,
                )?;
                return Err(error);
            }
        }
        Ok(())
    }

    fn intend(&self, application: &Application<'_>, now: DateTime<Utc>) -> Result<Intent, IssueError> {
        let spec = specify(application, self.authority, now)?;
        let approved = application.approved;
        Ok(Intent {
            serial: spec.serial,
            authority: self.authority.id().to_owned(),
            class: approved.class(),
            policy_oid: approved.profile().policy_oid().to_string(),
            policy_sha256: approved.profile().sha256(),
            subject: spec.subject.to_string(),
            name: search_name(approved.subject(), approved.emails()),
            emails: approved
                .emails()
                .iter()
                .map(identity::Mailbox::canonical)
                .collect(),
            usage: application.usage,
            key: application.key.kind().to_string(),
            key_id: spec.extensions.subject_key_identifier,
            evidence: approved.evidence().to_vec(),
            not_before: spec.validity.not_before,
            not_after: spec.validity.not_after,
            tbs: encode_tbs(&spec)?,
            another: application.another,
            own_mail: application.own_mail,
            renews: application.renews,
            created_at: self.context.real_time,
            acted_at: now,
        })
    }

    fn lint(&self, serial: &SerialNumber, tbs: &[u8], profile: Option<&Profile>) -> Result<(), IssueError> {
        let context = LintContext {
            issuer: Some(self.authority.certificate()),
            profile,
            baseline: None,
        };
        refuse_errors(*serial, tbs, self.authority.signer().scheme(), &context)
    }

    fn record(&self, serial: SerialNumber, certificate: &Certificate) -> IssuedRecord {
        IssuedRecord {
            serial,
            certificate: certificate.der().to_vec(),
            sha256: certificate.fingerprint_sha256(),
            at: self.context.real_time,
        }
    }

    pub(super) fn give_up(
        &self,
        serials: impl IntoIterator<Item = SerialNumber>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), IssueError> {
        self.give_up_under(self.authority.id(), serials, reason, now)
    }

    fn give_up_under(
        &self,
        authority: &str,
        serials: impl IntoIterator<Item = SerialNumber>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), IssueError> {
        let at = self.context.real_time;
        let end = |serial| Abandonment {
            serial,
            reason: reason.to_owned(),
            at,
        };
        let abandoned: Vec<_> = serials.into_iter().map(end).collect();
        let event = |end: &Abandonment| {
            let subject = end.serial.to_string();
            AuditEvent::new(&self.context, now, AuditAction::CertificateAbandoned, subject)
                .with("authority", authority)
                .with("reason", reason)
                .with_outcome(Outcome::Failed)
        };
        let events: Vec<_> = abandoned.iter().map(event).collect();
        Ok(self.ledger.abandon(&abandoned, &events)?)
    }

    fn read(&self, serial: &SerialNumber) -> Result<CertificateRecord, IssueError> {
        let record = self.ledger.certificate(serial)?;
        record.ok_or_else(|| LedgerError::UnknownSerial { serial: *serial }.into())
    }

    fn reopen(&self, serial: &SerialNumber, der: &[u8]) -> Result<Issued, IssueError> {
        let unreadable = |reason: String| IssueError::Unreadable {
            serial: *serial,
            reason,
        };
        let certificate = Certificate::from_der(der).map_err(|error| unreadable(error.to_string()))?;
        Ok(self.hand_out(*serial, certificate))
    }

    fn hand_out(&self, serial: SerialNumber, certificate: Certificate) -> Issued {
        let issuer = std::iter::once(self.authority.certificate());
        Issued {
            serial,
            certificate,
            chain: issuer.chain(self.authority.chain()).cloned().collect(),
        }
    }

    fn event(&self, action: AuditAction, serial: &SerialNumber, now: DateTime<Utc>) -> AuditEvent {
        AuditEvent::new(&self.context, now, action, serial.to_string()).with("authority", self.authority.id())
    }

    fn reserved_event(&self, intent: &Intent, now: DateTime<Utc>) -> AuditEvent {
        let evidence: Vec<_> = intent
            .evidence
            .iter()
            .map(|evidence| format!("{}:{}", evidence.kind(), evidence.basis()))
            .collect();
        let event = self
            .event(AuditAction::CertificateReserved, &intent.serial, now)
            .with("class", intent.class.to_string())
            .with("usage", intent.usage.to_string())
            .with("key", intent.key.clone())
            .with("policy", intent.policy_oid.clone())
            .with("evidence", evidence.join(","));
        match intent.renews {
            Some(renewed) => event.with("renews", renewed.to_string()),
            None => event,
        }
    }

    fn issued_event(&self, record: &IssuedRecord, now: DateTime<Utc>) -> AuditEvent {
        self.event(AuditAction::CertificateIssued, &record.serial, now)
            .with("sha256", hex::encode(record.sha256))
    }
}

impl Prepared {
    /// Returns the reserved serial.
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// Returns the recorded bytes that will be signed.
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }
}

impl Issued {
    /// Returns the serial.
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// Returns the certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns the certificates of the issuers, the issuing CA first, the root last.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }
}

/// Signs exact bytes and lets a second implementation verify the result before anyone sees it.
pub(super) fn sign_certificate(
    serial: SerialNumber,
    tbs: &[u8],
    signer: &CaSigner,
) -> Result<Certificate, IssueError> {
    let scheme = signer.scheme();
    let signature = signer
        .sign(tbs)
        .map_err(|source| IssueError::Sign { serial, source })?;
    verify_independently(signer.public_key(), &scheme, tbs, &signature)
        .map_err(|source| IssueError::Verification { serial, source })?;
    let unreadable = |reason: String| IssueError::Unreadable { serial, reason };
    let der = assemble(tbs, scheme, &signature).map_err(unreadable)?;
    let certificate = Certificate::from_der(&der).map_err(|error| unreadable(error.to_string()))?;
    if certificate.tbs_der() != tbs {
        return Err(unreadable(
            "the signed bytes differ from the recorded ones".to_owned(),
        ));
    }
    Ok(certificate)
}
