//! An LEI stands only where an organization vouches, a role in it only with a person.

use crate::lint::baseline::{BaselineRule, Candidate, Level};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_legal_entity_identifier",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (l)",
    about: "An LEI stands only where an organization vouches, a role in it only with a person.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let level = candidate.baseline.level;
    if candidate.has(LEI_ROLE) && level != Level::Sponsor {
        return Some(format!(
            "the role in an organization (LEI) has no place in {}",
            candidate.baseline
        ));
    }
    let organization = matches!(level, Level::Organization | Level::Sponsor);
    (candidate.has(LEI) && !organization).then(|| format!("an LEI has no place in {}", candidate.baseline))
}
const LEI: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.52266.1");
const LEI_ROLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.52266.2");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(level: Level, oid: ObjectIdentifier) -> Option<String> {
        let baseline = Baseline {
            level,
            generation: Generation::Strict,
        };
        judge(
            check,
            &put(&leaf_of(baseline, |_| {}), &oid.to_string(), false, &[0x13, 0]),
            baseline,
        )
    }

    #[test]
    fn good() {
        assert_eq!(of(Level::Organization, LEI), None);
        assert_eq!(of(Level::Sponsor, LEI_ROLE), None);
    }

    #[test]
    fn bad() {
        assert!(of(Level::Mailbox, LEI).is_some());
        assert!(of(Level::Organization, LEI_ROLE).unwrap().contains("role"));
    }
}
