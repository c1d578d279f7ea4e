//! No extension demands to be understood.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};

pub(super) static RULE: OcspRule = OcspRule {
    name: "w_ocsp_extension_criticality",
    severity: Severity::Warning,
    citation: "RFC 6960, 4.4",
    about: "No extension demands to be understood.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let data = facts.data;
    if data.has_unknown_critical_extension() {
        return Some("it has a critical extension that readers may not know".to_owned());
    }
    let single = data
        .responses()
        .iter()
        .find(|response| response.has_unknown_critical_extension)?;
    Some(format!(
        "what it says of {} has a critical extension that readers may not know",
        single.certificate.serial_hex()
    ))
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
        let answer = with(|answer| answer.extensions.push(extension(99, true, &[5, 0])));
        assert_breaks(&RULE, &answer, "has a critical extension");
        let answer = with(|answer| answer.responses[0].extensions.push(extension(99, true, &[5, 0])));
        assert_breaks(&RULE, &answer, "what it says of 5 has");
    }
}
