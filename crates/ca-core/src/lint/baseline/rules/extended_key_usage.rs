//! Certificates of the strict generation are for mail alone.

use crate::lint::baseline::{BaselineRule, Candidate, Generation};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_extended_key_usage",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (f)",
    about: "Certificates of the strict generation are for mail alone.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    if candidate.baseline.generation != Generation::Strict {
        return None;
    }
    let mut purposes = candidate.certificate.extended_key_usage()?.iter();
    let other = purposes.find(|oid| **oid != EMAIL_PROTECTION)?;
    Some(format!(
        "{other} stands beside emailProtection among the extended key usages"
    ))
}
const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn client(baseline: Baseline) -> Option<String> {
        let client_auth = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
        let certificate = leaf_of(baseline, |spec| {
            spec.extensions.extended_key_usage.push(client_auth)
        });
        judge(check, &certificate, baseline)
    }

    #[test]
    fn good() {
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
        assert_eq!(
            client(Baseline {
                level: Level::Mailbox,
                generation: Generation::Multipurpose
            }),
            None
        );
    }

    #[test]
    fn bad() {
        assert!(client(MAILBOX_STRICT).unwrap().contains("1.3.6.1.5.5.7.3.2"));
    }
}
