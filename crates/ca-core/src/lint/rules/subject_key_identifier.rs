//! A certificate identifies its own key.

use crate::lint::{LintContext, Rule, Severity};
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_subject_key_identifier",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.2",
    about: "A certificate identifies its own key.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let Some(identifier) = certificate.subject_key_identifier() else {
        return Some("the subject's key is not identified".to_owned());
    };
    let critical = certificate
        .extensions()
        .any(|extension| extension.oid == IDENTIFIER && extension.critical);
    if identifier.is_empty() {
        Some("the identifier of the subject's key is empty".to_owned())
    } else {
        critical.then(|| "the identifier of the subject's key is critical".to_owned())
    }
}
const IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
    }

    #[test]
    fn bad() {
        let absent = edited(|_, extensions| extensions.retain(|extension| extension.extn_id != IDENTIFIER));
        assert_eq!(
            check(&absent, &context()).unwrap(),
            "the subject's key is not identified"
        );
        let critical = edited(|_, extensions| {
            extensions
                .iter_mut()
                .filter(|extension| extension.extn_id == IDENTIFIER)
                .for_each(|e| e.critical = true);
        });
        assert!(check(&critical, &context()).unwrap().contains("critical"));
    }
}
