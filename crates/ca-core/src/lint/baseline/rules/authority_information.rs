//! The certificate says where its issuer's certificate is.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};

pub(super) static RULE: BaselineRule = Rule {
    name: "w_sbr_authority_information",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 7.1.2.3 (c)",
    about: "The certificate says where its issuer's certificate is.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    candidate
        .certificate
        .ca_issuers_urls()
        .is_empty()
        .then(|| "authorityInfoAccess does not say where the issuer's certificate is (caIssuers)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
    }

    #[test]
    fn bad() {
        let certificate = strict(Level::Mailbox, |spec| spec.extensions.issued.ca_issuers = None);
        assert!(judge(check, &certificate, MAILBOX_STRICT).is_some());
    }
}
