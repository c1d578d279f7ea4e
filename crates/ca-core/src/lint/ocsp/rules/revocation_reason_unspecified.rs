//! No reason is better than one that says nothing.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};
use identity::ocsp::CertStatus;

pub(super) static RULE: OcspRule = OcspRule {
    name: "w_ocsp_revocation_reason_unspecified",
    severity: Severity::Warning,
    citation: "RFC 5280, 5.3.1",
    about: "No reason is better than one that says nothing.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    facts.data.responses().iter().find_map(|response| {
        let says_nothing = matches!(response.status, CertStatus::Revoked { reason: Some(0), .. });
        says_nothing.then(|| {
            format!(
                "{} is said to be revoked for no given reason, instead of giving none",
                response.certificate.serial_hex()
            )
        })
    })
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
        let answer = with(|answer| answer.responses[0].status = revoked(&later(0), Some(0)));
        assert_breaks(&RULE, &answer, "instead of giving none");
    }
}
