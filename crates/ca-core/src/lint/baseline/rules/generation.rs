//! The legacy generation is no longer issued.

use crate::lint::baseline::{BaselineRule, Candidate, Generation};
use crate::lint::{Rule, Severity};

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_generation_legacy",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.6.1",
    about: "The legacy generation is no longer issued.",
    effective: "2025-07-15",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    (candidate.baseline.generation == Generation::Legacy).then(|| {
        "the legacy generation has been forbidden since 15 July 2025; use multipurpose or strict".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
    }

    #[test]
    fn bad() {
        let certificate = leaf_of(MAILBOX_LEGACY, |_| {});
        assert!(judge(check, &certificate, MAILBOX_LEGACY).is_some());
    }
}
