//! A certificate is valid for no longer than its policy allows; both ends belong to it.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_validity_maximum",
    severity: Severity::Error,
    citation: "policy: validity; CA/B S/MIME BR 6.3.2",
    about: "A certificate is valid for no longer than its policy allows; both ends belong to it.",
    effective: "2023-09-01",
    check,
};

fn check(certificate: &Certificate, context: &LintContext<'_>) -> Option<String> {
    let maximum = context.profile?.validity().maximum_days();
    let seconds = (certificate.not_after() - certificate.not_before())
        .num_seconds()
        .saturating_add(1);
    (seconds > i64::from(maximum).saturating_mul(86_400)).then(|| {
        format!("the certificate is valid for {seconds} seconds, more than the policy's {maximum} days")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        let days = profile().validity().maximum_days();
        let certificate = leaf(|spec| spec.validity = period(days));
        assert_eq!(check(&certificate, &policy_context()), None);
        assert_eq!(
            check(&leaf(|spec| spec.validity = period(days + 1)), &context()),
            None,
            "without a policy"
        );
    }

    #[test]
    fn bad() {
        let days = profile().validity().maximum_days();
        let mut longer = period(days);
        longer.not_after += chrono::TimeDelta::seconds(1);
        let message = check(&leaf(|spec| spec.validity = longer), &policy_context()).unwrap();
        assert!(message.contains(&format!("{days} days")), "{message}");
    }
}
