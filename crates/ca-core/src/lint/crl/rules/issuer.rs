//! A list names the authority that made it, by the very bytes of its subject.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_issuer",
    severity: Severity::Error,
    citation: "RFC 5280, 5.1.2.3",
    about: "A list names the authority that made it, by the very bytes of its subject.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    let subject = facts.issuer?.subject();
    (facts.view.issuer().der() != subject.der()).then(|| {
        format!(
            "its issuer is \"{}\", but the authority is \"{subject}\"",
            facts.view.issuer()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::crl::testing::*;
    use crate::lint::testing::{issuer, root};

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good(), issuer()), None);
    }

    #[test]
    fn bad() {
        let list = with(|list| list.issuer = root().subject().der().to_vec());
        assert_breaks_only(&RULE, &list, "but the authority is");
    }
}
