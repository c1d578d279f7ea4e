//! A nonce has 1 to 128 octets.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_nonce",
    severity: Severity::Error,
    citation: "RFC 9654, 2.1",
    about: "A nonce has 1 to 128 octets.",
    effective: "2024-11-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let length = facts.data.nonce()?.len();
    (!(1..=128).contains(&length)).then(|| format!("its nonce has {length} octets"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::ocsp::testing::*;

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good()), None);
    }

    #[test]
    fn bad() {
        let long = tlv(4, &[&[7; 129]]);
        let answer = with(|answer| answer.extensions.push(extension(2, false, &long)));
        assert_breaks(&RULE, &answer, "its nonce has 129 octets");
        let answer = with(|answer| answer.extensions.push(extension(2, false, &[4, 0])));
        assert_breaks(&RULE, &answer, "its nonce has 0 octets");
    }
}
