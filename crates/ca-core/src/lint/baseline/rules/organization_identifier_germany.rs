//! A number of Germany's trade register is a European unique identifier (EUID), which names the court.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use identity::name;

pub(super) static RULE: BaselineRule = Rule {
    name: "w_sbr_organization_identifier_euid",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 7.1.4.2.2 (d)",
    about: "A number of Germany's trade register is a European unique identifier (EUID), which names the court.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let mut identifiers = candidate
        .names()
        .flat_map(|name| name.get(name::ORGANIZATION_IDENTIFIER));
    let german = identifiers.find(|value| value.starts_with("NTRDE") && !is_euid(value))?;
    Some(format!("{german} is no EUID, such as NTRDE-DEK1101R.HRB116737"))
}

fn is_euid(value: &str) -> bool {
    let number = value
        .strip_prefix("NTRDE-DE")
        .and_then(|rest| rest.split_once('.'));
    number.is_some_and(|(register, reference)| !register.is_empty() && !reference.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(identifier: &str) -> Option<String> {
        let names = [
            (name::ORGANIZATION, "Schule"),
            (name::ORGANIZATION_IDENTIFIER, identifier),
        ];
        let baseline = Baseline {
            level: Level::Organization,
            generation: Generation::Strict,
        };
        judge(
            check,
            &leaf_of(baseline, |spec| spec.subject = subject(&names)),
            baseline,
        )
    }

    #[test]
    fn good() {
        assert_eq!(of("NTRDE-DEK1101R.HRB116737"), None);
        assert_eq!(of("NTRFR-552100554"), None);
    }

    #[test]
    fn bad() {
        assert!(of("NTRDE-HRB116737").is_some());
        assert!(of("NTRDE+HH-DEK1101R.HRB116737").is_some());
    }
}
