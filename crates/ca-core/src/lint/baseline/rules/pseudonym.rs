//! Whoever goes by a pseudonym is not named beside it.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use identity::name;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_pseudonym",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.4.2.2 (g)",
    about: "Whoever goes by a pseudonym is not named beside it.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    candidate.names().find_map(|name| {
        let pseudonym = name.get(name::PSEUDONYM).next()?;
        let real = name.get(name::GIVEN_NAME).chain(name.get(name::SURNAME)).next()?;
        Some(format!(
            "the pseudonym \"{pseudonym}\" stands beside the name \"{real}\""
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        let certificate = strict(Level::Individual, |spec| {
            spec.subject = subject(&[(name::PSEUDONYM, "Bob")])
        });
        assert_eq!(judge(check, &certificate, INDIVIDUAL_STRICT), None);
    }

    #[test]
    fn bad() {
        let both = [(name::PSEUDONYM, "Bob"), (name::SURNAME, "Noël")];
        let certificate = strict(Level::Individual, |spec| spec.subject = subject(&both));
        assert!(
            judge(check, &certificate, INDIVIDUAL_STRICT)
                .unwrap()
                .contains("Noël")
        );
    }
}
