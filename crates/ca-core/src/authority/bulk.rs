//! Many certificates at once.
//!
//! ```text
//! this thread     | reserve 1 | reserve 2        | record 1, reserve 3 | record 2 ...
//! signing threads |           | sign, verify 1   | sign, verify 2      | sign, verify 3 ...
//! ```

use super::issuance::Signed;
use super::{Application, Authority, IssueError, Issued, Prepared};
use chrono::{DateTime, Utc};
use std::num::NonZeroUsize;

/// How much is done together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Certificates that are put on record together: what shares the cost of a transaction, and what a crash leaves
    /// unfinished three times at most.
    pub batch: NonZeroUsize,
    /// Threads that sign; another one keeps the record meanwhile.
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
        let mut batches = applications.chunks(pace.batch.get());
        let mut reserved = self.next(&mut batches, now).transpose()?;
        let mut signed: Option<(Vec<Prepared>, Vec<Signed>)> = None;
        while reserved.is_some() || signed.is_some() {
            if let Some(batch) = &reserved
                && let Err(error) = self.give_up_if_revoked(batch, now)
            {
                self.hand_over(signed, now, &mut each)?;
                return Err(error);
            }
            let (just_signed, recorded, next) = std::thread::scope(|scope| {
                let batch = reserved.as_deref();
                let signing = batch.map(|batch| scope.spawn(|| self.sign_all(batch, pace.jobs.get())));
                let recorded = self.hand_over(signed.take(), now, &mut each);
                let next = match &recorded {
                    Ok(()) if batch.is_some() => self.next(&mut batches, now),
                    _ => None,
                };
                let signed = signing.map(|signing| match signing.join() {
                    Ok(signed) => signed,
                    Err(panic) => std::panic::resume_unwind(panic),
                });
                (signed, recorded, next)
            });
            signed = reserved.take().zip(just_signed);
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
