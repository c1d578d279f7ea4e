//! Why a request is refused.

use std::fmt;

use super::Correction;

/// A refused request: every reason, and what would be accepted instead.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(super) policy_title: String,
    pub(super) reasons: Vec<Reason>,
    pub(super) correction: Option<Correction>,
}

/// One reason for a refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// There is no address.
    #[error("no address is given")]
    NoEmail,
}

impl Refusal {
    /// Returns the title of the policy that refused.
    pub fn policy_title(&self) -> &str {
        &self.policy_title
    }

    /// Returns the reasons: at least one.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Returns the request that would be accepted, or `None` where no request from the command line would be.
    pub fn correction(&self) -> Option<&Correction> {
        self.correction.as_ref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused under \"{}\"", self.policy_title)?;
        for reason in &self.reasons {
            write!(f, "\n- {reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
