//! A CSR's wishes: taken where the request is silent and the policy agrees, else dropped with a note.

use der::Decode;
use der::asn1::ObjectIdentifier;
use identity::mailbox::Match;
use identity::{CertificateRequest, Mailbox};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::reason::Reason;
use super::subject::{normalised, quoted};
use super::{Draft, Note};
use crate::policy::{FieldRule, Profile, SubjectField, subject_oid};
use crate::request::KeySource;

/// Checks the CSR's signature and fills the draft from it.
pub(super) fn fill(profile: &Profile, draft: &mut Draft) {
    let KeySource::Csr(csr) = &draft.source else {
        return;
    };
    let csr = csr.clone();
    if let Err(error) = csr.verify() {
        // Nobody vouches for what it says: nothing is taken from it.
        draft.reasons.push(Reason::CsrSignature {
            fault: error.to_string(),
        });
        return;
    }
    fill_emails(&csr, draft);
    fill_fields(profile, &csr, draft);
    note_extensions(&csr, draft);
}

/// Notes names in the CSR that did not become the subject's; the common name is known only now.
pub(super) fn note_dropped_names(draft: &mut Draft, subject: &[(ObjectIdentifier, String)]) {
    let KeySource::Csr(csr) = &draft.source else {
        return;
    };
    for (oid, value) in csr.subject().attributes() {
        if SubjectField::ALL
            .iter()
            .any(|field| field.attribute() == Some(*oid))
        {
            continue;
        }
        let held = subject
            .iter()
            .any(|(other, held)| other == oid && *held == normalised(value));
        let address = *oid == EMAIL_ADDRESS
            && Mailbox::parse(value).is_ok_and(|named| {
                draft
                    .emails
                    .iter()
                    .any(|email| email.matches(&named) == Match::Exact)
            });
        if !held && !address {
            let what = format!("the subject's {} {}", attribute_name(*oid), quoted(value));
            draft.notes.push(Note::Dropped {
                what,
                why: "the policy makes the subject".to_owned(),
            });
        }
    }
}

fn fill_emails(csr: &CertificateRequest, draft: &mut Draft) {
    let given = !draft.emails.is_empty();
    for address in csr.emails().into_iter().take(super::subject::MAXIMUM_EMAILS + 1) {
        match Mailbox::parse(&address) {
            Ok(email)
                if draft
                    .emails
                    .iter()
                    .any(|known| known.matches(&email) == Match::Exact) => {}
            Ok(email) if given => draft.notes.push(Note::Dropped {
                what: format!("the address {email}"),
                why: "the request names its addresses".to_owned(),
            }),
            Ok(email) => {
                draft.notes.push(Note::Taken {
                    field: "email".to_owned(),
                    value: email.to_string(),
                });
                draft.emails.push(email);
            }
            Err(error) if given => draft.notes.push(Note::Dropped {
                what: format!("the address {}", quoted(&address)),
                why: error.to_string(),
            }),
            Err(error) => draft.reasons.push(Reason::CsrAddress {
                fault: error.to_string(),
            }),
        }
    }
}

fn fill_fields(profile: &Profile, csr: &CertificateRequest, draft: &mut Draft) {
    for (oid, value) in csr.subject().attributes() {
        let Some(field) = SubjectField::ALL
            .into_iter()
            .find(|field| field.attribute() == Some(*oid))
        else {
            continue;
        };
        let value = normalised(value);
        let why = match draft.field(field) {
            _ if profile.subject().rule(field) == FieldRule::Forbidden => {
                format!("the policy forbids {field}")
            }
            Some(given) if given == value => continue,
            Some(given) => format!("the request says {}", quoted(given)),
            None => {
                draft.notes.push(Note::Taken {
                    field: field.name().to_owned(),
                    value: quoted(&value),
                });
                draft.set_field(field, value);
                continue;
            }
        };
        draft.notes.push(Note::Dropped {
            what: format!("the subject's {field} {}", quoted(&value)),
            why,
        });
    }
}

fn note_extensions(csr: &CertificateRequest, draft: &mut Draft) {
    for extension in csr.requested_extensions() {
        if extension.oid == SUBJECT_ALT_NAME {
            let names = SubjectAltName::from_der(extension.value_der)
                .map(|names| names.0)
                .unwrap_or_default();
            for what in names.iter().filter_map(other_name) {
                draft.notes.push(Note::Dropped {
                    what,
                    why: "only mail addresses are certified".to_owned(),
                });
            }
            continue;
        }
        let name = EXTENSION_NAMES
            .iter()
            .find(|(oid, _)| *oid == extension.oid)
            .map(|(_, name)| *name);
        let what = match name {
            Some(name) => format!("the extension {name}"),
            None => format!("the extension {}", extension.oid),
        };
        draft.notes.push(Note::Dropped {
            what,
            why: "the policy decides about extensions".to_owned(),
        });
    }
}

/// Describes a name that is not a mail address.
fn other_name(name: &GeneralName) -> Option<String> {
    Some(match name {
        GeneralName::Rfc822Name(_) => return None,
        GeneralName::OtherName(other) if other.type_id == SMTP_UTF8_MAILBOX => return None,
        GeneralName::DnsName(name) => format!("the DNS name {}", quoted(name.as_str())),
        GeneralName::UniformResourceIdentifier(uri) => format!("the URI {}", quoted(uri.as_str())),
        GeneralName::IpAddress(_) => "an IP address".to_owned(),
        GeneralName::DirectoryName(_) => "a directory name".to_owned(),
        GeneralName::OtherName(other) => format!("the other name {}", other.type_id),
        GeneralName::RegisteredId(oid) => format!("the registered identifier {oid}"),
        GeneralName::EdiPartyName(_) => "an EDI party name".to_owned(),
    })
}

fn attribute_name(oid: ObjectIdentifier) -> String {
    match oid {
        subject_oid::COMMON_NAME => "common name".to_owned(),
        EMAIL_ADDRESS => "emailAddress".to_owned(),
        other => other.to_string(),
    }
}

const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
/// id-on-SmtpUTF8Mailbox (RFC 9598).
const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");

const EXTENSION_NAMES: [(ObjectIdentifier, &str); 5] = [
    (ObjectIdentifier::new_unwrap("2.5.29.14"), "subjectKeyIdentifier"),
    (ObjectIdentifier::new_unwrap("2.5.29.15"), "keyUsage"),
    (ObjectIdentifier::new_unwrap("2.5.29.19"), "basicConstraints"),
    (ObjectIdentifier::new_unwrap("2.5.29.32"), "certificatePolicies"),
    (ObjectIdentifier::new_unwrap("2.5.29.37"), "extKeyUsage"),
];
