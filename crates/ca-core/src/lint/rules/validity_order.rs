//! A certificate ends after it begins.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_validity_order",
    severity: Severity::Error,
    citation: "RFC 5280, 4.1.2.5",
    about: "A certificate ends after it begins.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    (end < begin).then(|| format!("the certificate ends at {end}, before it begins at {begin}"))
}

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
        let certificate =
            leaf(|spec| spec.validity.not_after = spec.validity.not_before - chrono::TimeDelta::days(1));
        assert!(
            check(&certificate, &context())
                .unwrap()
                .contains("before it begins")
        );
    }
}
