//! An answer holds for eight hours at least and ten days at most.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};
use chrono::TimeDelta;

pub(super) static RULE: OcspRule = OcspRule {
    name: "w_ocsp_validity_interval",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 4.9.10",
    about: "An answer holds for eight hours at least and ten days at most.",
    effective: "2023-09-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    facts.data.responses().iter().find_map(|response| {
        // The last second belongs to it.
        let holds = response.next_update? - response.this_update + TimeDelta::seconds(1);
        (holds < TimeDelta::hours(8) || holds > TimeDelta::days(10) + TimeDelta::seconds(1)).then(|| {
            format!(
                "the answer about {} holds for {} hours",
                response.certificate.serial_hex(),
                holds.num_hours()
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::ocsp::testing::*;

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good()), None);
    }

    #[test]
    fn bad() {
        let answer = with(|answer| answer.responses[0].next_update = Some(later(5)));
        assert_breaks(&RULE, &answer, "holds for 4 hours");
        let answer = with(|answer| answer.responses[0].next_update = Some(later(300)));
        assert_breaks(&RULE, &answer, "holds for 299 hours");
    }
}
