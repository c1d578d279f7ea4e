//! Nothing is revoked later than it is said to be.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};
use identity::ocsp::CertStatus;

pub(super) static RULE: OcspRule = OcspRule {
    name: "w_ocsp_revocation_future",
    severity: Severity::Warning,
    citation: "RFC 6960, 4.2.1",
    about: "Nothing is revoked later than it is said to be.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let made = facts.data.produced_at();
    facts
        .data
        .responses()
        .iter()
        .find_map(|response| match response.status {
            CertStatus::Revoked { at, .. } if at > made => Some(format!(
                "{} is said to be revoked at {at}, after it was signed at {made}",
                response.certificate.serial_hex()
            )),
            _ => None,
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
        let answer = with(|answer| answer.responses[0].status = revoked(&later(2), None));
        assert_breaks(&RULE, &answer, "after it was signed");
    }
}
