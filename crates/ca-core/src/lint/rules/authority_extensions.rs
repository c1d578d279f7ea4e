//! Only the certificates of authorities constrain names and policies.

use crate::lint::{LintContext, Rule, Severity};
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_authority_extensions",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.5, 4.2.1.10, 4.2.1.11 and 4.2.1.14",
    about: "Only the certificates of authorities constrain names and policies.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    if certificate.is_ca() {
        return None;
    }
    certificate.extensions().find_map(|extension| {
        let (_, what) = OF_AUTHORITIES.iter().find(|(oid, _)| *oid == extension.oid)?;
        Some(format!("{what} stands in a certificate that is no authority's"))
    })
}
const OF_AUTHORITIES: [(ObjectIdentifier, &str); 4] = [
    (ObjectIdentifier::new_unwrap("2.5.29.33"), "policyMappings"),
    (ObjectIdentifier::new_unwrap("2.5.29.30"), "nameConstraints"),
    (ObjectIdentifier::new_unwrap("2.5.29.36"), "policyConstraints"),
    (ObjectIdentifier::new_unwrap("2.5.29.54"), "inhibitAnyPolicy"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::put;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(issuer(), &context()), None);
    }

    #[test]
    fn bad() {
        for (oid, what) in OF_AUTHORITIES {
            let certificate = put(&leaf(|_| {}), &oid.to_string(), true, &[0x30, 0]);
            assert!(check(&certificate, &context()).unwrap().contains(what));
        }
    }
}
