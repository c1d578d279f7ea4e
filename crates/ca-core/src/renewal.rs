//! Renewal and rekey: what a further certificate for the same holder asks for, and which evidence on record still
//! carries it.
//!
//! ```text
//! CertificateRecord + Profile ── Renewal::of ──> Request + Evidence still valid ── Profile::admit ──> Approved
//! ```

use chrono::{DateTime, TimeDelta, Utc};
use identity::{Certificate, Mailbox, name};

use crate::evidence::{Evidence, EvidenceKind};
use crate::ledger::{CertificateRecord, RevocationReason, SerialNumber, Status};
use crate::policy::{Profile, SubjectField};
use crate::request::{CertificateUsage, KeySource, Request, Usage};

/// What the renewal of a certificate asks for.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// The same holder, addresses, class and usage, for as many days as before if the policy still allows them.
    pub request: Request,
    /// The evidence on record that the policy lets be used again, with the day of its first record.
    pub evidence: Vec<Evidence>,
    /// The evidence on record that is too old.
    pub stale: Vec<StaleEvidence>,
}

/// Evidence that can carry no further certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleEvidence {
    /// Its kind.
    pub kind: EvidenceKind,
    /// When it was recorded first, in stated time.
    pub since: DateTime<Utc>,
    /// For how many days the policy lets it be used again.
    pub days: u32,
}

/// Why a certificate cannot be renewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenewalError {
    /// An address on record is not one that this version reads.
    #[error("the address {address} of certificate {serial} cannot be read: issue a new certificate")]
    Address {
        /// The certificate.
        serial: SerialNumber,
        /// The address.
        address: String,
    },
    /// The certificate is not one that another can take the place of.
    #[error(
        "certificate {serial} is {status}: only one that was handed out and not revoked can be renewed or rekeyed"
    )]
    State {
        /// The certificate.
        serial: SerialNumber,
        /// How it stands.
        status: Status,
    },
}

impl Renewal {
    /// Says what the renewal of a certificate on record asks for, with `key` as its key.
    ///
    /// # Errors
    /// [`RenewalError`] if the certificate was never handed out, or is revoked or on hold.
    pub fn of(
        record: &CertificateRecord,
        certificate: &Certificate,
        profile: &Profile,
        key: KeySource,
        now: DateTime<Utc>,
    ) -> Result<Self, RenewalError> {
        check_state(record, now)?;
        let serial = *record.serial();
        let read = |address: &String| {
            Mailbox::parse(address).map_err(|_| RenewalError::Address {
                serial,
                address: address.clone(),
            })
        };
        let emails = record
            .intent
            .emails
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, _>>()?;
        let mut request = Request {
            class: record.intent.class,
            emails,
            given_name: None,
            middle_name: middle_name(certificate),
            surname: None,
            organization: None,
            organization_id: None,
            country: None,
            locality: None,
            key,
            usage: Some(match record.intent.usage {
                CertificateUsage::Dual => Usage::Dual,
                CertificateUsage::Sign => Usage::Sign,
                CertificateUsage::Encrypt => Usage::Encrypt,
            }),
            days: Some(days_of(record).min(profile.validity().maximum_days())),
            name_on_record: false,
        };
        for field in SubjectField::ALL {
            if let Some(attribute) = field.attribute() {
                request.set_field(
                    field,
                    certificate.subject().get(attribute).next().map(str::to_owned),
                );
            }
        }
        let rules = profile.evidence();
        let (mut evidence, mut stale) = (Vec::new(), Vec::new());
        for piece in &record.intent.evidence {
            let (kind, since) = (piece.kind(), piece.since().unwrap_or(record.intent.acted_at));
            if rules.is_reusable(kind, since, now) {
                evidence.push(piece.clone().dated(since));
            } else {
                let days = rules.reuse_days(kind);
                stale.push(StaleEvidence { kind, since, days });
            }
        }
        Ok(Self {
            request,
            evidence,
            stale,
        })
    }

    /// Makes it the renewal of a pair, of which it was one certificate so far: `partner` is the other.
    ///
    /// # Errors
    /// [`RenewalError::State`], as for [`Renewal::of`].
    pub fn with_partner(
        mut self,
        partner: &CertificateRecord,
        keys: KeySource,
        now: DateTime<Utc>,
    ) -> Result<Self, RenewalError> {
        check_state(partner, now)?;
        self.request.usage = Some(Usage::Pair);
        self.request.key = keys;
        Ok(self)
    }
}

/// Refuses what was never handed out, and what was revoked or put on hold, whatever the moment that this is dated.
///
/// # Errors
/// [`RenewalError::State`].
pub fn check_state(record: &CertificateRecord, now: DateTime<Utc>) -> Result<(), RenewalError> {
    // A revocation counts whatever its date: a stated moment before it gives nothing back.
    let status = match &record.revocation {
        Some(revocation) if revocation.reason == RevocationReason::CertificateHold => Status::Held,
        Some(_) => Status::Revoked,
        None => record.status(now),
    };
    let renewable = matches!(status, Status::Valid | Status::NotYetValid | Status::Expired);
    if renewable && record.collected_at.is_some() {
        return Ok(());
    }
    let serial = *record.serial();
    let status = if renewable { Status::Pending } else { status };
    Err(RenewalError::State { serial, status })
}

/// The middle name stands in the common name only, between the others.
fn middle_name(certificate: &Certificate) -> Option<String> {
    let subject = certificate.subject();
    let given = subject.get(name::GIVEN_NAME).next()?;
    let surname = subject.get(name::SURNAME).next()?;
    let rest = subject
        .common_name()?
        .strip_prefix(given)?
        .strip_suffix(surname)?;
    Some(rest.trim().to_owned()).filter(|middle| !middle.is_empty())
}

/// The length of a certificate's validity, in whole days, both ends included.
fn days_of(record: &CertificateRecord) -> u32 {
    let length = record.intent.not_after - record.intent.not_before + TimeDelta::seconds(1);
    u32::try_from(length.num_days()).unwrap_or(u32::MAX).max(1)
}
