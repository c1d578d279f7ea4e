//! An answer says until when it may be kept.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};

pub(super) static RULE: OcspRule = OcspRule {
    name: "w_ocsp_next_update",
    severity: Severity::Warning,
    citation: "RFC 5019, 2.2.4; CA/B S/MIME BR 4.9.10",
    about: "An answer says until when it may be kept.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let open = facts
        .data
        .responses()
        .iter()
        .find(|response| response.next_update.is_none())?;
    Some(format!(
        "it does not say until when the answer about {} holds",
        open.certificate.serial_hex()
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
        let answer = with(|answer| answer.responses[0].next_update = None);
        assert_breaks(&RULE, &answer, "does not say until when");
    }
}
