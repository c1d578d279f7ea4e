//! A list is signed with an algorithm of the requirements, written in the one form that they give.

use crate::lint::Severity;
use crate::lint::baseline::signature_fault;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_sbr_crl_signature_algorithm",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.3.2",
    about: "A list is signed with an algorithm of the requirements, written in the one form that they give.",
    effective: "2023-09-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    signature_fault(facts.view.signature_algorithm_der())
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
        // SHA-1 with RSA.
        let old = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00";
        let list = with(|list| list.algorithm = old.to_vec());
        assert!(judged(&RULE, &list, issuer()).unwrap().contains("0d0101"));
    }
}
