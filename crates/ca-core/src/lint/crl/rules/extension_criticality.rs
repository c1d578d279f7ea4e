//! Each extension is as critical as the standard has it.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_extension_criticality",
    severity: Severity::Error,
    citation: "RFC 5280, 5.2",
    about: "Each extension is as critical as the standard has it.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    facts.view.extensions().find_map(|extension| {
        let must_be = match extension.oid {
            AUTHORITY_KEY_IDENTIFIER | CRL_NUMBER | FRESHEST_CRL => false,
            DELTA_CRL_INDICATOR | ISSUING_DISTRIBUTION_POINT => true,
            _ => return None,
        };
        let says = |critical| if critical { "critical" } else { "not critical" };
        (extension.critical != must_be).then(|| {
            format!(
                "the extension {} is {}, but must be {}",
                extension.oid,
                says(extension.critical),
                says(must_be)
            )
        })
    })
}

const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const FRESHEST_CRL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.46");

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::crl::testing::*;
    use crate::lint::testing::issuer;

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good(), issuer()), None);
    }

    #[test]
    fn bad() {
        let list = with(|list| list.extensions[1] = extension(20, true, &[2, 1, 5]));
        assert_breaks_only(&RULE, &list, "is critical, but must be not critical");
    }
}
