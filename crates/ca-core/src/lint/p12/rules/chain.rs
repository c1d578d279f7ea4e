//! The certificates above the holder's are there, too: mail programs send them along.

use super::certificate_of;
use crate::lint::Severity;
use crate::lint::p12::P12Rule;
use identity::Certificate;
use identity::pkcs12::Contents;

pub(super) static RULE: P12Rule = P12Rule {
    name: "w_p12_chain",
    severity: Severity::Warning,
    citation: "RFC 7292, 4.2.3",
    about: "The certificates above the holder's are there, too: mail programs send them along.",
    effective: "2014-07-01",
    check,
};

fn check(contents: &Contents) -> Option<String> {
    let all = || contents.certificates.iter().map(|bag| &bag.certificate);
    for key in &contents.keys {
        let Some(certificate) = certificate_of(contents, key) else {
            continue;
        };
        let is_issuer = |other: &&Certificate| other.subject().matches(certificate.issuer());
        if !certificate.is_self_issued() && all().find(is_issuer).is_none() {
            return Some(format!(
                "its issuer, {}, is not in the file",
                certificate.issuer()
            ));
        }
    }
    None
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
        contents.certificates.truncate(1);
        let said = check(&contents).unwrap();
        assert!(said.contains("is not in the file"), "{said}");
    }
}
