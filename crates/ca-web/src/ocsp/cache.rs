//! Answers that are kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use axum::body::Bytes;
use ca_core::revocation::ocsp::SignedAnswer;
use chrono::{DateTime, Utc};
use identity::CertId;
use identity::digest::sha256;

/// An answer in the form in which it is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CachedAnswer {
    /// The answer (OCSPResponse, DER).
    pub der: Bytes,
    /// When what it says was known to be so.
    pub this_update: DateTime<Utc>,
    /// Until when it counts.
    pub next_update: DateTime<Utc>,
    /// Names these very octets in HTTP.
    pub entity_tag: String,
}

impl CachedAnswer {
    pub(super) fn new(answer: SignedAnswer) -> Self {
        let entity_tag = format!("\"{}\"", hex::encode(sha256(&answer.der)));
        Self {
            der: answer.der.into(),
            this_update: answer.this_update,
            next_update: answer.next_update,
            entity_tag,
        }
    }

    /// Tells whether it has lived less than half its life.
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.this_update <= now && now - self.this_update < (self.next_update - self.this_update) / 2
    }
}

/// Answers by what they are about. Full, it forgets those that were not asked for since it was half full.
#[derive(Debug, Default)]
pub(super) struct AnswerCache {
    /// Counts how often everything was forgotten.
    generation: AtomicU64,
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    young: HashMap<CertId, CachedAnswer>,
    old: HashMap<CertId, CachedAnswer>,
}

impl AnswerCache {
    /// Returns what is kept about a certificate, if it has lived less than half its life.
    pub(super) fn get(&self, name: &CertId, now: DateTime<Utc>) -> Option<CachedAnswer> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = kept.young.get(name) {
            return Some(answer.clone()).filter(|answer| answer.is_fresh(now));
        }
        let answer = kept.old.get(name).filter(|answer| answer.is_fresh(now))?.clone();
        let generation = self.generation();
        drop(kept);
        self.put(name.clone(), answer.clone(), generation);
        Some(answer)
    }

    /// Keeps an answer, unless everything was forgotten since `as_of`: it may be older than the reason for that.
    pub(super) fn put(&self, name: CertId, answer: CachedAnswer, as_of: u64) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        // Asked under the lock that forgetting takes.
        if self.generation() != as_of {
            return;
        }
        if kept.young.len() >= HALF {
            kept.old = std::mem::take(&mut kept.young);
        }
        kept.young.insert(name, answer);
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::Relaxed);
        *kept = Kept::default();
    }

    /// Returns the mark to be given to [`AnswerCache::put`]: taken before the ledger is asked.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }
}

/// Twice as many answers of about 1.2 KiB take 40 MiB.
const HALF: usize = 16_384;
