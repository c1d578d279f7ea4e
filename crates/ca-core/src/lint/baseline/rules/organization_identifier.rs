//! An organization's number names its register and its country, which is the subject's.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use crate::registration;
use identity::name;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_organization_identifier",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.4.2.2 (d) and A; ETSI EN 319 412-1, 5.1.4",
    about: "An organization's number names its register and its country, which is the subject's.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    candidate.names().find_map(|name| {
        let country = name.get(name::COUNTRY).next();
        name.get(name::ORGANIZATION_IDENTIFIER).find_map(|value| {
            let fault = registration::fault(value, country)?;
            let shown: String = value.chars().take(64).collect();
            Some(format!("the registration number \"{shown}\": {fault}"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(identifier: &str) -> Option<String> {
        let names = [
            (name::ORGANIZATION, "Lycée"),
            (name::ORGANIZATION_IDENTIFIER, identifier),
            (name::COUNTRY, "FR"),
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
        for identifier in [
            "NTRFR-552100554",
            "VATFR-1",
            "LEIXG-5493001KJTIIGC8Y1R12",
            "GOVFR",
            "INTXG",
        ] {
            assert_eq!(of(identifier), None, "{identifier}");
        }
    }

    #[test]
    fn bad() {
        for identifier in [
            "552100554",
            "NTRDE-1",
            "LEIFR-5493001KJTIIGC8Y1R12",
            "LEIXG-5493001KJTIIGC8Y1R13",
            "GOVFR-1",
            "ABCFR-1",
        ] {
            assert!(of(identifier).unwrap().contains(identifier), "{identifier}");
        }
    }
}
