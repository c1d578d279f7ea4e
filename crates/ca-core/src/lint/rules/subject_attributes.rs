//! Names hold real values of the right length, each once.

use crate::lint::{LintContext, Rule, Severity};
use crate::registration;
use der::asn1::ObjectIdentifier;
use identity::{Certificate, name};

pub(super) static RULE: Rule = Rule {
    name: "e_subject_attributes",
    severity: Severity::Error,
    citation: "RFC 5280, A.1; CA/B S/MIME BR 7.1.4.2.2",
    about: "Names hold real values of the right length, each once.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let attributes = certificate.subject().attributes();
    attributes.iter().enumerate().find_map(|(index, (oid, value))| {
        let length = value.chars().count();
        let maximum = UPPER_BOUNDS
            .iter()
            .find(|(bounded, _)| bounded == oid)
            .map(|(_, maximum)| *maximum);
        let shown: String = value.chars().take(64).collect();
        let repeatable = [name::ORGANIZATIONAL_UNIT, name::DOMAIN_COMPONENT].contains(oid);
        if !value.chars().any(char::is_alphanumeric) {
            Some(format!("the attribute {oid} says nothing (\"{shown}\")"))
        } else if maximum.is_some_and(|maximum| length > maximum) {
            Some(format!(
                "the attribute {oid} has {length} characters (\"{shown}\"…), more than RFC 5280 allows"
            ))
        } else if *oid == name::COUNTRY && !registration::has_form_of_country(value) {
            Some(format!(
                "the country \"{shown}\" is not two capital letters (ISO 3166)"
            ))
        } else if !repeatable && attributes.iter().skip(index + 1).any(|(other, _)| other == oid) {
            Some(format!("the attribute {oid} occurs twice"))
        } else {
            None
        }
    })
}

const UPPER_BOUNDS: [(ObjectIdentifier, usize); 10] = [
    (name::TITLE, 64),
    (name::EMAIL_ADDRESS, 255),
    (name::COMMON_NAME, 64),
    (name::SERIAL_NUMBER, 64),
    (name::COUNTRY, 2),
    (name::LOCALITY, 128),
    (name::STATE, 128),
    (name::ORGANIZATION, 64),
    (name::ORGANIZATIONAL_UNIT, 64),
    (name::PSEUDONYM, 128),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(issuer(), &context()), None);
    }

    #[test]
    fn bad() {
        let long = "x".repeat(65);
        for (attributes, words) in [
            (vec![(name::COMMON_NAME, "-")], "says nothing"),
            (vec![(name::COMMON_NAME, long.as_str())], "65 characters"),
            (vec![(name::COUNTRY, "France")], "6 characters"),
            (vec![(name::COUNTRY, "fr")], "capital letters"),
            (vec![(name::COMMON_NAME, "A"), (name::COMMON_NAME, "B")], "twice"),
        ] {
            let certificate = leaf(|spec| spec.subject = crate::lint::testing::name(&attributes));
            let message = check(&certificate, &context()).unwrap();
            assert!(message.contains(words), "{message}");
        }
    }
}
