//! A street has a locality or a state, and these and a postal code a country.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;
use identity::name;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_place",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.4.2.2 (k) to (o)",
    about: "A street has a locality or a state, and these and a postal code a country.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    candidate.names().find_map(|name| {
        let has = |oid: &ObjectIdentifier| name.get(*oid).next().is_some();
        let lonely = NEEDS
            .iter()
            .find(|(what, needed)| has(what) && !needed.iter().any(has));
        let (what, needed) = lonely?;
        let needed: Vec<_> = needed.iter().map(|oid| name::attribute_name(*oid)).collect();
        Some(format!(
            "{} stands without {}",
            name::attribute_name(*what),
            needed.join(" or ")
        ))
    })
}
const NEEDS: [(ObjectIdentifier, &[ObjectIdentifier]); 4] = [
    (name::STREET, &[name::LOCALITY, name::STATE]),
    (name::STATE, &[name::COUNTRY]),
    (name::LOCALITY, &[name::COUNTRY]),
    (name::POSTAL_CODE, &[name::COUNTRY]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        let place = [
            (name::SURNAME, "Noël"),
            (name::LOCALITY, "Lille"),
            (name::COUNTRY, "FR"),
        ];
        let certificate = strict(Level::Individual, |spec| spec.subject = subject(&place));
        assert_eq!(judge(check, &certificate, INDIVIDUAL_STRICT), None);
    }

    #[test]
    fn bad() {
        for (attributes, words) in [
            (&[(name::LOCALITY, "Lille")][..], "L stands without C"),
            (&[(name::STATE, "Nord")], "ST stands without C"),
            (&[(name::POSTAL_CODE, "59000")], "postalCode stands without C"),
            (
                &[(name::STREET, "1 rue Haute"), (name::COUNTRY, "FR")],
                "street stands without L or ST",
            ),
        ] {
            let certificate = strict(Level::Individual, |spec| spec.subject = subject(attributes));
            assert_eq!(judge(check, &certificate, INDIVIDUAL_STRICT).unwrap(), words);
        }
    }
}
