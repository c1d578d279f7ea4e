//! Extensions are critical where the standard wants it, and not where it forbids it.

use crate::lint::{LintContext, Rule, Severity};
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_extension_criticality",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.1, 4.2.1.2, 4.2.1.8, 4.2.1.11, 4.2.1.14, 4.2.1.15, 4.2.2",
    about: "Extensions are critical where the standard wants it, and not where it forbids it.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    certificate.extensions().find_map(|extension| {
        let (_, what, critical) = FIXED.iter().find(|(oid, ..)| *oid == extension.oid)?;
        match (*critical, extension.critical) {
            (true, false) => Some(format!("{what} is not critical")),
            (false, true) => Some(format!("{what} is critical")),
            _ => None,
        }
    })
}
const FIXED: [(ObjectIdentifier, &str, bool); 8] = [
    (
        ObjectIdentifier::new_unwrap("2.5.29.35"),
        "authorityKeyIdentifier",
        false,
    ),
    (
        ObjectIdentifier::new_unwrap("2.5.29.14"),
        "subjectKeyIdentifier",
        false,
    ),
    (
        ObjectIdentifier::new_unwrap("2.5.29.9"),
        "subjectDirectoryAttributes",
        false,
    ),
    (ObjectIdentifier::new_unwrap("2.5.29.46"), "freshestCRL", false),
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1"),
        "authorityInfoAccess",
        false,
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.11"),
        "subjectInfoAccess",
        false,
    ),
    (
        ObjectIdentifier::new_unwrap("2.5.29.36"),
        "policyConstraints",
        true,
    ),
    (
        ObjectIdentifier::new_unwrap("2.5.29.54"),
        "inhibitAnyPolicy",
        true,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::{harden, put};
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(issuer(), &context()), None);
    }

    #[test]
    fn bad() {
        for (oid, what, critical) in FIXED {
            // Those that are read must be readable.
            let value: &[u8] = if what == "subjectKeyIdentifier" {
                &[4, 1, 7]
            } else {
                &[0x30, 0]
            };
            let certificate = put(&leaf(|_| {}), &oid.to_string(), !critical, value);
            assert!(check(&certificate, &context()).unwrap().contains(what));
        }
        let hard = harden(&leaf(|_| {}), "2.5.29.35");
        assert_eq!(
            check(&hard, &context()).unwrap(),
            "authorityKeyIdentifier is critical"
        );
    }
}
