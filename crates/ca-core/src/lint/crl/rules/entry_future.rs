//! No entry is dated after the list.

use super::entry;
use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "w_crl_entry_future",
    severity: Severity::Warning,
    citation: "RFC 5280, 5.1.2.6",
    about: "No entry is dated after the list.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    entry(&facts.entries.future, "is dated after the list")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::crl::testing::*;
    use crate::lint::testing::issuer;

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good(), issuer()), None);
    }

    #[test]
    fn bad() {
        let list = with_entry(&[1], &utc(&later(2)), &[]);
        assert_breaks_only(&RULE, &list, "is dated after the list");
    }
}
