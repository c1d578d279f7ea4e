//! Each key has its certificate.

use super::certificate_of;
use crate::lint::Severity;
use crate::lint::p12::P12Rule;
use identity::pkcs12::Contents;

pub(super) static RULE: P12Rule = P12Rule {
    name: "e_p12_key_without_certificate",
    severity: Severity::Error,
    citation: "RFC 7292, 4.2",
    about: "Each key has its certificate.",
    effective: "2014-07-01",
    check,
};

fn check(contents: &Contents) -> Option<String> {
    let lonely = contents
        .keys
        .iter()
        .find(|key| certificate_of(contents, key).is_none())?;
    let kind = lonely.key.public_key().kind();
    Some(format!("no certificate in the file is for its {kind} key"))
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
        contents.certificates.clear();
        let said = check(&contents).unwrap();
        assert!(
            said.contains("no certificate in the file is for its ec-p256 key"),
            "{said}"
        );
    }
}
