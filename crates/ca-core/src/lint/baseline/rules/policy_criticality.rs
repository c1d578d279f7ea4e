//! Whoever does not know the policies may ignore them: certificatePolicies is not critical.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: BaselineRule = Rule {
    name: "w_sbr_policy_criticality",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 7.1.2.3 (a)",
    about: "Whoever does not know the policies may ignore them: certificatePolicies is not critical.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    candidate
        .is_critical(CERTIFICATE_POLICIES)
        .then(|| "certificatePolicies is critical".to_owned())
}
const CERTIFICATE_POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");

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
        let certificate = harden(&strict(Level::Mailbox, |_| {}), "2.5.29.32");
        assert!(judge(check, &certificate, MAILBOX_STRICT).is_some());
    }
}
