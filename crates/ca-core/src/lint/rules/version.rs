//! A certificate with extensions is of version 3.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_version",
    severity: Severity::Error,
    citation: "RFC 5280, 4.1.2.1",
    about: "A certificate with extensions is of version 3.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let version = certificate.version();
    (version != 3).then(|| format!("the certificate is of version {version}, not 3"))
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
        let message = check(&edited(|version, _| *version = 1), &context()).unwrap();
        assert_eq!(message, "the certificate is of version 2, not 3");
    }
}
