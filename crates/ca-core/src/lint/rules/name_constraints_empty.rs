//! nameConstraints constrain something.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_name_constraints_empty",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.10",
    about: "nameConstraints constrain something.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let constraints = certificate.name_constraints()?;
    (constraints.permitted.is_empty() && constraints.excluded.is_empty())
        .then(|| "nameConstraints neither permit nor exclude anything".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::put;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(issuer(), &context()), None);
    }

    #[test]
    fn bad() {
        let empty = put(&authority(|_| {}), "2.5.29.30", true, &[0x30, 0]);
        assert!(check(&empty, &context()).is_some());
    }
}
