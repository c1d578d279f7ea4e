//! Subject fields and addresses: what may stand in a certificate.

use der::asn1::ObjectIdentifier;
use identity::Mailbox;
use unicode_normalization::UnicodeNormalization;

use super::reason::{MAXIMUM_COMMON_NAME, Reason};
use super::{Draft, Note};
use crate::policy::{CommonName, FieldRule, IdentifierSyntax, Profile, SubjectField, subject_oid};
use crate::registration;
use crate::text::is_unseen;

/// More than any person has, and few enough for every mail program.
pub(super) const MAXIMUM_EMAILS: usize = 100;

/// Returns a value as it will stand in the certificate: NFC (RFC 5280, 4.1.2.4), without white space around it.
pub(super) fn normalised(value: &str) -> String {
    // What is too long is cut to a length that is refused, lest a value of megabytes be carried along.
    value.trim().chars().take(LONGEST_LOOKED_AT).nfc().collect()
}

/// Notes what is wrong with the fields.
pub(super) fn check_fields(profile: &Profile, draft: &mut Draft) {
    let rules = profile.subject();
    if draft.name_on_record {
        leave_name_out(profile, draft);
    }
    if let Some(country) = draft.field(SubjectField::Country) {
        let upper = country.to_ascii_uppercase();
        draft.set_field(SubjectField::Country, upper);
    }
    for field in SubjectField::ALL {
        let reason = match (draft.field(field), rules.rule(field)) {
            (None, FieldRule::Required) => Reason::MissingField { field },
            (None, _) => continue,
            (Some(value), FieldRule::Forbidden) => Reason::ForbiddenField {
                field,
                value: quoted(value),
                class: profile.class(),
            },
            (Some(value), _) => match fault(profile, draft, field, value) {
                Some(fault) => Reason::FieldFault {
                    field,
                    value: quoted(value),
                    fault,
                },
                None => continue,
            },
        };
        draft.reasons.push(reason);
    }
    let (id, organization) = (SubjectField::OrganizationId, SubjectField::Organization);
    if draft.field(id).is_some()
        && draft.field(organization).is_none()
        && rules.rule(id) != FieldRule::Forbidden
        && rules.rule(organization) == FieldRule::Allowed
    {
        draft.reasons.push(Reason::FieldNeeds {
            field: id,
            needs: organization,
        });
    }
}

/// Takes out what the policy forbids of a name that is on record elsewhere; there, too, it must be one.
fn leave_name_out(profile: &Profile, draft: &mut Draft) {
    let name = [
        SubjectField::GivenName,
        SubjectField::MiddleName,
        SubjectField::Surname,
    ];
    let mut any = false;
    for field in name {
        if profile.subject().rule(field) != FieldRule::Forbidden {
            continue;
        }
        let Some(value) = draft.take_field(field) else {
            continue;
        };
        any = true;
        if let Some(fault) = fault(profile, draft, field, &value) {
            draft.reasons.push(Reason::FieldFault {
                field,
                value: quoted(&value),
                fault,
            });
        }
    }
    if any {
        draft.notes.push(Note::NameLeftOut {
            class: profile.class(),
        });
    }
}

/// Builds the subject, the most significant attribute first.
pub(super) fn build(profile: &Profile, draft: &mut Draft) -> Vec<(ObjectIdentifier, String)> {
    let order = [
        SubjectField::Country,
        SubjectField::Locality,
        SubjectField::Organization,
        SubjectField::OrganizationId,
        SubjectField::Surname,
        SubjectField::GivenName,
    ];
    let mut subject: Vec<(ObjectIdentifier, String)> = Vec::new();
    for field in order {
        if let (Some(value), Some(attribute)) = (draft.field(field), field.attribute()) {
            subject.push((attribute, value.to_owned()));
        }
    }
    let common_name = match profile.subject().common_name() {
        // As in the subjectAltName, which must repeat it.
        CommonName::Mailbox => draft.emails.first().map(Mailbox::canonical),
        CommonName::Organization => draft.field(SubjectField::Organization).map(str::to_owned),
        CommonName::PersonalName => {
            let parts: Vec<&str> = [
                SubjectField::GivenName,
                SubjectField::MiddleName,
                SubjectField::Surname,
            ]
            .into_iter()
            .filter_map(|field| draft.field(field))
            .collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
        _ => None,
    };
    let Some(common_name) = common_name else {
        return subject;
    };
    let length = common_name.chars().count();
    if length <= MAXIMUM_COMMON_NAME {
        subject.push((subject_oid::COMMON_NAME, common_name));
    } else if profile.subject().common_name() == CommonName::Mailbox {
        draft.notes.push(Note::NoCommonName { email: common_name });
    } else if !draft
        .reasons
        .iter()
        .any(|reason| matches!(reason, Reason::FieldFault { .. }))
    {
        draft.reasons.push(Reason::CommonNameTooLong {
            common_name: common_name.chars().take(80).collect(),
            length,
        });
    }
    subject
}

/// Tells whether an address satisfies name constraints (RFC 5280, 4.2.1.10; RFC 9598, 6).
pub(super) fn is_permitted(email: &Mailbox, constraints: &[String]) -> bool {
    constraints.is_empty()
        || constraints.iter().any(|constraint| {
            if constraint.contains('@') {
                return Mailbox::parse(constraint)
                    .is_ok_and(|mailbox| mailbox.matches(email) == identity::mailbox::Match::Exact);
            }
            let constraint = constraint.to_ascii_lowercase();
            match constraint.strip_prefix('.') {
                Some(_) => email.ascii_domain().ends_with(&constraint),
                None => email.ascii_domain() == constraint,
            }
        })
}

/// Returns the beginning of a value in quotation marks, control characters escaped.
pub(super) fn quoted(value: &str) -> String {
    let start: String = value.chars().take(48).flat_map(char::escape_debug).collect();
    let more = if value.chars().nth(48).is_some() {
        "…"
    } else {
        ""
    };
    format!("\"{start}{more}\"")
}

/// Returns what is wrong with a value.
fn fault(profile: &Profile, draft: &Draft, field: SubjectField, value: &str) -> Option<String> {
    let length = value.chars().count();
    if value.is_empty() {
        return Some("it is empty".to_owned());
    }
    if let Some(character) = value.chars().find(|&character| is_unseen(character)) {
        return Some(format!(
            "it holds the control or invisible character U+{:04X}",
            u32::from(character)
        ));
    }
    if field == SubjectField::Country && !registration::has_form_of_country(value) {
        return Some("a country has two letters (ISO 3166), such as FR".to_owned());
    }
    if length > field.upper_bound() {
        let at_least = if length >= LONGEST_LOOKED_AT {
            "at least "
        } else {
            ""
        };
        return Some(format!(
            "it has {at_least}{length} characters, more than {} (RFC 5280, A.1)",
            field.upper_bound()
        ));
    }
    if !value.chars().any(char::is_alphanumeric) {
        return Some("it says nothing: a value that is not known is left out".to_owned());
    }
    if field == SubjectField::OrganizationId
        && profile.subject().identifier_syntax() == IdentifierSyntax::Registration
    {
        return registration::fault(value, draft.field(SubjectField::Country));
    }
    None
}

/// One more than the highest bound of any field.
const LONGEST_LOOKED_AT: usize = 32_769;
