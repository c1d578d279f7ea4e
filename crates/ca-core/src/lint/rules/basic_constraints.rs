//! Only an authority is an authority, and then every program must understand that.

use crate::lint::{LintContext, Rule, Severity};
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_basic_constraints",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.9",
    about: "Only an authority is an authority, and then every program must understand that.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let constraints = certificate.basic_constraints()?;
    let critical = certificate
        .extensions()
        .any(|extension| extension.oid == BASIC_CONSTRAINTS && extension.critical);
    let signs = certificate.key_usage().is_some_and(|usage| usage.key_cert_sign);
    if constraints.ca && !critical {
        Some("the certificate of an authority says so in an extension that is not critical".to_owned())
    } else if constraints.ca != signs {
        Some(format!("cA is {} but keyCertSign is {signs}", constraints.ca))
    } else {
        constraints
            .path_len
            .filter(|_| !constraints.ca)
            .map(|length| format!("the certificate is no authority's but has a path length of {length}"))
    }
}
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(issuer(), &context()), None);
    }

    #[test]
    fn bad() {
        let certificate = leaf(|spec| spec.extensions.role = Role::Authority { path_length: None });
        assert_eq!(
            check(&certificate, &context()).unwrap(),
            "cA is true but keyCertSign is false"
        );
        let certificate = leaf(|spec| spec.extensions.key_usage.key_cert_sign = true);
        assert_eq!(
            check(&certificate, &context()).unwrap(),
            "cA is false but keyCertSign is true"
        );
    }
}
