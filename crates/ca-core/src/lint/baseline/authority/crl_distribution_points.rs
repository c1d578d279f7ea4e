//! The certificate of an issuing authority says where its revocation list is, by HTTP.

use crate::lint::baseline::{AuthorityRule, Decoded};
use crate::lint::{Rule, Severity};

pub(super) static RULE: AuthorityRule = Rule {
    name: "e_sbr_ca_crl_distribution_points",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.2 (b)",
    about: "The certificate of an issuing authority says where its revocation list is, by HTTP.",
    effective: "2023-09-01",
    check,
};

fn check(authority: &Decoded<'_>) -> Option<String> {
    if authority.is_root() {
        return None;
    }
    let points = authority.certificate.crl_distribution_points();
    if points.is_empty() {
        return Some("no crlDistributionPoints say where the revocation list is".to_owned());
    }
    let other = points.iter().find(|url| !url.starts_with("http://"))?;
    Some(format!(
        "an address of the revocation list does not begin with http://: {other}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        assert_eq!(judge_authority(check, &authority_of(|_| {})), None);
        assert_eq!(judge_authority(check, root()), None);
    }

    #[test]
    fn bad() {
        let none = authority_of(|spec| spec.extensions.issued.crl = None);
        assert!(judge_authority(check, &none).is_some());
        let other =
            authority_of(|spec| spec.extensions.issued.crl = Some("ldap://pki.example.org".to_owned()));
        assert!(judge_authority(check, &other).unwrap().contains("ldap"));
    }
}
