//! Which subject fields a policy requires, allows and forbids.

use std::fmt;

use der::asn1::ObjectIdentifier;

use super::reader::{Diagnostics, Located, Mapping};

/// A field of the subject that a request may fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SubjectField {
    /// Given name.
    GivenName,
    /// Middle name, which stands in the common name only.
    MiddleName,
    /// Surname.
    Surname,
    /// Legal name of the organization.
    Organization,
    /// Registration number of the organization.
    OrganizationId,
    /// Country.
    Country,
    /// Town.
    Locality,
}

impl SubjectField {
    /// All fields, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::GivenName,
        Self::MiddleName,
        Self::Surname,
        Self::Organization,
        Self::OrganizationId,
        Self::Country,
        Self::Locality,
    ];

    /// Returns the name in kebab case, as in `--given-name`.
    pub fn name(self) -> &'static str {
        match self {
            Self::GivenName => "given-name",
            Self::MiddleName => "middle-name",
            Self::Surname => "surname",
            Self::Organization => "organization",
            Self::OrganizationId => "organization-id",
            Self::Country => "country",
            Self::Locality => "locality",
        }
    }

    /// Returns the key in a policy file, which is also the column of a roster, as in `given_name`.
    pub fn key(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::MiddleName => "middle_name",
            Self::Surname => "surname",
            Self::Organization => "organization",
            Self::OrganizationId => "organization_id",
            Self::Country => "country",
            Self::Locality => "locality",
        }
    }

    /// Returns the attribute that holds the field, if one does (RFC 5280, A.1; organizationIdentifier: X.520).
    pub fn attribute(self) -> Option<ObjectIdentifier> {
        match self {
            Self::GivenName => Some(oid::GIVEN_NAME),
            Self::MiddleName => None,
            Self::Surname => Some(oid::SURNAME),
            Self::Organization => Some(oid::ORGANIZATION),
            Self::OrganizationId => Some(oid::ORGANIZATION_IDENTIFIER),
            Self::Country => Some(oid::COUNTRY),
            Self::Locality => Some(oid::LOCALITY),
        }
    }

    /// Returns the most characters that the attribute may hold (RFC 5280, A.1).
    pub fn upper_bound(self) -> usize {
        match self {
            // ub-name; a common name made of it has its own, lower bound.
            Self::GivenName | Self::MiddleName | Self::Surname => 32_768,
            Self::Organization => 64,
            // X.520 sets none; what a directory or a list can still show.
            Self::OrganizationId => 256,
            Self::Country => 2,
            Self::Locality => 128,
        }
    }
}

impl fmt::Display for SubjectField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a field must, may or must not be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldRule {
    /// A request without it is refused.
    Required,
    /// It may be given.
    Allowed,
    /// A request with it is refused.
    Forbidden,
}

impl fmt::Display for FieldRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::Allowed => "allowed",
            Self::Forbidden => "forbidden",
        })
    }
}

/// What the commonName holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommonName {
    /// The first address.
    Mailbox,
    /// Nothing: there is no commonName.
    None,
    /// The organization.
    Organization,
    /// Given name, middle name and surname.
    PersonalName,
}

impl fmt::Display for CommonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mailbox => "mailbox",
            Self::None => "none",
            Self::Organization => "organization",
            Self::PersonalName => "personal-name",
        })
    }
}

/// How an organization identifier must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdentifierSyntax {
    /// In any form.
    Any,
    /// Scheme, country and number, as in `NTRFR-552100554` (ETSI EN 319 412-1, 5.1.4; SBR 7.1.4.2.2).
    Registration,
}

impl fmt::Display for IdentifierSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any",
            Self::Registration => "registration",
        })
    }
}

/// The rules for the subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectRules {
    pub(super) common_name: CommonName,
    pub(super) identifier_syntax: IdentifierSyntax,
    /// In the order of [`SubjectField::ALL`].
    pub(super) fields: [FieldRule; SubjectField::ALL.len()],
}

impl SubjectRules {
    /// Returns what the commonName holds.
    pub fn common_name(&self) -> CommonName {
        self.common_name
    }

    /// Returns how an organization identifier must be written.
    pub fn identifier_syntax(&self) -> IdentifierSyntax {
        self.identifier_syntax
    }

    /// Returns the rule for a field.
    pub fn rule(&self, field: SubjectField) -> FieldRule {
        SubjectField::ALL
            .iter()
            .zip(self.fields)
            .find(|&(&candidate, _)| candidate == field)
            .map_or(FieldRule::Forbidden, |(_, rule)| rule)
    }

    /// Reads the section `subject`.
    pub(super) fn read(file: &Mapping<'_>, diagnostics: &mut Diagnostics<'_>) -> Option<Self> {
        let mut known = vec!["common_name"];
        known.extend(SubjectField::ALL.map(SubjectField::key));
        known.push("organization_id_syntax");
        let section = file.mapping("subject", &known, diagnostics)?;
        let names = [
            CommonName::PersonalName,
            CommonName::Mailbox,
            CommonName::Organization,
            CommonName::None,
        ];
        let common_name = section.choice("common_name", &names, diagnostics);
        let syntaxes = [IdentifierSyntax::Any, IdentifierSyntax::Registration];
        let syntax = section.choice_or(
            "organization_id_syntax",
            IdentifierSyntax::Any,
            &syntaxes,
            diagnostics,
        );
        let rules = [FieldRule::Required, FieldRule::Allowed, FieldRule::Forbidden];
        let mut fields = [FieldRule::Forbidden; SubjectField::ALL.len()];
        let mut complete = true;
        for (field, slot) in SubjectField::ALL.into_iter().zip(&mut fields) {
            match section.choice_or(field.key(), FieldRule::Forbidden, &rules, diagnostics) {
                Some(rule) => *slot = rule.value,
                None => complete = false,
            }
        }
        let (common_name, syntax) = (common_name?, syntax?);
        let read = Self {
            common_name: common_name.value,
            identifier_syntax: syntax.value,
            fields,
        };
        if complete {
            read.note_contradictions(&section, &common_name, diagnostics);
        }
        complete.then_some(read)
    }

    fn note_contradictions(
        &self,
        section: &Mapping<'_>,
        common_name: &Located<CommonName>,
        diagnostics: &mut Diagnostics<'_>,
    ) {
        let needed: &[SubjectField] = match self.common_name {
            CommonName::PersonalName => &[SubjectField::GivenName, SubjectField::Surname],
            CommonName::Organization => &[SubjectField::Organization],
            CommonName::Mailbox | CommonName::None => &[],
        };
        for &field in needed {
            if self.rule(field) != FieldRule::Required {
                diagnostics.push(
                    common_name.at,
                    format!(
                        "the common name is made of \"{}\", which is {}",
                        field.key(),
                        self.rule(field)
                    ),
                    format!("write `{}: required`, or choose another common name", field.key()),
                );
            }
        }
        let depends = [
            (SubjectField::MiddleName, SubjectField::GivenName),
            (SubjectField::OrganizationId, SubjectField::Organization),
        ];
        for (field, on) in depends {
            if self.rule(on) == FieldRule::Forbidden && self.rule(field) != FieldRule::Forbidden {
                let at = section
                    .optional(field.key())
                    .map_or(common_name.at, |node| node.at);
                diagnostics.push(
                    at,
                    format!(
                        "\"{}\" is {}, but \"{}\" is forbidden",
                        field.key(),
                        self.rule(field),
                        on.key()
                    ),
                    format!(
                        "write `{}: forbidden`, or allow \"{}\" too",
                        field.key(),
                        on.key()
                    ),
                );
            }
        }
        if self.rule(SubjectField::MiddleName) != FieldRule::Forbidden
            && self.common_name != CommonName::PersonalName
            && let Some(node) = section.optional(SubjectField::MiddleName.key())
        {
            diagnostics.push(
                node.at,
                "a middle name stands in the common name only, and the common name is not the personal name",
                "write `middle_name: forbidden`, or `common_name: personal-name`",
            );
        }
    }

    /// Returns all fields that have a rule, in the order of the documentation.
    pub fn fields_with(&self, rule: FieldRule) -> impl Iterator<Item = SubjectField> + '_ {
        SubjectField::ALL
            .into_iter()
            .zip(self.fields)
            .filter(move |&(_, given)| given == rule)
            .map(|(field, _)| field)
    }
}

/// Attribute types of subjects.
pub(crate) mod oid {
    use der::asn1::ObjectIdentifier;

    pub(crate) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
    pub(crate) const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");
    pub(crate) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
    pub(crate) const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
    pub(crate) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
    pub(crate) const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");
    pub(crate) const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");
}
