//! A country is one of ISO 3166-1, or XX where it has none.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use crate::registration;
use identity::name;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_country",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.4.2.2 (n); ISO 3166-1",
    about: "A country is one of ISO 3166-1, or XX where it has none.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let mut countries = candidate.names().flat_map(|name| name.get(name::COUNTRY));
    let unknown = countries.find(|country| !registration::is_country(country))?;
    Some(format!(
        "ISO 3166-1 knows no country \"{}\"",
        unknown.chars().take(16).collect::<String>()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(country: &str) -> Option<String> {
        let place = [(name::SURNAME, "Noël"), (name::COUNTRY, country)];
        let certificate = strict(Level::Individual, |spec| spec.subject = subject(&place));
        judge(check, &certificate, INDIVIDUAL_STRICT)
    }

    #[test]
    fn good() {
        assert_eq!(of("FR"), None);
        assert_eq!(of("XX"), None);
    }

    #[test]
    fn bad() {
        assert!(of("ZZ").unwrap().contains("ZZ"));
        assert!(of("UK").unwrap().contains("UK"));
    }
}
