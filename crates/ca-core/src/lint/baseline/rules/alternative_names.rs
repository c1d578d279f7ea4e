//! Only addresses and directory names are beside the subject; other forms only before the strict generation.

use crate::lint::baseline::{BaselineRule, Candidate, Generation};
use crate::lint::{Rule, Severity};
use identity::GeneralName;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_alternative_names",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (h)",
    about: "Only addresses and directory names are beside the subject; other forms only before the strict generation.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let strict = candidate.baseline.generation == Generation::Strict;
    let names = candidate.certificate.subject_alt_names();
    names.iter().find_map(|name| match name {
        GeneralName::Other { oid: Some(oid), .. } => {
            strict.then(|| format!("subjectAltName holds an otherName of the kind {oid}"))
        }
        GeneralName::Other { oid: None, .. } => {
            Some("subjectAltName holds a name of a form that is not for people".to_owned())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(name: &[u8], baseline: Baseline) -> Option<String> {
        let names = tlv(0x30, &[&tlv(0x81, &[b"alice@example.org"]), name]);
        judge(
            check,
            &put(&leaf_of(baseline, |_| {}), "2.5.29.17", false, &names),
            baseline,
        )
    }

    /// A Windows user principal name.
    fn user_principal_name() -> Vec<u8> {
        let kind =
            der::Encode::to_der(&der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.3")).unwrap();
        tlv(0xa0, &[&kind, &tlv(0xa0, &[&tlv(0x0c, &[b"alice"])])])
    }

    #[test]
    fn good() {
        let multipurpose = Baseline {
            level: Level::Mailbox,
            generation: Generation::Multipurpose,
        };
        assert_eq!(of(&user_principal_name(), multipurpose), None);
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
    }

    #[test]
    fn bad() {
        assert!(
            of(&user_principal_name(), MAILBOX_STRICT)
                .unwrap()
                .contains("1.3.6.1.4.1.311.20.2.3")
        );
        assert!(
            of(&tlv(0x88, &[&[0x2a, 3]]), MAILBOX_STRICT)
                .unwrap()
                .contains("not for people")
        );
    }
}
