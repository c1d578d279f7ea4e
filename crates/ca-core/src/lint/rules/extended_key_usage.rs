//! Certificates for mail are for mail, and never for servers, code or anything at all.

use crate::lint::{LintContext, OCSP_SIGNING, Rule, Severity, is_responder};
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_extended_key_usage",
    severity: Severity::Error,
    citation: "RFC 8550, 4.4.4; CA/B S/MIME BR 7.1.2.3 (f)",
    about: "Certificates for mail are for mail, and never for servers, code or anything at all.",
    effective: "2019-04-01",
    check,
};

fn check(certificate: &Certificate, context: &LintContext<'_>) -> Option<String> {
    let purposes = certificate.extended_key_usage();
    if certificate.is_ca() && certificate.is_self_issued() {
        return purposes.map(|_| "the certificate of a root is limited to purposes".to_owned());
    }
    let purposes = purposes.unwrap_or_default();
    if is_responder(certificate, context) {
        return (purposes.len() > 1).then(|| "OCSPSigning is not the only extended key usage".to_owned());
    }
    if !purposes.contains(&EMAIL_PROTECTION) {
        return Some("emailProtection is not among the extended key usages".to_owned());
    }
    let (_, name) = FORBIDDEN.iter().find(|(oid, _)| purposes.contains(oid))?;
    Some(format!("{name} is among the extended key usages"))
}
const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
const FORBIDDEN: [(ObjectIdentifier, &str); 5] = [
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"), "serverAuth"),
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3"), "codeSigning"),
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"), "timeStamping"),
    (OCSP_SIGNING, "OCSPSigning"),
    (ObjectIdentifier::new_unwrap("2.5.29.37.0"), "anyExtendedKeyUsage"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(issuer(), &context()), None);
        assert_eq!(check(root(), &context()), None);
    }

    #[test]
    fn bad() {
        let none = leaf(|spec| spec.extensions.extended_key_usage.clear());
        assert!(
            check(&none, &context())
                .unwrap()
                .contains("emailProtection is not")
        );
        for (oid, name) in FORBIDDEN {
            let certificate = leaf(|spec| spec.extensions.extended_key_usage.push(oid));
            assert!(check(&certificate, &context()).unwrap().contains(name));
        }
    }
}
