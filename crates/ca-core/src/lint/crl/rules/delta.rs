//! A delta list says what it adds to, and its number is higher.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_delta",
    severity: Severity::Error,
    citation: "RFC 5280, 5.2.4",
    about: "A delta list says what it adds to, and its number is higher.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    let base = facts.view.delta_base_hex()?;
    let number = facts.view.number_hex().unwrap_or_default();
    // Hexadecimal without leading zeros: the longer, the larger.
    ((base.len(), &base) > (number.len(), &number))
        .then(|| format!("it continues number {base}, which is after its own {number}"))
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
        let list = with(|list| list.extensions.push(extension(27, true, &[2, 1, 6])));
        assert_breaks_only(&RULE, &list, "which is after its own");
    }
}
