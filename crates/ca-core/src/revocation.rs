//! Revocation: what goes on record when a certificate is withdrawn, suspended or given back its validity.
//!
//! ```text
//! Revoker::revoke    certificates of people, by serial        -> the ledger, at once and together
//! Revoker::release   the end of a hold
//! Revoker::revoke_authority                                   -> the next CRL of each of its issuers
//! crl::CrlMaker      numbered, linted, signed, verified       -> bytes to publish
//! carry::Published   what was published, into a ledger that forgot it
//! ocsp::OcspResponder  the ledger asked, signed, verified     -> answers to whoever asks
//! ```

pub mod authority;
pub mod carry;
pub mod check;
pub mod crl;
pub mod ocsp;

use crate::audit::{AuditAction, AuditContext, AuditEvent};
use crate::ledger::{Ledger, LedgerError, Release, Revocation, RevocationReason, SerialNumber};
use chrono::{DateTime, Utc};
use identity::certificate::CertificateError;

/// What is to be recorded of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationOrder {
    /// Why.
    pub reason: RevocationReason,
    /// Since when the key may have been known to others, or the certificate not been right; no later than the moment of
    /// the revocation.
    pub invalidity_date: Option<DateTime<Utc>>,
    /// On whose word.
    pub authorisation: Authorisation,
}

/// On whose word a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authorisation {
    /// The operator of the CA acts.
    Operator,
    /// The holder asked, and the caller has compared the passphrase with the hash that the holder's request left.
    Holder,
}

/// Records revocations in one ledger, in one person's name.
#[derive(Clone)]
pub struct Revoker<'a> {
    ledger: &'a dyn Ledger,
    context: AuditContext,
}

/// Why nothing was revoked or released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// Only certificates of people can be given back their validity.
    #[error(
        "the certificate of the authority \"{id}\" cannot be put on hold: revoke it for good, or leave it valid"
    )]
    AuthorityHold {
        /// The authority.
        id: String,
    },
    /// The invalidity date has not come yet.
    #[error(
        "the invalidity date {date} is after the revocation at {now}: give the moment since when the key was unsafe"
    )]
    InvalidityInFuture {
        /// The date given.
        date: DateTime<Utc>,
        /// The moment of the revocation.
        now: DateTime<Utc>,
    },
    /// The record refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Nobody can revoke a root.
    #[error(
        "\"{id}\" is a root, which no list can revoke: tell everyone who trusts it to remove it, and revoke what it issued"
    )]
    Root {
        /// The authority.
        id: String,
    },
    /// A recorded certificate cannot be read.
    #[error("the recorded certificate of the authority \"{id}\" cannot be read: {source}")]
    Unreadable {
        /// The authority.
        id: String,
        /// Why.
        source: CertificateError,
    },
}

impl<'a> Revoker<'a> {
    /// Makes a revoker out of a ledger, and who acts and when really.
    pub fn new(ledger: &'a dyn Ledger, context: AuditContext) -> Self {
        Self { ledger, context }
    }

    /// Revokes certificates or puts them on hold, all or none; from `now` on they do not hold.
    ///
    /// # Errors
    /// [`RevocationError::InvalidityInFuture`]; [`RevocationError::Ledger`] if a serial is unknown, never became a
    /// certificate, or is revoked for good.
    pub fn revoke(
        &self,
        serials: &[SerialNumber],
        order: RevocationOrder,
        now: DateTime<Utc>,
    ) -> Result<(), RevocationError> {
        let revocations = serials
            .iter()
            .map(|serial| self.revocation(*serial, order, now))
            .collect::<Result<Vec<_>, _>>()?;
        let events: Vec<_> = revocations
            .iter()
            .map(|one| {
                let subject = one.serial.to_string();
                self.event(AuditAction::CertificateRevoked, subject, order, now)
            })
            .collect();
        Ok(self.ledger.revoke(&revocations, &events)?)
    }

    /// Makes certificates on hold valid again, all or none.
    ///
    /// # Errors
    /// [`RevocationError::Ledger`] if one is not on hold.
    pub fn release(&self, serials: &[SerialNumber], now: DateTime<Utc>) -> Result<(), RevocationError> {
        let release = |serial: &SerialNumber| Release {
            serial: *serial,
            at: now,
            recorded_at: self.context.real_time,
        };
        let event = |serial: &SerialNumber| {
            AuditEvent::new(
                &self.context,
                now,
                AuditAction::CertificateReleased,
                serial.to_string(),
            )
        };
        let released: Vec<_> = serials.iter().map(release).collect();
        let events: Vec<_> = serials.iter().map(event).collect();
        Ok(self.ledger.release(&released, &events)?)
    }

    fn revocation(
        &self,
        serial: SerialNumber,
        order: RevocationOrder,
        now: DateTime<Utc>,
    ) -> Result<Revocation, RevocationError> {
        if let Some(date) = order.invalidity_date.filter(|date| *date > now) {
            return Err(RevocationError::InvalidityInFuture { date, now });
        }
        Ok(Revocation {
            serial,
            reason: order.reason,
            at: now,
            invalidity_date: order.invalidity_date,
            recorded_at: self.context.real_time,
        })
    }

    fn event(
        &self,
        action: AuditAction,
        subject: String,
        order: RevocationOrder,
        now: DateTime<Utc>,
    ) -> AuditEvent {
        let event = AuditEvent::new(&self.context, now, action, subject)
            .with("reason", order.reason.as_str())
            .with("on-the-word-of", order.authorisation.as_str());
        match order.invalidity_date {
            Some(date) => event.with("invalidity-date", date.to_rfc3339()),
            None => event,
        }
    }
}

impl Authorisation {
    /// Returns the word that stands in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Holder => "holder",
        }
    }
}
