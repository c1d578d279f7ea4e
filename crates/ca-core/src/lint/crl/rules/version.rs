//! A list is of version 2.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_version",
    severity: Severity::Error,
    citation: "RFC 5280, 5.1.2.1",
    about: "A list is of version 2.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    match facts.view.version() {
        Some(1) => None,
        Some(other) => Some(format!("the version field says {other}, not 1 for version 2")),
        None => Some("it is of version 1, which has no numbers and no extensions".to_owned()),
    }
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
        let list = with(|list| list.version = Some(0));
        assert_breaks_only(&RULE, &list, "the version field says 0, not 1 for version 2");
    }
}
