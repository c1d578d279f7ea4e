//! Rules for PKCS#12 files, as people are handed them.

mod rules;
#[cfg(test)]
mod testing;

use super::rule::Rule;
use super::{Finding, RuleSummary, Subject};
use identity::pkcs12::Contents;

/// A rule about files.
type P12Rule = Rule<fn(&Contents) -> Option<String>>;

/// Holds an opened file against every rule about such files, whose age nobody can tell; its certificates have rules of their own.
pub fn lint_p12(contents: &Contents) -> Vec<Finding> {
    rules::ALL
        .iter()
        .filter_map(|rule| (rule.check)(contents).map(|message| rule.finding(message)))
        .collect()
}

/// The rules, for documents about them.
pub(super) fn catalogue() -> impl Iterator<Item = RuleSummary> {
    rules::ALL.iter().map(|rule| rule.summary(Subject::P12))
}
