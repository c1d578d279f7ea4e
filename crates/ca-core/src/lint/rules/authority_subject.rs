//! An authority has a name.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_authority_subject",
    severity: Severity::Error,
    citation: "RFC 5280, 4.1.2.6",
    about: "An authority has a name.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    (certificate.is_ca() && certificate.subject().is_empty())
        .then(|| "the subject of an authority is empty".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|spec| spec.subject = name(&[])), &context()), None);
        assert_eq!(check(issuer(), &context()), None);
    }

    #[test]
    fn bad() {
        let nobody = authority(|spec| spec.subject = name(&[]));
        assert!(check(&nobody, &context()).is_some());
    }
}
