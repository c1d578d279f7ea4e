//! What a roster's columns are called.

use std::fmt;

use ca_core::enrolment::name_key;
use ca_core::evidence::EvidenceKind;
use ca_core::policy::SubjectField;
use strsim::osa_distance;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Class,
    Days,
    Email,
    /// `KIND=TEXT`, and `evidence_KIND`: the text alone. There may be several.
    Evidence(Option<EvidenceKind>),
    Field(SubjectField),
    Key,
    /// The whole name, which is shown and never certified.
    Name,
    Usage,
}

impl Column {
    /// Finds what a heading means, in English or French, whatever its case, accents and word order; `None` for a column that
    /// is somebody else's.
    pub(crate) fn called(heading: &str) -> Option<Self> {
        use SubjectField::{Country, GivenName, Locality, MiddleName, Organization, OrganizationId, Surname};
        let key = name_key(heading);
        if let Some(kind) = key.strip_prefix("evidence ").or_else(|| {
            // (Words stand in the order of the alphabet: of document and evidence, document is the first.)
            key.strip_suffix(" evidence")
        }) {
            let kind = if kind == "in person" || key == "evidence in person" {
                "in-person"
            } else {
                kind
            };
            return kind.parse().ok().map(|kind| Self::Evidence(Some(kind)));
        }
        Some(match key.as_str() {
            "email"
            | "e mail"
            | "mail"
            | "address email"
            | "address e mail"
            | "courriel"
            | "adresse mail"
            | "adresse electronique" => Self::Email,
            "given name" | "first name" | "prenom" => Self::Field(GivenName),
            "middle name" | "deuxieme prenom" => Self::Field(MiddleName),
            "surname" | "last name" | "family name" | "nom" | "de famille nom" => Self::Field(Surname),
            "name" | "full name" | "complet nom" => Self::Name,
            "organization" | "organisation" => Self::Field(Organization),
            "id organization" | "id organisation" => Self::Field(OrganizationId),
            "country" | "pays" => Self::Field(Country),
            "locality" | "town" | "city" | "ville" => Self::Field(Locality),
            "class" | "classe" => Self::Class,
            "key" | "cle" => Self::Key,
            "usage" => Self::Usage,
            "days" | "jours" => Self::Days,
            "evidence" => Self::Evidence(None),
            _ => return None,
        })
    }

    /// Returns the name that a heading was probably meant to be.
    pub(crate) fn almost(heading: &str) -> Option<&'static str> {
        let given = name_key(heading).replace(' ', "_");
        let near = |name: &&&str| {
            let most = 1 + usize::from(name.len() > 6);
            osa_distance(&given, name) <= most
                || osa_distance(&given, &name_key(name).replace(' ', "_")) <= most
        };
        NAMES.iter().filter(|_| given.len() > 3).find(near).copied()
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class => f.write_str("class"),
            Self::Days => f.write_str("days"),
            Self::Email => f.write_str("email"),
            Self::Evidence(None) => f.write_str("evidence"),
            Self::Evidence(Some(kind)) => write!(f, "evidence_{}", kind.name().replace('-', "_")),
            Self::Field(field) => f.write_str(field.key()),
            Self::Key => f.write_str("key"),
            Self::Name => f.write_str("name"),
            Self::Usage => f.write_str("usage"),
        }
    }
}

/// The names in the documentation.
pub(crate) const NAMES: [&str; 14] = [
    "email",
    "given_name",
    "middle_name",
    "surname",
    "name",
    "organization",
    "organization_id",
    "country",
    "locality",
    "class",
    "key",
    "usage",
    "days",
    "evidence",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_name_is_known() {
        for name in NAMES {
            assert_eq!(Column::called(name).unwrap().to_string(), name);
        }
        for kind in EvidenceKind::ALL {
            let column = Column::Evidence(Some(kind));
            assert_eq!(Column::called(&column.to_string()), Some(column), "{kind}");
        }
    }

    #[test]
    fn people_write_headings_in_their_own_way() {
        for (heading, column) in [
            ("Prénom", "given_name"),
            ("NOM", "surname"),
            ("E-Mail", "email"),
            ("Adresse électronique", "email"),
            ("Given Name", "given_name"),
        ] {
            assert_eq!(Column::called(heading).unwrap().to_string(), column);
        }
        assert_eq!(Column::called("Groupe"), None);
        assert_eq!(Column::almost("Groupe"), None);
        for (slip, meant) in [
            ("emial", "email"),
            ("surnam", "surname"),
            ("given_nam", "given_name"),
        ] {
            assert_eq!(Column::called(slip), None);
            assert_eq!(Column::almost(slip), Some(meant));
        }
    }
}
