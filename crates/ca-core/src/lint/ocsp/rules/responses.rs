//! An answer is about at least one certificate, and about each once.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};
use std::collections::HashSet;

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_responses",
    severity: Severity::Error,
    citation: "RFC 6960, 4.2.1",
    about: "An answer is about at least one certificate, and about each once.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let responses = facts.data.responses();
    if responses.is_empty() {
        return Some("it says nothing of any certificate".to_owned());
    }
    let mut said = HashSet::new();
    let twice = responses
        .iter()
        .find(|response| !said.insert(&response.certificate))?;
    Some(format!("it speaks twice of {}", twice.certificate.serial_hex()))
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
        let answer = with(|answer| answer.responses.clear());
        assert_breaks(&RULE, &answer, "says nothing of any certificate");
        let answer = with(|answer| answer.responses.push(answer.responses[0].clone()));
        assert_breaks(&RULE, &answer, "it speaks twice of 5");
    }
}
