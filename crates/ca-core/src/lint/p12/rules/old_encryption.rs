//! Nothing is encrypted by RC2, DES or triple DES.

use crate::lint::Severity;
use crate::lint::p12::P12Rule;
use identity::pkcs12::Contents;

pub(super) static RULE: P12Rule = P12Rule {
    name: "w_p12_old_encryption",
    severity: Severity::Warning,
    citation: "RFC 9879, 1; NIST SP 800-131A",
    about: "Nothing is encrypted by RC2, DES or triple DES.",
    effective: "2019-03-21",
    check,
};

fn check(contents: &Contents) -> Option<String> {
    let of_keys = contents.keys.iter().filter_map(|key| key.encryption.as_deref());
    let of_certificates = contents
        .certificates
        .iter()
        .filter_map(|bag| bag.encryption.as_deref());
    let is_old = |words: &&str| {
        let words = words.to_ascii_lowercase();
        words.contains("rc2") || words.contains("des")
    };
    let old = of_keys.chain(of_certificates).find(is_old)?;
    Some(format!("it is encrypted by {old}"))
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
        contents.certificates[0].encryption = Some("RC2 with 40 bits".to_owned());
        let said = check(&contents).unwrap();
        assert!(said.contains("it is encrypted by RC2 with 40 bits"), "{said}");
    }
}
