//! Verification of the chain.

use super::{AuditEntry, clock_set_back};
use chrono::{DateTime, Utc};

/// The first entry at which a log is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The content of an entry does not give its hash.
    #[error("audit entry {seq} was changed after it was written")]
    Changed {
        /// The number of the entry.
        seq: u64,
    },
    /// An entry stands where another belongs and does not continue the chain.
    #[error("audit entry {seq} was inserted, replaced or moved: it does not follow the entry before it")]
    Inserted {
        /// The number that the entry bears.
        seq: u64,
    },
    /// An entry is not where it belongs.
    #[error("audit entry {seq} was removed or moved: entry {found} stands in its place")]
    Missing {
        /// The number of the missing entry.
        seq: u64,
        /// The number of the entry found instead.
        found: u64,
    },
}

/// What a sound chain amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainSummary {
    /// The number of entries.
    pub entries: u64,
    /// The hash of the last entry (zeros if there is none): kept elsewhere, it shows later that nothing was cut off.
    pub head: [u8; 32],
    /// The latest real time of any entry.
    pub latest: Option<DateTime<Utc>>,
    /// The last entry that was written with a clock set back behind an earlier one's.
    pub set_back: Option<u64>,
}

/// Verifies a log entry by entry, so that a long one need not be in memory.
#[derive(Clone, Debug, Default)]
pub struct ChainVerifier {
    summary: ChainSummary,
}

impl ChainVerifier {
    /// Starts at the beginning of a log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`ChainError`] naming the entry; the verifier is of no use afterwards.
    pub fn push(&mut self, entry: &AuditEntry) -> Result<(), ChainError> {
        let expected = self.summary.entries.saturating_add(1);
        if entry.seq > expected {
            return Err(ChainError::Missing {
                seq: expected,
                found: entry.seq,
            });
        }
        if entry.seq < expected {
            return Err(ChainError::Inserted { seq: entry.seq });
        }
        if entry.computed_hash() != entry.hash {
            return Err(ChainError::Changed { seq: entry.seq });
        }
        if entry.prev_hash != self.summary.head {
            return Err(ChainError::Inserted { seq: entry.seq });
        }
        let before = self.summary;
        let back = before
            .latest
            .is_some_and(|latest| clock_set_back(latest, entry.at).is_some());
        self.summary = ChainSummary {
            entries: expected,
            head: entry.hash,
            latest: before.latest.max(Some(entry.at)),
            set_back: if back { Some(entry.seq) } else { before.set_back },
        };
        Ok(())
    }

    /// Returns what was verified so far.
    pub fn summary(&self) -> ChainSummary {
        self.summary
    }
}

/// Verifies a whole log.
///
/// # Errors
/// [`ChainError`] naming the first entry that was changed, removed, inserted or moved.
pub fn verify_chain<'a>(
    entries: impl IntoIterator<Item = &'a AuditEntry>,
) -> Result<ChainSummary, ChainError> {
    let mut verifier = ChainVerifier::new();
    entries.into_iter().try_for_each(|entry| verifier.push(entry))?;
    Ok(verifier.summary())
}

#[cfg(test)]
mod tests {
    use super::super::{AuditAction, AuditContext, AuditEvent};
    use super::*;
    use chrono::{DateTime, TimeDelta};

    fn log() -> Vec<AuditEntry> {
        let start = DateTime::from_timestamp(1_800_000_000, 123_456_789).unwrap();
        let mut entries: Vec<AuditEntry> = Vec::new();
        for n in 0..6 {
            let context = AuditContext {
                actor: "alice".to_owned(),
                real_time: start + TimeDelta::seconds(n),
            };
            let event = AuditEvent::new(
                &context,
                start,
                AuditAction::CertificateIssued,
                format!("serial {n}"),
            )
            .with("class", "1")
            .with("\"quoted\"", "line\nbreak");
            entries.push(AuditEntry::link(entries.last(), &event));
        }
        entries
    }

    #[test]
    fn a_log_as_written_is_sound() {
        let log = log();
        let summary = verify_chain(&log).unwrap();
        assert_eq!((summary.entries, summary.head), (6, log[5].hash));
        assert_eq!(verify_chain(&[]).unwrap().entries, 0);
    }

    #[test]
    fn names_a_changed_entry() {
        for change in [
            (|e: &mut AuditEntry| e.actor.push('x')) as fn(&mut AuditEntry),
            |e| e.subject.clear(),
            |e| e.details.push(' '),
            |e| e.outcome = "refused".to_owned(),
            |e| e.action = "init".to_owned(),
            |e| e.at += TimeDelta::microseconds(1),
            |e| e.acted_at -= TimeDelta::microseconds(1),
            |e| e.hash[0] ^= 1,
            |e| e.prev_hash[0] ^= 1,
        ] {
            let mut log = log();
            change(&mut log[2]);
            assert_eq!(verify_chain(&log), Err(ChainError::Changed { seq: 3 }));
        }
    }

    #[test]
    fn a_change_with_its_hash_recomputed_shows_at_the_next_entry() {
        let mut log = log();
        log[2].subject.push('x');
        log[2].hash = log[2].computed_hash();
        assert_eq!(verify_chain(&log), Err(ChainError::Inserted { seq: 4 }));
    }

    #[test]
    fn text_cannot_move_between_fields() {
        let mut log = log();
        let moved = log[1].subject.split_off(3);
        log[1].details.insert_str(0, &moved);
        assert_eq!(verify_chain(&log), Err(ChainError::Changed { seq: 2 }));
    }

    #[test]
    fn names_a_removed_entry() {
        let mut log = log();
        log.remove(3);
        assert_eq!(verify_chain(&log), Err(ChainError::Missing { seq: 4, found: 5 }));
    }

    #[test]
    fn names_an_inserted_entry() {
        let mut log = log();
        log.insert(3, log[2].clone());
        assert_eq!(verify_chain(&log), Err(ChainError::Inserted { seq: 3 }));
    }

    #[test]
    fn names_reordered_entries() {
        let mut log = log();
        log.swap(1, 2);
        assert_eq!(verify_chain(&log), Err(ChainError::Missing { seq: 2, found: 3 }));
    }

    #[test]
    fn a_clock_that_was_set_back_is_noticed() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let chain = |seconds: &[i64]| {
            let mut entries: Vec<AuditEntry> = Vec::new();
            for second in seconds {
                let context = AuditContext {
                    actor: "alice".to_owned(),
                    real_time: start + TimeDelta::seconds(*second),
                };
                // The stated moment has no part in it.
                let event = AuditEvent::new(&context, start - TimeDelta::days(9), AuditAction::Init, "x");
                entries.push(AuditEntry::link(entries.last(), &event));
            }
            verify_chain(&entries).unwrap()
        };
        let sound = chain(&[0, 100, 50, 200]);
        assert_eq!(sound.set_back, None);
        assert_eq!(sound.latest, Some(start + TimeDelta::seconds(200)));
        let back = chain(&[0, 1000, 10, 20, 2000]);
        assert_eq!(back.set_back, Some(4));
    }
}
