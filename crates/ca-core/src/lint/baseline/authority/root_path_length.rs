//! The certificate of a root does not limit the length of paths.

use crate::lint::baseline::{AuthorityRule, Decoded};
use crate::lint::{Rule, Severity};

pub(super) static RULE: AuthorityRule = Rule {
    name: "w_sbr_root_path_length",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 7.1.2.1 (a)",
    about: "The certificate of a root does not limit the length of paths.",
    effective: "2023-09-01",
    check,
};

fn check(authority: &Decoded<'_>) -> Option<String> {
    let length = authority.certificate.basic_constraints()?.path_len?;
    authority
        .is_root()
        .then(|| format!("the certificate of a root limits paths to {length}"))
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
        let certificate = authority(|_| {});
        let itself = authority(|spec| spec.issuer = leak(certificate.subject().clone()));
        assert!(judge_authority(check, &itself).unwrap().contains("0"));
    }
}
