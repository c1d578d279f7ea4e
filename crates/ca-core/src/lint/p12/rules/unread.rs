//! Everything in the file can be read.

use crate::lint::Severity;
use crate::lint::p12::P12Rule;
use identity::pkcs12::Contents;

pub(super) static RULE: P12Rule = P12Rule {
    name: "w_p12_unread",
    severity: Severity::Warning,
    citation: "RFC 7292, 4.2",
    about: "Everything in the file can be read.",
    effective: "2014-07-01",
    check,
};

fn check(contents: &Contents) -> Option<String> {
    contents.unread.first().cloned()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::p12::testing::*;

    #[test]
    fn good_example() {
        assert_eq!(check(&good()), None);
    }

    #[test]
    fn bad() {
        let mut contents = good();
        contents.unread.push("a CRL".to_owned());
        let said = check(&contents).unwrap();
        assert!(said.contains("a CRL"), "{said}");
    }
}
