//! A certificate does not use the longest validity to its last second.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};

pub(super) static RULE: BaselineRule = Rule {
    name: "w_sbr_validity_margin",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 6.3.2",
    about: "A certificate does not use the longest validity to its last second.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let days = candidate.baseline.maximum_days();
    (candidate.seconds() == days * 86_400)
        .then(|| format!("the certificate is valid for {days} days to the second"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(days: u32) -> Option<String> {
        judge(
            check,
            &strict(Level::Mailbox, |spec| spec.validity = period(days)),
            MAILBOX_STRICT,
        )
    }

    #[test]
    fn good() {
        assert_eq!(of(824), None);
    }

    #[test]
    fn bad() {
        assert!(of(825).is_some());
    }
}
