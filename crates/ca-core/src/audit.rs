//! The audit log: entries chained by hash, so that a change, removal, insertion or reordering shows.
//!
//! A ledger appends an entry in the transaction of the change it tells of: it reads its last entry, calls
//! [`AuditEntry::link`] and stores the result.

mod action;
mod chain;
mod checkpoint;
mod compare;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use identity::digest::{DigestAlgorithm, digest};
use std::collections::BTreeMap;

pub use action::{AuditAction, Outcome};
pub use chain::{ChainError, ChainSummary, ChainVerifier, verify_chain};
pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
pub use compare::{Contradiction, LogStory};

/// Something that happened, not yet part of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When, in real time.
    pub at: DateTime<Utc>,
    /// The moment it was done for (`--now`); the same as `at` unless stated otherwise.
    pub acted_at: DateTime<Utc>,
    /// Who did it, as far as known (the login name of the operator).
    pub actor: String,
    /// What was done.
    pub action: AuditAction,
    /// What it was done to (a serial, a CA's identifier, an address).
    pub subject: String,
    /// What else matters; no secret, no needless personal data.
    pub details: BTreeMap<String, String>,
    /// How it went.
    pub outcome: Outcome,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, counting from 1 without gaps.
    pub seq: u64,
    /// When, in real time, to the microsecond.
    pub at: DateTime<Utc>,
    /// The moment it was done for, to the microsecond.
    pub acted_at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// What was done: a word of [`AuditAction`], or of a later version.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// A JSON object of strings, keys in ascending order, without blanks.
    pub details: String,
    /// How it went: a word of [`Outcome`], or of a later version.
    pub outcome: String,
    /// The hash of the entry before; zeros in the first.
    pub prev_hash: [u8; 32],
    /// The hash of this entry.
    pub hash: [u8; 32],
}

impl AuditEvent {
    /// Makes an event that went well, done at the real moment and for `acted_at`.
    pub fn new(
        context: &AuditContext,
        acted_at: DateTime<Utc>,
        action: AuditAction,
        subject: impl Into<String>,
    ) -> Self {
        Self {
            at: context.real_time,
            acted_at,
            actor: context.actor.clone(),
            action,
            subject: subject.into(),
            details: BTreeMap::new(),
            outcome: Outcome::Done,
        }
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// Sets the outcome.
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }
}

/// Who acts, and when really.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditContext {
    /// Who acts, as far as known (the login name of the operator).
    pub actor: String,
    /// The real moment, whatever moment is acted for.
    pub real_time: DateTime<Utc>,
}

impl AuditEntry {
    /// Makes the entry that follows `previous` (`None`: the log is empty).
    pub fn link(previous: Option<&AuditEntry>, event: &AuditEvent) -> Self {
        let mut entry = Self {
            seq: previous.map_or(1, |p| p.seq.saturating_add(1)),
            at: to_micros(event.at),
            acted_at: to_micros(event.acted_at),
            actor: event.actor.clone(),
            action: event.action.as_str().to_owned(),
            subject: event.subject.clone(),
            details: canonical_json(&event.details),
            outcome: event.outcome.as_str().to_owned(),
            prev_hash: previous.map_or([0; 32], |p| p.hash),
            hash: [0; 32],
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// Computes the hash over everything but `hash`: SHA-256 of a tag, the numbers as 8 octets big-endian (times as
    /// microseconds since 1970), and each text after its length in octets as 8 octets big-endian.
    pub fn computed_hash(&self) -> [u8; 32] {
        let mut input = Vec::with_capacity(256);
        input.extend_from_slice(TAG);
        input.extend_from_slice(&self.seq.to_be_bytes());
        input.extend_from_slice(&self.at.timestamp_micros().to_be_bytes());
        input.extend_from_slice(&self.acted_at.timestamp_micros().to_be_bytes());
        for text in [
            &self.actor,
            &self.action,
            &self.subject,
            &self.details,
            &self.outcome,
        ] {
            input.extend_from_slice(&(text.len() as u64).to_be_bytes());
            input.extend_from_slice(text.as_bytes());
        }
        input.extend_from_slice(&self.prev_hash);
        let mut hash = [0; 32];
        hash.iter_mut()
            .zip(digest(DigestAlgorithm::Sha256, &input))
            .for_each(|(to, from)| *to = from);
        hash
    }
}

/// Tells by how much a clock that says `real_time` is behind the real time of an entry written before; `None` if it is not, or by
/// less than a minute, as when several processes write or a clock is corrected by a little.
pub fn clock_set_back(written: DateTime<Utc>, real_time: DateTime<Utc>) -> Option<TimeDelta> {
    let behind = written.signed_duration_since(real_time);
    (behind >= TimeDelta::minutes(1)).then_some(behind)
}

fn to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    // Only times beyond the year 2262 cannot be rounded; they are as precise as they come.
    time.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(time)
}

/// A `BTreeMap` is sorted and strings always serialise, so the text is canonical.
fn canonical_json(details: &BTreeMap<String, String>) -> String {
    serde_json::to_string(details).unwrap_or_else(|_| String::from("{}"))
}

const TAG: &[u8] = b"cachet audit entry 1\0";
