//! A list is made while its authority is valid.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_issuer_validity",
    severity: Severity::Error,
    citation: "RFC 5280, 6.3.3",
    about: "A list is made while its authority is valid.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    let issuer = facts.issuer?;
    let made = facts.view.this_update();
    (made < issuer.not_before() || made > issuer.not_after()).then(|| {
        format!(
            "it was made at {made}, outside the authority's validity from {} to {}",
            issuer.not_before(),
            issuer.not_after()
        )
    })
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
        let list = with(|list| {
            list.this_update = utc(&later(-1));
            list.entries = None;
        });
        assert_breaks_only(&RULE, &list, "outside the authority's validity");
    }
}
