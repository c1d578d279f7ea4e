//! What is said was known before it is signed, and holds for a while.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_times",
    severity: Severity::Error,
    citation: "RFC 6960, 2.4 and 4.2.2.1",
    about: "What is said was known before it is signed, and holds for a while.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let made = facts.data.produced_at();
    facts.data.responses().iter().find_map(|response| {
        let serial = response.certificate.serial_hex();
        let this = response.this_update;
        if this > made {
            return Some(format!(
                "what is said of {serial} is of {this}, after it was signed at {made}"
            ));
        }
        let next = response.next_update.filter(|next| *next < this)?;
        Some(format!(
            "what is said of {serial} as of {this} holds until {next}"
        ))
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
        let answer = with(|answer| answer.responses[0].this_update = later(2));
        assert_breaks(&RULE, &answer, "after it was signed");
        let answer = with(|answer| {
            answer.responses[0].next_update = Some(later(0));
        });
        assert_breaks(&RULE, &answer, "holds until");
    }
}
