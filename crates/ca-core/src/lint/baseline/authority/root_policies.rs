//! The certificate of a root names no policies.

use crate::lint::baseline::{AuthorityRule, Decoded};
use crate::lint::{Rule, Severity};

pub(super) static RULE: AuthorityRule = Rule {
    name: "w_sbr_root_policies",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 7.1.2.1",
    about: "The certificate of a root names no policies.",
    effective: "2023-09-01",
    check,
};

fn check(authority: &Decoded<'_>) -> Option<String> {
    (authority.is_root() && !authority.certificate.certificate_policies().is_empty())
        .then(|| "the certificate of a root names policies".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        assert_eq!(judge_authority(check, root()), None);
    }

    #[test]
    fn bad() {
        let certificate = authority(|_| {});
        let itself = authority(|spec| spec.issuer = leak(certificate.subject().clone()));
        assert!(judge_authority(check, &itself).is_some());
    }
}
