//! Whoever makes lists may do so.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_issuer_key_usage",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.3",
    about: "Whoever makes lists may do so.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    let usage = facts.issuer?.key_usage()?;
    (!usage.crl_sign).then(|| "the authority's key may not sign lists (keyUsage without cRLSign)".to_owned())
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
        let leaf = crate::lint::testing::leaf(|_| {});
        let said = judged(&RULE, &good(), &leaf).unwrap();
        assert!(said.contains("may not sign lists"), "{said}");
    }
}
