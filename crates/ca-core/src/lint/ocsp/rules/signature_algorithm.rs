//! Answers are signed by algorithms that still bind.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};
use identity::DigestAlgorithm;

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_signature_algorithm",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.3.2; RFC 9155",
    about: "Answers are signed by algorithms that still bind.",
    effective: "2023-09-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let Some(scheme) = facts.data.signature_scheme() else {
        return Some("its signature algorithm is not known here".to_owned());
    };
    let weak = matches!(
        scheme.digest(),
        DigestAlgorithm::Md5 | DigestAlgorithm::Sha1 | DigestAlgorithm::Sha224
    );
    weak.then(|| format!("it is signed over {}", scheme.digest()))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::ocsp::testing::*;
    use identity::{DigestAlgorithm, SignatureScheme};

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good()), None);
    }

    #[test]
    fn bad() {
        let answer = with(|answer| answer.scheme = SignatureScheme::Ecdsa(DigestAlgorithm::Sha1));
        assert_breaks(&RULE, &answer, "it is signed over sha1");
    }
}
