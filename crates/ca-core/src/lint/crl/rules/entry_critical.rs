//! No entry demands an extension that readers may not know.

use super::entry;
use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "w_crl_entry_critical",
    severity: Severity::Warning,
    citation: "RFC 5280, 5.3",
    about: "No entry demands an extension that readers may not know.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    entry(
        &facts.entries.critical,
        "has a critical extension that readers may not know",
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
        let unknown = extension(99, true, &[5, 0]);
        let list = with_entry(&[1], &utc(&made()), &[unknown]);
        assert_breaks_only(&RULE, &list, "has a critical extension");
    }
}
