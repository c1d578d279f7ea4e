//! No reason is better than one that says nothing.

use super::entry;
use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "w_crl_entry_reason_unspecified",
    severity: Severity::Warning,
    citation: "RFC 5280, 5.3.1",
    about: "No reason is better than one that says nothing.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    entry(
        &facts.entries.unspecified,
        "says that no reason is given, instead of giving none",
    )
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
        let list = with_entry(&[1], &utc(&made()), &[reason(0)]);
        assert_breaks_only(&RULE, &list, "instead of giving none");
    }
}
