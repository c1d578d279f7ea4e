//! The certificate of an OCSP responder signs answers, says that nobody need ask about it, and does not live long.

use crate::lint::{LintContext, Rule, Severity, is_responder};
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_ocsp_responder",
    severity: Severity::Error,
    citation: "RFC 6960, 4.2.2.2",
    about: "The certificate of an OCSP responder signs answers, says that nobody need ask about it, and does not live long.",
    effective: "2013-06-01",
    check,
};

fn check(certificate: &Certificate, context: &LintContext<'_>) -> Option<String> {
    if !is_responder(certificate, context) {
        return None;
    }
    if certificate.is_ca() {
        return Some("an OCSP responder's certificate is an authority's too".to_owned());
    }
    if !certificate
        .key_usage()
        .is_some_and(|usage| usage.digital_signature)
    {
        return Some("an OCSP responder's certificate does not allow digitalSignature".to_owned());
    }
    let no_check = certificate
        .extensions()
        .find(|extension| extension.oid == NO_CHECK);
    // RFC 5280 4.1.2.5: the last second belongs to it.
    let days = (certificate.not_after() - certificate.not_before())
        .num_seconds()
        .saturating_add(1)
        / 86_400;
    match no_check {
        None => Some("an OCSP responder's certificate lacks id-pkix-ocsp-nocheck".to_owned()),
        Some(extension) if extension.critical => {
            Some("id-pkix-ocsp-nocheck is critical, which not every program understands".to_owned())
        }
        // Nobody asks whether it was revoked.
        Some(_) => (days > LONGEST_DAYS).then(|| {
            format!("an OCSP responder's certificate that cannot be revoked is valid for {days} days")
        }),
    }
}

/// id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1).
const NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");

const LONGEST_DAYS: i64 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;
    use crate::lint::{OCSP_SIGNING, lint_certificate};

    fn responder(change: impl FnOnce(&mut CertificateSpec<'_>)) -> Certificate {
        leaf(|spec| {
            spec.validity = period(30);
            spec.subject = name(&[(identity::name::COMMON_NAME, "Example CA OCSP")]);
            spec.extensions.role = Role::OcspResponder;
            spec.extensions.extended_key_usage = vec![OCSP_SIGNING];
            spec.extensions.alternative_names.clear();
            spec.extensions.policies.clear();
            spec.extensions.key_usage.key_agreement = false;
            change(spec);
        })
    }

    #[test]
    fn good() {
        assert_eq!(lint_certificate(&responder(|_| {}), &context()), []);
        assert_eq!(check(&leaf(|_| {}), &context()), None, "a person's");
    }

    #[test]
    fn bad() {
        let checked = responder(|spec| spec.extensions.role = Role::EndEntity);
        assert!(check(&checked, &context()).unwrap().contains("nocheck"));
        let long = responder(|spec| spec.validity = period(101));
        assert!(check(&long, &context()).unwrap().contains("101 days"));
        let mute = responder(|spec| {
            spec.extensions.key_usage.digital_signature = false;
            spec.extensions.key_usage.key_agreement = true;
        });
        assert!(check(&mute, &context()).unwrap().contains("digitalSignature"));
        // Under a policy for people there is no such certificate.
        let findings = lint_certificate(&responder(|_| {}), &policy_context());
        assert!(
            findings
                .iter()
                .any(|finding| finding.rule == "e_extended_key_usage")
        );
    }
}
