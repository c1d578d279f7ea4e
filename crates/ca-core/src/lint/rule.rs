//! What all rules have in common, whatever they are about.

use super::{Finding, RuleSummary, Severity, Subject};

/// A rule; `C` is the function that returns what is wrong, with the value, and nothing if all is well or it is not about this.
pub(crate) struct Rule<C = super::CertificateCheck> {
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
    /// The clause that demands it.
    pub(crate) citation: &'static str,
    /// What it asks for, in a sentence.
    pub(crate) about: &'static str,
    /// The day on which what demands it came out: what is older is not held against it.
    pub(crate) effective: &'static str,
    pub(crate) check: C,
}

impl<C> Rule<C> {
    /// Tells whether it was in force on a day (ISO 8601).
    pub(super) fn is_in_force(&self, day: &str) -> bool {
        self.effective <= day
    }

    pub(super) fn finding(&self, message: String) -> Finding {
        Finding {
            rule: self.name,
            severity: self.severity,
            citation: self.citation,
            about: self.about,
            message,
        }
    }

    pub(super) fn summary(&self, subject: Subject) -> RuleSummary {
        RuleSummary {
            subject,
            name: self.name,
            severity: self.severity,
            about: self.about,
            citation: self.citation,
            effective: self.effective,
        }
    }
}

/// The day of a moment, as rules name theirs.
pub(super) fn day(moment: chrono::DateTime<chrono::Utc>) -> String {
    moment.format("%Y-%m-%d").to_string()
}
