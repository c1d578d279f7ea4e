//! Nobody need ask whether the responder itself is revoked.

use crate::lint::ocsp::{OcspFacts, OcspRule};
use crate::lint::{OCSP_SIGNING, Severity};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_signer_no_check",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 4.9.9; RFC 6960, 4.2.2.2.1",
    about: "Nobody need ask whether the responder itself is revoked.",
    effective: "2023-09-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let signer = facts.signer.filter(|signer| {
        let purposes = signer.extended_key_usage().unwrap_or_default();
        purposes.contains(&OCSP_SIGNING)
    })?;
    let says_so = signer.extensions().any(|extension| extension.oid == NO_CHECK);
    (!says_so).then(|| {
        format!(
            "the certificate of \"{}\" lacks id-pkix-ocsp-nocheck",
            signer.subject()
        )
    })
}

/// id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1).
const NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::ocsp::testing::*;
    use crate::lint::testing::Role;

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good()), None);
    }

    #[test]
    fn bad() {
        let checked = responder(|spec| spec.extensions.role = Role::EndEntity);
        let answer = with(|answer| answer.signer = checked);
        assert_breaks(&RULE, &answer, "lacks id-pkix-ocsp-nocheck");
    }
}
