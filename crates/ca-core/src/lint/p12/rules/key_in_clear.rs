//! No key lies in the clear.

use crate::lint::Severity;
use crate::lint::p12::P12Rule;
use identity::pkcs12::Contents;

pub(super) static RULE: P12Rule = P12Rule {
    name: "e_p12_key_in_clear",
    severity: Severity::Error,
    citation: "RFC 7292, 4.2.1",
    about: "No key lies in the clear.",
    effective: "2014-07-01",
    check,
};

fn check(contents: &Contents) -> Option<String> {
    let clear = contents.keys.iter().find(|key| key.encryption.is_none())?;
    let kind = clear.key.public_key().kind();
    Some(format!("its {kind} key is not encrypted"))
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
        contents.keys[0].encryption = None;
        let said = check(&contents).unwrap();
        assert!(said.contains("its ec-p256 key is not encrypted"), "{said}");
    }
}
