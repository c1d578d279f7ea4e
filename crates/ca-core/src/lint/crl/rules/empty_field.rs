//! A list of nothing leaves the field out.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_empty_field",
    severity: Severity::Error,
    citation: "RFC 5280, 5.1.2.6",
    about: "A list of nothing leaves the field out.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    (facts.entries.count == 0 && facts.view.has_entries_field())
        .then(|| "it has a list of entries, which is empty: the field must be absent".to_owned())
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
        let list = with(|list| list.entries = Some(Vec::new()));
        assert_breaks_only(&RULE, &list, "the field must be absent");
    }
}
