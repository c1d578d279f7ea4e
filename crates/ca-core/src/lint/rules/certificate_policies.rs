//! A person's certificate says under which policy it was issued, and under this one.

use crate::lint::{LintContext, Rule, Severity, is_responder};
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_certificate_policies",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.4; CA/B S/MIME BR 7.1.6.4; policy: oid",
    about: "A person's certificate says under which policy it was issued, and under this one.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, context: &LintContext<'_>) -> Option<String> {
    if certificate.is_ca() || is_responder(certificate, context) {
        return None;
    }
    let policies = certificate.certificate_policies();
    if policies.is_empty() {
        return Some("the certificate names no policy".to_owned());
    }
    if policies.contains(&ANY_POLICY) {
        return Some("the certificate names anyPolicy".to_owned());
    }
    let absent = context
        .profile?
        .policy_oids()
        .find(|oid| !policies.contains(oid))?;
    Some(format!("the certificate does not name its policy {absent}"))
}
const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &policy_context()), None);
    }

    #[test]
    fn bad() {
        let information = |oid| PolicyInformation { oid, cps_url: None };
        let other = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.9");
        for (policies, words) in [
            (vec![], "no policy"),
            (vec![ANY_POLICY], "anyPolicy"),
            (vec![other], "does not name its policy"),
        ] {
            let policies = policies.into_iter().map(information).collect();
            let certificate = leaf(|spec| spec.extensions.policies = policies);
            let message = check(&certificate, &policy_context()).unwrap();
            assert!(message.contains(words), "{message}");
        }
    }
}
