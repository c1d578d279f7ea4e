//! A list has a number of at most 20 octets.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_number",
    severity: Severity::Error,
    citation: "RFC 5280, 5.2.3",
    about: "A list has a number of at most 20 octets.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    match facts.view.number_hex() {
        None => Some("it has no number".to_owned()),
        Some(number) if number.len() > 40 => Some(format!("its number {number} is longer than 20 octets")),
        Some(_) => None,
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
        let list = with(|list| drop(list.extensions.remove(1)));
        assert_breaks_only(&RULE, &list, "it has no number");
    }
}
