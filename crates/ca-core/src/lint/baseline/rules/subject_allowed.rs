//! Names hold only the attributes that their level and generation may have.

use crate::lint::baseline::{Baseline, BaselineRule, Candidate, Generation, Level};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;
use identity::name;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_subject_allowed",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.4.2.3 to 7.1.4.2.6",
    about: "Names hold only the attributes that their level and generation may have.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let baseline = candidate.baseline;
    let mut attributes = candidate.names().flat_map(|name| name.attributes());
    let (oid, value) = attributes.find(|(oid, _)| !is_allowed(*oid, baseline))?;
    let shown: String = value.chars().take(64).collect();
    Some(format!(
        "{} (\"{shown}\") has no place in {baseline}",
        name::attribute_name(*oid)
    ))
}

fn is_allowed(oid: ObjectIdentifier, baseline: Baseline) -> bool {
    let (strict, level) = (baseline.generation == Generation::Strict, baseline.level);
    let person = matches!(level, Level::Sponsor | Level::Individual);
    let organization = matches!(level, Level::Organization | Level::Sponsor);
    match oid {
        name::COMMON_NAME | name::SERIAL_NUMBER | name::EMAIL_ADDRESS => true,
        name::ORGANIZATION | name::ORGANIZATION_IDENTIFIER | name::ORGANIZATIONAL_UNIT => organization,
        name::GIVEN_NAME | name::SURNAME | name::PSEUDONYM | name::TITLE => person,
        name::LOCALITY | name::STATE | name::COUNTRY => level != Level::Mailbox,
        name::STREET | name::POSTAL_CODE => level != Level::Mailbox && !strict,
        _ => level != Level::Mailbox && baseline.generation == Generation::Legacy,
    }
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
        let street = [
            (name::GIVEN_NAME, "Zoé"),
            (name::STREET, "1 rue Haute"),
            (name::LOCALITY, "Lille"),
            (name::COUNTRY, "FR"),
        ];
        let multipurpose = Baseline {
            level: Level::Individual,
            generation: Generation::Multipurpose,
        };
        let certificate = leaf_of(multipurpose, |spec| spec.subject = subject(&street));
        assert_eq!(judge(check, &certificate, multipurpose), None);
    }

    #[test]
    fn bad() {
        for (level, attribute) in [
            (Level::Mailbox, name::SURNAME),
            (Level::Mailbox, name::COUNTRY),
            (Level::Organization, name::GIVEN_NAME),
            (Level::Individual, name::ORGANIZATION),
            (Level::Individual, name::STREET),
            (Level::Sponsor, name::DOMAIN_COMPONENT),
        ] {
            let certificate = strict(level, |spec| spec.subject = subject(&[(attribute, "FR")]));
            let baseline = Baseline {
                level,
                generation: Generation::Strict,
            };
            let message = judge(check, &certificate, baseline).unwrap();
            assert!(message.contains(&name::attribute_name(attribute)), "{message}");
        }
    }

    #[test]
    fn names_beside_the_subject_too() {
        let inner = subject(&[(name::SURNAME, "Noël")]);
        let address = tlv(0x81, &[b"alice@example.org"]);
        let names = tlv(0x30, &[&address, &tlv(0xa4, &[inner.der()])]);
        let certificate = put(&strict(Level::Mailbox, |_| {}), "2.5.29.17", false, &names);
        assert!(
            judge(check, &certificate, MAILBOX_STRICT)
                .unwrap()
                .contains("Noël")
        );
    }
}
