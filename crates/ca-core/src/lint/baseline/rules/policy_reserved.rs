//! Exactly one of the reserved policies is named: that of the level and generation that is meant.

use crate::lint::baseline::{Baseline, BaselineRule, Candidate};
use crate::lint::{Rule, Severity};

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_policy_reserved",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.6.1 and 7.1.6.4",
    about: "Exactly one of the reserved policies is named: that of the level and generation that is meant.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let policies = candidate.certificate.certificate_policies();
    let reserved: Vec<_> = policies
        .iter()
        .filter_map(|oid| Baseline::of_policy(*oid))
        .collect();
    let expected = candidate.baseline;
    match reserved.as_slice() {
        [one] if *one == expected => None,
        [] => Some(format!(
            "no reserved policy is named; {expected} has {}",
            expected.policy()
        )),
        [one] => Some(format!("the policy of {one} is named, not that of {expected}")),
        [one, another, ..] => Some(format!("the policies of {one} and of {another} are both named")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        let certificate = strict(Level::Mailbox, |_| {});
        assert_eq!(judge(check, &certificate, MAILBOX_STRICT), None);
    }

    #[test]
    fn bad() {
        let none = strict(Level::Mailbox, |spec| spec.extensions.policies.truncate(1));
        assert!(
            judge(check, &none, MAILBOX_STRICT)
                .unwrap()
                .contains("2.23.140.1.5.1.3")
        );
        let two = strict(Level::Mailbox, |spec| name_policy(spec, "2.23.140.1.5.4.2"));
        let message = judge(check, &two, MAILBOX_STRICT).unwrap();
        assert_eq!(
            message,
            "the policies of mailbox-strict and of individual-multipurpose are both named"
        );
        let other = strict(Level::Individual, |_| {});
        assert!(
            judge(check, &other, MAILBOX_STRICT)
                .unwrap()
                .contains("individual-strict")
        );
    }
}
