//! A list says when it was made and when the next one comes, in the right types.

use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_update_times",
    severity: Severity::Error,
    citation: "RFC 5280, 5.1.2.4 and 5.1.2.5",
    about: "A list says when it was made and when the next one comes, in the right types.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    let Some(next) = facts.view.next_update() else {
        return Some("it does not say when the next one comes".to_owned());
    };
    if next <= facts.view.this_update() {
        return Some(format!(
            "the next one comes at {next}, before it was made at {}",
            facts.view.this_update()
        ));
    }
    (!facts.view.times_are_rightly_encoded())
        .then(|| "its times are in the wrong type for their years".to_owned())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::crl::testing::*;
    use crate::lint::testing::issuer;

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good(), issuer()), None);
    }

    #[test]
    fn bad() {
        let list = with(|list| list.next_update = utc(&later(0)));
        assert_breaks_only(&RULE, &list, "before it was made");
    }
}
