//! Organizations are named with their registration number, persons with a name or a pseudonym.

use crate::lint::baseline::{BaselineRule, Candidate, Generation, Level};
use crate::lint::{Rule, Severity};
use identity::name;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_subject_required",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.4.2.4 to 7.1.4.2.6",
    about: "Organizations are named with their registration number, persons with a name or a pseudonym.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let baseline = candidate.baseline;
    let subject = candidate.certificate.subject();
    let has = |oid| subject.get(oid).next().is_some();
    let absent = |what: &str| Some(format!("the subject of {baseline} needs {what}"));
    if matches!(baseline.level, Level::Organization | Level::Sponsor) {
        if !has(name::ORGANIZATION) {
            return absent("an organization (O)");
        }
        if !has(name::ORGANIZATION_IDENTIFIER) {
            return absent("the organization's registration number (organizationIdentifier)");
        }
    }
    let named = has(name::GIVEN_NAME) || has(name::SURNAME) || has(name::PSEUDONYM);
    let by_common_name = baseline.generation == Generation::Legacy && has(name::COMMON_NAME);
    if matches!(baseline.level, Level::Sponsor | Level::Individual) && !named && !by_common_name {
        return absent("a given name, a surname or a pseudonym");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        for baseline in Baseline::all() {
            assert_eq!(
                judge(check, &leaf_of(baseline, |_| {}), baseline),
                None,
                "{baseline}"
            );
        }
    }

    #[test]
    fn bad() {
        for (level, attributes, words) in [
            (
                Level::Organization,
                &[(name::ORGANIZATION_IDENTIFIER, "NTRFR-1")][..],
                "an organization",
            ),
            (
                Level::Sponsor,
                &[(name::ORGANIZATION, "Lycée"), (name::SURNAME, "Noël")],
                "registration number",
            ),
            (
                Level::Individual,
                &[(name::COMMON_NAME, "Zoé Noël")],
                "a given name",
            ),
        ] {
            let certificate = strict(level, |spec| spec.subject = subject(attributes));
            let baseline = Baseline {
                level,
                generation: Generation::Strict,
            };
            let message = judge(check, &certificate, baseline).unwrap();
            assert!(message.contains(words), "{message}");
        }
    }
}
