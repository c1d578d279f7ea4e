//! What only some programs understand is not critical.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_extension_criticality",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (i) and (k) to (m)",
    about: "What only some programs understand is not critical.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let (_, what) = NEVER_CRITICAL
        .iter()
        .find(|(oid, _)| candidate.is_critical(*oid))?;
    Some(format!("{what} is critical"))
}
const NEVER_CRITICAL: [(ObjectIdentifier, &str); 6] = [
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.15"),
        "sMIMECapabilities",
    ),
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3"), "qcStatements"),
    (ObjectIdentifier::new_unwrap("1.3.6.1.4.1.52266.1"), "the LEI"),
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.52266.2"),
        "the LEI's role",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.9.1"),
        "Adobe's time stamp",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.9.2"),
        "Adobe's ArchiveRevInfo",
    ),
];

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
        for (oid, what) in NEVER_CRITICAL {
            let certificate = put(
                &strict(Level::Sponsor, |_| {}),
                &oid.to_string(),
                true,
                &[0x30, 0],
            );
            assert!(judge(check, &certificate, MAILBOX_STRICT).unwrap().contains(what));
        }
    }
}
