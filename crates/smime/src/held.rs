//! Content that is held back until its verdict is known.

use std::fmt;
use std::io;

use crate::spool::Spool;

/// A report, and the content that it judges; the content is given out only if the verdict allows.
pub struct Held<R, S: Spool> {
    report: R,
    spool: S,
    releasable: bool,
}

impl<R, S: Spool> Held<R, S> {
    /// Holds what `spool` has taken in; `releasable` is what the verdict says of it.
    pub(crate) fn new(report: R, spool: S, releasable: bool) -> Self {
        Self {
            report,
            spool,
            releasable,
        }
    }

    /// Returns the report.
    pub fn report(&self) -> &R {
        &self.report
    }

    /// Returns the report and lets go of the content.
    pub fn into_report(self) -> R {
        self.report
    }

    /// Tells whether [`Held::into_content`] will give the content out.
    pub fn is_releasable(&self) -> bool {
        self.releasable
    }

    /// The report, and the spool whatever the verdict: for who judges on.
    pub(crate) fn into_parts(self) -> (R, S) {
        (self.report, self.spool)
    }

    /// Returns a reader of the content.
    ///
    /// # Errors
    /// [`HeldError::Withheld`] if the verdict does not allow it, with the report inside; [`HeldError::Io`] if the
    /// spool cannot be read back.
    pub fn into_content(self) -> Result<S::Reader, HeldError<R>> {
        if !self.releasable {
            return Err(HeldError::Withheld(Box::new(self.report)));
        }
        self.spool.into_reader().map_err(HeldError::Io)
    }
}

impl<R: fmt::Debug, S: Spool> fmt::Debug for Held<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("report", &self.report)
            .field("releasable", &self.releasable)
            .finish()
    }
}

/// Why content was not given out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeldError<R> {
    /// The spool could not be read back.
    #[error("the held content could not be read back: {0}")]
    Io(#[source] io::Error),
    /// The verdict does not allow it.
    #[error("the verdict does not allow the content to be given out; read the report")]
    Withheld(Box<R>),
}
