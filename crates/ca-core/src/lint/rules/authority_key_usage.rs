//! An authority signs certificates and CRLs, and nothing else.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_authority_key_usage",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.3; CA/B S/MIME BR 7.1.2.1 and 7.1.2.2",
    about: "An authority signs certificates and CRLs, and nothing else.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let usage = certificate.key_usage().filter(|_| certificate.is_ca())?;
    if !usage.crl_sign {
        return Some("the certificate of an authority lacks cRLSign".to_owned());
    }
    let foreign = [
        ("keyEncipherment", usage.key_encipherment),
        ("dataEncipherment", usage.data_encipherment),
        ("keyAgreement", usage.key_agreement),
        ("nonRepudiation", usage.non_repudiation),
    ];
    let (bit, _) = foreign.into_iter().find(|(_, set)| *set)?;
    Some(format!("the certificate of an authority allows {bit}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(issuer(), &context()), None);
        assert_eq!(check(&leaf(|_| {}), &context()), None);
    }

    #[test]
    fn bad() {
        let certificate = authority(|spec| spec.extensions.key_usage.crl_sign = false);
        assert!(check(&certificate, &context()).unwrap().contains("cRLSign"));
        let certificate = authority(|spec| spec.extensions.key_usage.key_agreement = true);
        assert!(check(&certificate, &context()).unwrap().contains("keyAgreement"));
    }
}
