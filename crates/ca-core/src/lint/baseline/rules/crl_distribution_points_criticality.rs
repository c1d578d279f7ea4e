//! Whoever asks no revocation lists may ignore where they are: crlDistributionPoints is not critical.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: BaselineRule = Rule {
    name: "w_sbr_crl_distribution_points_criticality",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 7.1.2.3 (b)",
    about: "Whoever asks no revocation lists may ignore where they are: crlDistributionPoints is not critical.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    candidate
        .is_critical(CRL_DISTRIBUTION_POINTS)
        .then(|| "crlDistributionPoints is critical".to_owned())
}
const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");

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
        let certificate = harden(&strict(Level::Mailbox, |_| {}), "2.5.29.31");
        assert!(judge(check, &certificate, MAILBOX_STRICT).is_some());
    }
}
