//! A list of persons' certificates holds for ten days at most, one of authorities' for twelve months.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};
use chrono::{Months, TimeDelta};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_sbr_crl_validity_interval",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 4.9.7",
    about: "A list of persons' certificates holds for ten days at most, one of authorities' for twelve months.",
    effective: "2023-09-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    let (made, next) = (facts.view.this_update(), facts.view.next_update()?);
    let is_roots = facts.issuer.is_some_and(identity::Certificate::is_self_issued);
    let (latest, period) = if is_roots {
        (made.checked_add_months(Months::new(12))?, "twelve months")
    } else {
        (made.checked_add_signed(TimeDelta::days(10))?, "ten days")
    };
    (next > latest).then(|| format!("the list of {made} holds until {next}, longer than {period}"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::crl::testing::*;
    use crate::lint::testing::{issuer, root};

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good(), issuer()), None);
        let rare = with(|list| list.next_update = utc(&later(24 * 300)));
        assert_eq!(judged(&RULE, &rare, root()), None);
    }

    #[test]
    fn bad() {
        let rare = with(|list| list.next_update = utc(&later(24 * 11)));
        assert!(judged(&RULE, &rare, issuer()).unwrap().contains("ten days"));
        let never = with(|list| list.next_update = utc(&later(24 * 400)));
        assert!(judged(&RULE, &never, root()).unwrap().contains("twelve months"));
    }
}
