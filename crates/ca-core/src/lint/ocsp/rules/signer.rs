//! Who signs is the issuer itself, or has from it a certificate for nothing but that.

use crate::lint::ocsp::{OcspFacts, OcspRule};
use crate::lint::{OCSP_SIGNING, Severity};

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_signer",
    severity: Severity::Error,
    citation: "RFC 6960, 4.2.2.2",
    about: "Who signs is the issuer itself, or has from it a certificate for nothing but that.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let signer = facts.signer?;
    if facts
        .issuer
        .is_some_and(|issuer| issuer.public_key() == signer.public_key())
    {
        return None;
    }
    let purposes = signer.extended_key_usage().unwrap_or_default();
    if !purposes.contains(&OCSP_SIGNING) {
        return Some(format!(
            "the certificate of \"{}\" is not for signing answers (id-kp-OCSPSigning)",
            signer.subject()
        ));
    }
    let issuer = facts.issuer?;
    let names_issuer = signer.issuer().matches(issuer.subject())
        && match (signer.authority_key_identifier(), issuer.subject_key_identifier()) {
            (Some(named), Some(own)) => named == own,
            _ => true,
        };
    (!names_issuer).then(|| {
        format!(
            "the responder's certificate is by \"{}\", not by \"{}\" itself",
            signer.issuer(),
            issuer.subject()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::ocsp::testing::*;
    use crate::lint::testing::root;

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good()), None);
    }

    #[test]
    fn bad() {
        let other = responder(|spec| spec.extensions.extended_key_usage.clear());
        let answer = with(|answer| answer.signer = other);
        assert_breaks(&RULE, &answer, "is not for signing answers");
        let stranger = responder(|spec| spec.issuer = root().subject());
        let answer = with(|answer| answer.signer = stranger);
        assert_breaks(&RULE, &answer, "not by \"");
    }
}
