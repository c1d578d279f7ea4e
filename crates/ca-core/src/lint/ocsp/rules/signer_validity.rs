//! The responder's certificate is valid when it signs.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_signer_validity",
    severity: Severity::Error,
    citation: "RFC 6960, 4.2.2.2",
    about: "The responder's certificate is valid when it signs.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let (signer, made) = (facts.signer?, facts.data.produced_at());
    (!signer.is_valid_at(made)).then(|| {
        format!(
            "it was signed at {made}, outside the validity of its responder's certificate from {} to {}",
            signer.not_before(),
            signer.not_after()
        )
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
        let answer = with(|answer| answer.produced_at = later(24 * 40));
        assert_breaks(&RULE, &answer, "outside the validity");
    }
}
