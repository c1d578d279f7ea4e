//! Each reason is one that exists.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_entry_reason",
    severity: Severity::Error,
    citation: "RFC 5280, 5.3.1",
    about: "Each reason is one that exists.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    let (serial, reason) = facts.entries.bad_reason.as_ref()?;
    Some(format!(
        "the entry of {serial} has the reason {reason}, which does not exist"
    ))
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
        let list = with_entry(&[1], &utc(&made()), &[reason(7)]);
        assert_breaks_only(&RULE, &list, "the reason 7, which does not exist");
    }
}
