//! The certificate of an issuing authority names its policies.

use crate::lint::baseline::{AuthorityRule, Decoded};
use crate::lint::{Rule, Severity};

pub(super) static RULE: AuthorityRule = Rule {
    name: "e_sbr_ca_policies",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.2 (a)",
    about: "The certificate of an issuing authority names its policies.",
    effective: "2023-09-01",
    check,
};

fn check(authority: &Decoded<'_>) -> Option<String> {
    (!authority.is_root() && authority.certificate.certificate_policies().is_empty())
        .then(|| "the certificate of an issuing authority names no policy".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        assert_eq!(judge_authority(check, root()), None);
        assert_eq!(judge_authority(check, &authority_of(|_| {})), None);
    }

    #[test]
    fn bad() {
        let certificate = authority_of(|spec| spec.extensions.policies.clear());
        assert!(judge_authority(check, &certificate).is_some());
    }
}
