//! A change of the file would be noticed.

use crate::lint::Severity;
use crate::lint::p12::P12Rule;
use identity::pkcs12::Contents;

pub(super) static RULE: P12Rule = P12Rule {
    name: "w_p12_mac",
    severity: Severity::Warning,
    citation: "RFC 7292, 4",
    about: "A change of the file would be noticed.",
    effective: "2014-07-01",
    check,
};

fn check(contents: &Contents) -> Option<String> {
    let none = contents.mac.is_none();
    none.then(|| "nothing protects the file's integrity".to_owned())
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
        contents.mac = None;
        let said = check(&contents).unwrap();
        assert!(said.contains("nothing protects the file's integrity"), "{said}");
    }
}
