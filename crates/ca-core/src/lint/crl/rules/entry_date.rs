//! Each entry has a date of the right type.

use super::entry;
use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_entry_date",
    severity: Severity::Error,
    citation: "RFC 5280, 5.1.2.6",
    about: "Each entry has a date of the right type.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    entry(&facts.entries.bad_date, "has a date in the wrong type")
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
        // GeneralizedTime for a year that UTCTime knows.
        let date = tlv(0x18, &[format!("20{}", made()).as_bytes()]);
        let list = with_entry(&[1], &date, &[]);
        assert_breaks_only(&RULE, &list, "a date in the wrong type");
    }
}
