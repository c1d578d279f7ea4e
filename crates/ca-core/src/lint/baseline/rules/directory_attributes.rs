//! Since the legacy generation, attributes of a person stand in no extension.

use crate::lint::baseline::{BaselineRule, Candidate, Generation};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_subject_directory_attributes",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (j)",
    about: "Since the legacy generation, attributes of a person stand in no extension.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let newer = candidate.baseline.generation != Generation::Legacy;
    (newer && candidate.has(SUBJECT_DIRECTORY_ATTRIBUTES)).then(|| {
        format!(
            "subjectDirectoryAttributes has no place in {}",
            candidate.baseline
        )
    })
}
const SUBJECT_DIRECTORY_ATTRIBUTES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.9");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(baseline: Baseline) -> Option<String> {
        judge(
            check,
            &put(&leaf_of(baseline, |_| {}), "2.5.29.9", false, &[0x30, 0]),
            baseline,
        )
    }

    #[test]
    fn good() {
        assert_eq!(of(MAILBOX_LEGACY), None);
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
    }

    #[test]
    fn bad() {
        assert!(of(MAILBOX_STRICT).is_some());
    }
}
