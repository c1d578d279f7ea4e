//! A certificate is valid for at most 825 days, in the legacy generation 1185; both ends belong to it.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_validity",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 6.3.2",
    about: "A certificate is valid for at most 825 days, in the legacy generation 1185; both ends belong to it.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let (seconds, days) = (candidate.seconds(), candidate.baseline.maximum_days());
    (seconds > days * 86_400)
        .then(|| format!("the certificate is valid for {seconds} seconds, more than {days} days"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(days: u32, seconds: i64) -> Option<String> {
        let mut validity = period(days);
        validity.not_after += chrono::TimeDelta::seconds(seconds);
        judge(
            check,
            &strict(Level::Mailbox, |spec| spec.validity = validity),
            MAILBOX_STRICT,
        )
    }

    #[test]
    fn good() {
        assert_eq!(of(825, 0), None);
    }

    #[test]
    fn bad() {
        assert!(of(825, 1).unwrap().contains("825 days"));
    }
}
