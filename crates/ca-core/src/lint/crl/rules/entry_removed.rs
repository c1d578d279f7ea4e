//! Only a delta list takes entries back.

use super::entry;
use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_entry_removed",
    severity: Severity::Error,
    citation: "RFC 5280, 5.3.1",
    about: "Only a delta list takes entries back.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    if facts.view.delta_base_hex().is_some() {
        return None;
    }
    entry(
        &facts.entries.removed,
        "is said to be removed, which only delta lists may say",
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
        let list = with_entry(&[1], &utc(&made()), &[reason(8)]);
        assert_breaks_only(&RULE, &list, "only delta lists");
    }
}
