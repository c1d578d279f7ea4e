//! No certificate outlives its issuer.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_validity_within_issuer",
    severity: Severity::Error,
    citation: "RFC 5280, 6.1.3 (a) (2)",
    about: "No certificate outlives its issuer.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, context: &LintContext<'_>) -> Option<String> {
    let (end, issuer_end) = (certificate.not_after(), context.issuer?.not_after());
    (end > issuer_end).then(|| format!("the certificate ends at {end}, after its issuer at {issuer_end}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(
            check(
                &leaf(|spec| spec.validity.not_after = issuer().not_after()),
                &context()
            ),
            None
        );
    }

    #[test]
    fn bad() {
        let second = chrono::TimeDelta::seconds(1);
        let certificate = leaf(|spec| spec.validity.not_after = issuer().not_after() + second);
        assert!(
            check(&certificate, &context())
                .unwrap()
                .contains("after its issuer")
        );
    }
}
