//! Carrying revocations forward into a ledger that is older than what was published, as after a backup was restored.
//!
//! What relying parties have seen cannot be taken back: a number must not be used twice (RFC 5280, 5.2.3), and a certificate that
//! was revoked must not come back to life.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use identity::crl::{CertificateListView, CrlError};

use crate::audit::{AuditAction, AuditContext, AuditEvent};
use crate::ledger::{
    AuthorityRevocation, Ledger, LedgerError, Revocation, RevocationQuery, RevocationReason, RevokedEntry,
    SerialNumber,
};

/// What was published of an authority's revocations, or is on record elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// The highest number of its CRLs.
    number: u64,
    /// How serials stood; the first word on each counts least.
    entries: BTreeMap<SerialNumber, Known>,
}

/// How a serial was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    reason: RevocationReason,
    at: DateTime<Utc>,
    invalidity_date: Option<DateTime<Utc>>,
}

/// What a ledger does not know of what was published.
#[derive(Clone, Debug)]
pub struct Behind {
    /// The identifier of the authority.
    pub authority: String,
    /// The highest number that the ledger knows.
    pub known_number: u64,
    /// The highest number that was published.
    pub published_number: u64,
    /// The serials that were published as revoked and are not so in the ledger.
    pub forgotten: Vec<SerialNumber>,
    published: Published,
}

impl Published {
    /// Adds what a list says, complete or delta, whose signature was verified.
    ///
    /// # Errors
    /// [`CrlError`] if an entry cannot be read.
    pub fn add_list(&mut self, list: &CertificateListView<'_>) -> Result<(), CrlError> {
        let number = list.number_hex().unwrap_or_default();
        // A number beyond all that this program counts cannot be its own.
        let number = u64::from_str_radix(number.trim_start_matches('0'), 16).unwrap_or_default();
        self.number = self.number.max(number);
        for entry in list.entries() {
            let entry = entry?;
            let Ok(serial) = SerialNumber::from_be_bytes(entry.serial) else {
                continue;
            };
            let code = entry.reason.unwrap_or_default();
            // A release (removeFromCRL, in delta lists) has no such code; a serial that is none of ours cannot be carried.
            if let Some(reason) = RevocationReason::ALL.iter().find(|reason| reason.code() == code) {
                let known = Known {
                    reason: *reason,
                    at: entry.revocation_date,
                    invalidity_date: entry.invalidity_date,
                };
                self.add(serial, known);
            }
        }
        Ok(())
    }

    /// Adds what another ledger has on record of an authority.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn add_ledger(&mut self, ledger: &dyn Ledger, authority: &str) -> Result<(), LedgerError> {
        if let Some(last) = ledger.crls(authority, 1)?.first() {
            self.number = self.number.max(last.number);
        }
        let query = RevocationQuery {
            issuer: authority,
            upto: ledger.last_revocation_change(authority)?,
            after: None,
        };
        ledger.visit_revocations(&query, &mut |entry: RevokedEntry| {
            if let Some(reason) = entry.reason {
                let known = Known {
                    reason,
                    at: entry.at,
                    invalidity_date: entry.invalidity_date,
                };
                self.add(entry.serial, known);
            }
        })
    }

    /// Says what a ledger does not know of it.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn beyond(self, ledger: &dyn Ledger, authority: &str) -> Result<Option<Behind>, LedgerError> {
        let known_number = ledger
            .crls(authority, 1)?
            .first()
            .map_or(0, |record| record.number);
        let mut forgotten = Vec::new();
        for (serial, published) in &self.entries {
            let known = ledger.revocation(authority, serial)?;
            let hold = RevocationReason::CertificateHold;
            let covered = known.is_some_and(|known| known.reason != hold || published.reason == hold);
            if !covered {
                forgotten.push(*serial);
            }
        }
        if self.number <= known_number && forgotten.is_empty() {
            return Ok(None);
        }
        Ok(Some(Behind {
            authority: authority.to_owned(),
            known_number,
            published_number: self.number,
            forgotten,
            published: self,
        }))
    }

    /// A hold gives way to what is for good.
    fn add(&mut self, serial: SerialNumber, known: Known) {
        match self.entries.get(&serial) {
            Some(before) if before.reason != RevocationReason::CertificateHold => {}
            _ => {
                self.entries.insert(serial, known);
            }
        }
    }
}

impl Behind {
    /// Puts it on record: the numbers are given up, the certificates revoked, those too that the ledger does not know.
    /// `issuer_end` is the last second of the authority's own validity.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn carry_forward(
        &self,
        ledger: &dyn Ledger,
        issuer_end: DateTime<Utc>,
        context: &AuditContext,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let (mut people, mut strangers) = (Vec::new(), Vec::new());
        let (mut events, mut strange_events) = (Vec::new(), Vec::new());
        for serial in &self.forgotten {
            let Some(known) = self.published.entries.get(serial) else {
                continue;
            };
            let revocation = Revocation {
                serial: *serial,
                reason: known.reason,
                at: known.at,
                invalidity_date: known.invalidity_date,
                recorded_at: context.real_time,
            };
            let event = AuditEvent::new(context, now, AuditAction::CertificateRevoked, serial.to_string())
                .with("reason", known.reason.as_str())
                .with("on-the-word-of", "a published list");
            let record = ledger.certificate(serial)?;
            if record
                .is_some_and(|record| record.issued.is_some() && record.intent.authority == self.authority)
            {
                people.push(revocation);
                events.push(event);
            } else {
                strangers.push(AuthorityRevocation {
                    issuer: self.authority.clone(),
                    not_after: issuer_end,
                    revocation,
                });
                strange_events.push(event.with("certificate", "not on record"));
            }
        }
        ledger.revoke(&people, &events)?;
        ledger.revoke_authorities(&strangers, &strange_events)?;
        ledger.skip_crl_numbers(&self.authority, self.published_number, context.real_time, &[])
    }
}
