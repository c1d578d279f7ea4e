//! Rules that every revocation list is held against before it is signed, in one pass over its entries.

mod baseline;
mod rules;
#[cfg(test)]
mod testing;

use super::rule::{Rule, day};
use super::{Finding, RuleSummary, Subject};
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
type CrlRule = Rule<fn(&CrlFacts<'_>) -> Option<String>>;

/// Holds a list against every rule that was in force when it was made, and returns what is wrong, in the order of the rules.
///
/// # Errors
/// [`CrlError`] if an entry cannot be read.
pub fn lint_crl(
    view: &CertificateListView<'_>,
    issuer: Option<&Certificate>,
) -> Result<Vec<Finding>, CrlError> {
    let facts = CrlFacts::read(view, issuer, &mut |_| {})?;
    let day = day(view.this_update());
    Ok(facts.check_rules(|rule| rule.is_in_force(&day)))
}

/// Holds a list that is to be signed against every rule, showing each entry to `visit` on the way.
///
/// # Errors
/// [`CrlError`] if an entry cannot be read.
pub(crate) fn lint_unsigned_crl(
    view: &CertificateListView<'_>,
    issuer: &Certificate,
    visit: &mut dyn FnMut(&Entry<'_>),
) -> Result<Vec<Finding>, CrlError> {
    // What is signed today meets today's rules, whatever moment it is dated for.
    Ok(CrlFacts::read(view, Some(issuer), visit)?.check_rules(|_| true))
}

/// Holds a list against what the S/MIME Baseline Requirements want beyond that, which is nothing of its entries.
pub fn lint_baseline_crl(view: &CertificateListView<'_>, issuer: Option<&Certificate>) -> Vec<Finding> {
    let facts = CrlFacts {
        view,
        issuer,
        entries: EntryFacts::default(),
    };
    let day = day(view.this_update());
    let in_force = baseline::ALL.iter().filter(|rule| rule.is_in_force(&day));
    in_force
        .filter_map(|rule| (rule.check)(&facts).map(|message| rule.finding(message)))
        .collect()
}

/// The rules, for documents about them.
pub(super) fn catalogue() -> impl Iterator<Item = RuleSummary> {
    rules::ALL
        .iter()
        .map(|rule| rule.summary(Subject::RevocationList))
        .chain(baseline::ALL.iter().map(|rule| rule.summary(Subject::Baseline)))
}

impl<'a> CrlFacts<'a> {
    fn read(
        view: &'a CertificateListView<'a>,
        issuer: Option<&'a Certificate>,
        visit: &mut dyn FnMut(&Entry<'_>),
    ) -> Result<Self, CrlError> {
        let mut entries = EntryFacts::default();
        for entry in view.entries() {
            let entry = entry?;
            visit(&entry);
            entries.add(&entry, view);
        }
        Ok(Self {
            view,
            issuer,
            entries,
        })
    }

    fn check_rules(&self, is_in_force: impl Fn(&CrlRule) -> bool) -> Vec<Finding> {
        let in_force = rules::ALL.iter().filter(|rule| is_in_force(rule));
        in_force
            .filter_map(|rule| (rule.check)(self).map(|message| rule.finding(message)))
            .collect()
    }
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
mod tests {
    use super::testing::*;

    #[test]
    fn the_good_examples_break_no_rule() {
        assert_eq!(broken(&good()), [""; 0]);
        let delta = with(|list| {
            list.extensions.push(extension(27, true, &[2, 1, 4]));
            list.entries = Some(vec![entry(&[1], &utc(&made()), &[reason(8)])]);
        });
        assert_eq!(broken(&delta), [""; 0]);
        assert_eq!(broken(&with(|list| list.entries = None)), [""; 0]);
    }
}
