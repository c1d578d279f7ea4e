//! A digest of entries, taken once of the ledger's and once of the encoded ones: what was encoded is what is on record.

use crate::ledger::{RevocationReason, RevokedEntry};
use chrono::{DateTime, Utc};
use identity::crl::Entry;
use identity::digest::{DigestAlgorithm, Hasher};

/// Entries in their order, digested.
pub(super) struct Tally(Hasher);

impl Tally {
    pub(super) fn new() -> Self {
        Self(Hasher::new(DigestAlgorithm::Sha256))
    }

    /// Adds an entry as the ledger has it.
    pub(super) fn add_record(&mut self, entry: &RevokedEntry) {
        self.add(
            entry.serial.significant_bytes(),
            entry.reason.map_or(REMOVE_FROM_CRL, RevocationReason::code),
            entry.at,
            entry.invalidity_date,
        );
    }

    /// Adds an entry as it was read.
    pub(super) fn add_entry(&mut self, entry: &Entry<'_>) {
        let serial = match entry.serial {
            [0, rest @ ..] => rest,
            serial => serial,
        };
        self.add(
            serial,
            entry.reason.unwrap_or_default(),
            entry.revocation_date,
            entry.invalidity_date,
        );
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0.finish()
    }

    fn add(&mut self, serial: &[u8], reason: u8, at: DateTime<Utc>, invalidity: Option<DateTime<Utc>>) {
        let mut bytes = [0; 40];
        let date = invalidity.map_or(i64::MIN, |date| date.timestamp());
        let parts = [&at.timestamp().to_be_bytes()[..], &date.to_be_bytes(), &[reason]];
        // 17 octets, then a serial of 20 at most, from the end of the number on.
        let fields = parts.into_iter().flatten().chain(serial.iter().rev());
        bytes.iter_mut().zip(fields).for_each(|(to, from)| *to = *from);
        self.0.update(&bytes);
    }
}

/// removeFromCRL (RFC 5280, 5.3.1).
const REMOVE_FROM_CRL: u8 = 8;
