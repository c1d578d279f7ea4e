//! No critical extension is unknown, which every program must refuse.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "w_unknown_critical",
    severity: Severity::Warning,
    citation: "RFC 5280, 4.2",
    about: "No critical extension is unknown, which every program must refuse.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let mut critical = certificate.extensions().filter(|extension| extension.critical);
    let unknown =
        critical.find(|extension| !KNOWN.iter().any(|known| extension.oid.to_string() == *known))?;
    Some(format!(
        "the extension {} is critical, and who does not know it refuses the certificate",
        unknown.oid
    ))
}
/// Those that RFC 5280 wants or allows to be critical.
const KNOWN: [&str; 11] = [
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.18",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.33",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.54",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::put;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(issuer(), &context()), None);
    }

    #[test]
    fn bad() {
        let certificate = put(&leaf(|_| {}), "1.2.3.4", true, &[5, 0]);
        assert!(check(&certificate, &context()).unwrap().contains("1.2.3.4"));
    }
}
