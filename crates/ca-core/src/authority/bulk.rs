//! Many certificates at once.
//!
//! ```text
//! this thread     | reserve 1 | reserve 2, sign 1 too | record 1, reserve 3, sign 2 too | record 2 ...
//! signing threads |           | sign, verify 1        | sign, verify 2                  | sign, verify 3 ...
//! ```
//!
//! Signatures are taken a few at a time by whoever is free, so that no core waits for another while the disk is written or
//! the ledger has grown slow.

use super::issuance::{Signed, sign_certificate};
use super::{Application, Authority, IssueError, Issued, Prepared};
use chrono::{DateTime, Utc};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How much is done together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Certificates that are put on record together: what shares the cost of a transaction, and what a crash leaves
    /// unfinished three times at most.
    pub batch: NonZeroUsize,
    /// Threads that sign; another one keeps the record meanwhile, and signs when it has nothing to write.
    pub jobs: NonZeroUsize,
}

impl Authority<'_> {
    /// Issues certificates batch by batch: while one is being signed, the one before is recorded and the next reserved. Each
    /// batch is handed to `each`, in order, once it is on record as [`Authority::issue_batch`] leaves it.
    ///
    /// # Errors
    /// As [`Authority::prepare_batch`] and, of a whole batch, [`Authority::issue_batch`]; what was handed out before stands,
    /// and what was reserved and not signed is given up.
    pub fn issue_all(
        &self,
        applications: &[Application<'_>],
        pace: Pace,
        now: DateTime<Utc>,
        mut each: impl FnMut(Vec<Result<Issued, IssueError>>),
    ) -> Result<(), IssueError> {
        // A small one at first: while it is reserved, nobody has anything to sign.
        let (first, rest) = applications.split_at((pace.batch.get() / 8).min(applications.len()));
        let mut batches = first
            .chunks(pace.batch.get())
            .chain(rest.chunks(pace.batch.get()));
        let mut reserved = self.next(&mut batches, now).transpose()?;
        let mut signed: Option<(Vec<Prepared>, Vec<Signed>)> = None;
        while reserved.is_some() || signed.is_some() {
            if let Some(batch) = &reserved
                && let Err(error) = self.give_up_if_revoked(batch, now)
            {
                self.hand_over(signed, now, &mut each)?;
                return Err(error);
            }
            let batch = reserved.as_deref();
            let meanwhile = || {
                let recorded = self.hand_over(signed.take(), now, &mut each);
                let next = match &recorded {
                    Ok(()) if batch.is_some() => self.next(&mut batches, now),
                    _ => None,
                };
                (recorded, next)
            };
            let ((recorded, next), just_signed) =
                self.sign_while(batch.unwrap_or_default(), pace.jobs.get(), meanwhile);
            signed = reserved.take().map(|batch| (batch, just_signed));
            let next = recorded.and_then(|()| next.transpose());
            match next {
                Ok(next) => reserved = next,
                Err(error) => {
                    // What is signed is a certificate.
                    self.hand_over(signed, now, &mut each)?;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Signs and verifies on `jobs` threads, and on this one once it has done `meanwhile`; in the order of what was
    /// prepared.
    pub(super) fn sign_while<T>(
        &self,
        prepared: &[Prepared],
        jobs: usize,
        meanwhile: impl FnOnce() -> T,
    ) -> (T, Vec<Signed>) {
        let queue = Queue {
            prepared,
            taken: AtomicUsize::new(0),
        };
        let signer = self.authority().signer();
        let sign = |prepared: &Prepared| {
            let certificate = sign_certificate(*prepared.serial(), prepared.tbs(), signer)?;
            Ok((*prepared.serial(), certificate))
        };
        let work = || {
            let few = std::iter::from_fn(|| queue.take());
            few.map(|(start, few)| (start, few.iter().map(sign).collect()))
                .collect::<Vec<(usize, Vec<Signed>)>>()
        };
        // More threads than there is to take would have nothing to do.
        let jobs = jobs.min(prepared.len() / FEW);
        let (value, mut parts) = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
            let value = meanwhile();
            let mut parts = work();
            for thread in threads {
                match thread.join() {
                    Ok(done) => parts.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            (value, parts)
        });
        parts.sort_unstable_by_key(|(start, _)| *start);
        (value, parts.into_iter().flat_map(|(_, few)| few).collect())
    }

    fn next<'b>(
        &self,
        batches: &mut impl Iterator<Item = &'b [Application<'b>]>,
        now: DateTime<Utc>,
    ) -> Option<Result<Vec<Prepared>, IssueError>> {
        batches.next().map(|batch| self.prepare_batch(batch, now))
    }

    fn hand_over(
        &self,
        batch: Option<(Vec<Prepared>, Vec<Signed>)>,
        now: DateTime<Utc>,
        each: &mut impl FnMut(Vec<Result<Issued, IssueError>>),
    ) -> Result<(), IssueError> {
        if let Some((prepared, signed)) = batch {
            each(self.record_signed(signed, &prepared, now)?);
        }
        Ok(())
    }
}

/// What is to be signed, taken a few at a time.
struct Queue<'a> {
    prepared: &'a [Prepared],
    taken: AtomicUsize,
}

impl<'a> Queue<'a> {
    /// Returns the next few and where they begin; `None` if all are taken.
    fn take(&self) -> Option<(usize, &'a [Prepared])> {
        let start = self.taken.fetch_add(FEW, Ordering::Relaxed);
        let rest = self.prepared.get(start..).filter(|rest| !rest.is_empty())?;
        Some((start, rest.get(..FEW).unwrap_or(rest)))
    }
}

/// About two milliseconds of P-256 signatures, beside which taking them costs nothing.
const FEW: usize = 24;
