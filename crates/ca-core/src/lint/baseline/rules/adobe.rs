//! Adobe's extensions have no place in the strict generation.

use crate::lint::baseline::{BaselineRule, Candidate, Generation};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_adobe",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (m)",
    about: "Adobe's extensions have no place in the strict generation.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let strict = candidate.baseline.generation == Generation::Strict;
    let present = [TIME_STAMP, ARCHIVE_REV_INFO]
        .into_iter()
        .find(|oid| candidate.has(*oid));
    present
        .filter(|_| strict)
        .map(|oid| format!("Adobe's extension {oid} has no place in {}", candidate.baseline))
}
const TIME_STAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.9.1");
const ARCHIVE_REV_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.9.2");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(generation: Generation) -> Option<String> {
        let baseline = Baseline {
            level: Level::Mailbox,
            generation,
        };
        judge(
            check,
            &put(
                &leaf_of(baseline, |_| {}),
                &TIME_STAMP.to_string(),
                false,
                &[0x30, 0],
            ),
            baseline,
        )
    }

    #[test]
    fn good() {
        assert_eq!(of(Generation::Multipurpose), None);
    }

    #[test]
    fn bad() {
        assert!(of(Generation::Strict).is_some());
    }
}
