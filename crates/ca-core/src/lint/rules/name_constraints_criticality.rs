//! nameConstraints are critical: who does not know them must not trust what is below.

use crate::lint::{LintContext, Rule, Severity};
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "w_name_constraints_criticality",
    severity: Severity::Warning,
    citation: "RFC 5280, 4.2.1.10",
    about: "nameConstraints are critical: who does not know them must not trust what is below.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let mut extensions = certificate.extensions();
    let constraints = extensions.find(|extension| extension.oid == NAME_CONSTRAINTS)?;
    (!constraints.critical).then(|| {
        "nameConstraints are not critical: programs that do not know them trust any address below".to_owned()
    })
}
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(issuer(), &context()), None);
        assert_eq!(check(&leaf(|_| {}), &context()), None);
    }

    #[test]
    fn bad() {
        let soft = edit(issuer(), |_, extensions| {
            let named = extensions.iter_mut().find(|one| one.extn_id == NAME_CONSTRAINTS);
            named.unwrap().critical = false;
        });
        assert!(check(&soft, &context()).is_some());
    }
}
