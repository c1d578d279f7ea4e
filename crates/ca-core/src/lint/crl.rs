//! Rules that every revocation list is held against before it is signed, in one pass over its entries.

mod rules;

use super::{Finding, RuleSummary, Severity, Subject};
use identity::Certificate;
use identity::crl::{CertificateListView, CrlError, Entry};

/// What a list is, for the rules to judge.
struct CrlFacts<'a> {
    view: &'a CertificateListView<'a>,
    issuer: Option<&'a Certificate>,
    entries: EntryFacts,
}

/// What was seen in the entries; of each flaw the first.
#[derive(Default)]
struct EntryFacts {
    count: u64,
    bad_serial: Option<String>,
    bad_reason: Option<(String, u8)>,
    unspecified: Option<String>,
    removed: Option<String>,
    bad_date: Option<String>,
    future: Option<String>,
    critical: Option<String>,
}

/// A rule about lists.
struct CrlRule {
    name: &'static str,
    severity: Severity,
    /// The clause that demands it.
    citation: &'static str,
    /// What it asks for, in a sentence.
    about: &'static str,
    /// Returns what is wrong, with the value.
    check: fn(&CrlFacts<'_>) -> Option<String>,
}

/// Holds a list against every rule and returns what is wrong, in the order of the rules.
///
/// # Errors
/// [`CrlError`] if an entry cannot be read.
pub fn lint_crl(
    view: &CertificateListView<'_>,
    issuer: Option<&Certificate>,
) -> Result<Vec<Finding>, CrlError> {
    lint_crl_entries(view, issuer, &mut |_| {})
}

/// As [`lint_crl`], showing each entry to `visit` on the way.
///
/// # Errors
/// [`CrlError`] if an entry cannot be read.
pub(crate) fn lint_crl_entries(
    view: &CertificateListView<'_>,
    issuer: Option<&Certificate>,
    visit: &mut dyn FnMut(&Entry<'_>),
) -> Result<Vec<Finding>, CrlError> {
    let mut entries = EntryFacts::default();
    for entry in view.entries() {
        let entry = entry?;
        visit(&entry);
        entries.add(&entry, view);
    }
    let facts = CrlFacts {
        view,
        issuer,
        entries,
    };
    let findings = rules::ALL.iter().filter_map(|rule| {
        let message = (rule.check)(&facts)?;
        Some(Finding {
            rule: rule.name,
            severity: rule.severity,
            citation: rule.citation,
            about: rule.about,
            message,
        })
    });
    Ok(findings.collect())
}

/// The rules, for documents about them.
pub(super) fn catalogue() -> impl Iterator<Item = RuleSummary> {
    rules::ALL.iter().map(|rule| RuleSummary {
        subject: Subject::RevocationList,
        name: rule.name,
        severity: rule.severity,
        about: rule.about,
        citation: rule.citation,
        effective: None,
    })
}

impl EntryFacts {
    fn add(&mut self, entry: &Entry<'_>, view: &CertificateListView<'_>) {
        self.count += 1;
        let note = |place: &mut Option<String>, wrong: bool| {
            if wrong && place.is_none() {
                *place = Some(hex::encode(entry.serial));
            }
        };
        let positive = entry.serial.first().is_some_and(|byte| byte & 0x80 == 0) && entry.serial != [0];
        let length = entry.serial.strip_prefix(&[0]).unwrap_or(entry.serial).len();
        note(&mut self.bad_serial, !positive || length > 20);
        note(&mut self.unspecified, entry.reason == Some(0));
        note(&mut self.removed, entry.reason == Some(8));
        note(&mut self.bad_date, !entry.date_is_rightly_encoded);
        note(&mut self.future, entry.revocation_date > view.this_update());
        note(&mut self.critical, entry.has_other_critical_extension);
        if let Some(reason) = entry.reason.filter(|reason| *reason == 7 || *reason > 10)
            && self.bad_reason.is_none()
        {
            self.bad_reason = Some((hex::encode(entry.serial), reason));
        }
    }
}

#[cfg(test)]
mod tests;
