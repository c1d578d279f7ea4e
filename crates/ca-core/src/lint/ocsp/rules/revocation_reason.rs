//! Each reason is one that a certificate can be revoked for.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};
use identity::ocsp::CertStatus;

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_revocation_reason",
    severity: Severity::Error,
    citation: "RFC 6960, 4.2.1; RFC 5280, 5.3.1",
    about: "Each reason is one that a certificate can be revoked for.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    facts.data.responses().iter().find_map(|response| {
        let CertStatus::Revoked { reason, .. } = response.status else {
            return None;
        };
        // removeFromCRL (8) belongs to delta lists; 7 was never given.
        let reason = reason.filter(|reason| matches!(reason, 7 | 8 | 11..))?;
        Some(format!(
            "{} is said to be revoked for the reason {reason}, for which nothing is",
            response.certificate.serial_hex()
        ))
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
        let answer = with(|answer| answer.responses[0].status = revoked(&later(0), Some(7)));
        assert_breaks(&RULE, &answer, "the reason 7");
        let answer = with(|answer| answer.responses[0].status = revoked(&later(0), Some(8)));
        assert_breaks(&RULE, &answer, "the reason 8");
    }
}
