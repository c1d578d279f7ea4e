//! Each entry names a serial of 1 to 20 octets.

use super::entry;
use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_entry_serial",
    severity: Severity::Error,
    citation: "RFC 5280, 4.1.2.2",
    about: "Each entry names a serial of 1 to 20 octets.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    entry(
        &facts.entries.bad_serial,
        "is not a serial number of 1 to 20 octets",
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
        let list = with_entry(&[0xff], &utc(&made()), &[]);
        assert_breaks_only(&RULE, &list, "the entry of ff is not a serial number");
    }
}
