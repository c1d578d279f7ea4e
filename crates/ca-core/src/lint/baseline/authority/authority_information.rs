//! The certificate of an issuing authority says where its issuer's is.

use crate::lint::baseline::{AuthorityRule, Decoded};
use crate::lint::{Rule, Severity};

pub(super) static RULE: AuthorityRule = Rule {
    name: "w_sbr_ca_authority_information",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 7.1.2.2 (c)",
    about: "The certificate of an issuing authority says where its issuer's is.",
    effective: "2023-09-01",
    check,
};

fn check(authority: &Decoded<'_>) -> Option<String> {
    (!authority.is_root() && authority.certificate.ca_issuers_urls().is_empty())
        .then(|| "authorityInfoAccess does not say where the issuer's certificate is (caIssuers)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        assert_eq!(judge_authority(check, &authority_of(|_| {})), None);
    }

    #[test]
    fn bad() {
        let certificate = authority_of(|spec| spec.extensions.issued.ca_issuers = None);
        assert!(judge_authority(check, &certificate).is_some());
    }
}
