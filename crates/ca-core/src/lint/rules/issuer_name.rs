//! The issuer is named by the very bytes of its own subject.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_issuer_name",
    severity: Severity::Error,
    citation: "RFC 5280, 4.1.2.4 and 7.1",
    about: "The issuer is named by the very bytes of its own subject.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, context: &LintContext<'_>) -> Option<String> {
    let issuer = context.issuer.unwrap_or(certificate);
    if certificate.issuer().is_empty() {
        return Some("the issuer is not named".to_owned());
    }
    let unknown = context.issuer.is_none() && !certificate.is_self_issued();
    (!unknown && certificate.issuer().der() != issuer.subject().der()).then(|| {
        format!(
            "the issuer is named \"{}\" but calls itself \"{}\"",
            certificate.issuer(),
            issuer.subject()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(issuer(), &LintContext::default()), None);
    }

    #[test]
    fn bad() {
        let other = name(&[(identity::name::COMMON_NAME, "example issuing ca")]);
        let certificate = leaf(|spec| spec.issuer = leak(other));
        assert!(check(&certificate, &context()).unwrap().contains("calls itself"));
    }
}
