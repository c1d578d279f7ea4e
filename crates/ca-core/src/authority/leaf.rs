//! What a person's certificate holds.

use super::make::{key_identifier, published};
use super::{Application, CertificateAuthority, IssueError};
use crate::encode::{AlternativeName, CertificateSpec, Extensions, PolicyInformation, Role};
use crate::ledger::SerialNumber;
use crate::policy::{Capabilities, ValidityPeriod};
use crate::request::CertificateUsage;
use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use identity::certificate::KeyUsage;
use identity::{DistinguishedName, KeyKind, Mailbox, PublicKey, name};

/// Specifies the certificate of an application.
pub(super) fn specify<'a>(
    application: &Application<'a>,
    authority: &'a CertificateAuthority,
    now: DateTime<Utc>,
) -> Result<CertificateSpec<'a>, IssueError> {
    let Application {
        approved, usage, key, ..
    } = *application;
    let profile = approved.profile();
    let issuer = authority.certificate();
    if now < issuer.not_before() || now > issuer.not_after() {
        let (not_before, not_after) = (issuer.not_before(), issuer.not_after());
        return Err(IssueError::IssuerNotValid {
            now,
            not_before,
            not_after,
        });
    }
    let validity = ValidityPeriod::starting(now, approved.days());
    if validity.not_after > issuer.not_after() {
        let (not_after, issuer_not_after) = (validity.not_after, issuer.not_after());
        return Err(IssueError::OutlivesIssuer {
            not_after,
            issuer_not_after,
        });
    }
    let rules = profile.extensions();
    // The statement's address stands with the policy's own identifier, which comes first.
    let policies = profile
        .policy_oids()
        .enumerate()
        .map(|(index, oid)| PolicyInformation {
            oid,
            cps_url: rules.cps_url().filter(|_| index == 0),
        })
        .collect();
    Ok(CertificateSpec {
        serial: SerialNumber::random()?,
        scheme: authority.signer().scheme(),
        issuer: issuer.subject(),
        validity,
        subject: subject(approved.subject())?,
        public_key: key,
        extensions: Extensions {
            role: Role::EndEntity,
            subject_key_identifier: key.subject_key_identifier(),
            authority_key_identifier: Some(key_identifier(issuer)),
            key_usage: key_usage(key, usage, rules.non_repudiation())?,
            extended_key_usage: rules.extended_key_usage().to_vec(),
            alternative_names: approved.emails().iter().map(alternative_name).collect(),
            policies,
            constraints: None,
            issued: published(authority.base_url(), authority.id(), rules.ocsp()),
            // Ciphers that the holder reads concern only a key that is encrypted to.
            capabilities: if usage.encrypts() {
                capabilities(rules.capabilities())
            } else {
                &[]
            },
        },
    })
}

/// Returns the holder's name for searching: empty if the subject tells nothing but an address.
pub(super) fn search_name(subject: &[(ObjectIdentifier, String)], emails: &[Mailbox]) -> String {
    let values = |wanted: ObjectIdentifier| {
        subject
            .iter()
            .filter(move |(oid, _)| *oid == wanted)
            .map(|(_, v)| v)
    };
    let personal: Vec<&str> = values(name::GIVEN_NAME)
        .chain(values(name::SURNAME))
        .map(String::as_str)
        .collect();
    if !personal.is_empty() {
        return personal.join(" ");
    }
    let is_address = |value: &str| Mailbox::parse(value).is_ok_and(|address| emails.contains(&address));
    values(name::COMMON_NAME)
        .find(|value| !is_address(value))
        .cloned()
        .unwrap_or_default()
}

fn subject(attributes: &[(ObjectIdentifier, String)]) -> Result<DistinguishedName, IssueError> {
    let attributes: Vec<_> = attributes
        .iter()
        .map(|(oid, value)| (*oid, value.as_str()))
        .collect();
    Ok(DistinguishedName::from_attributes(&attributes)?)
}

/// RFC 9598, 3: SmtpUTF8Mailbox is for local parts outside ASCII only.
fn alternative_name(mailbox: &Mailbox) -> AlternativeName {
    match (mailbox.to_rfc822(), mailbox.to_smtp_utf8()) {
        (None, Some(address)) => AlternativeName::SmtpUtf8(address),
        (address, _) => AlternativeName::Rfc822(address.unwrap_or_else(|| mailbox.canonical())),
    }
}

/// CA/B S/MIME BR 7.1.2.3 (e): what a key can do, as far as the usage asks for it.
fn key_usage(
    key: &PublicKey,
    usage: CertificateUsage,
    non_repudiation: bool,
) -> Result<KeyUsage, IssueError> {
    let kind = key.kind();
    let mut bits = KeyUsage {
        digital_signature: usage.signs(),
        non_repudiation: usage.signs() && non_repudiation,
        ..KeyUsage::default()
    };
    match kind {
        KeyKind::Rsa { .. } => bits.key_encipherment = usage.encrypts(),
        KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 => bits.key_agreement = usage.encrypts(),
        KeyKind::Ed25519 if !usage.encrypts() => {}
        _ => return Err(IssueError::Usage { kind, usage }),
    }
    Ok(bits)
}

fn capabilities(rules: Capabilities) -> &'static [ObjectIdentifier] {
    match rules {
        Capabilities::Cbc => &CBC,
        Capabilities::Gcm => &GCM_AND_CBC,
        Capabilities::None => &[],
    }
}

/// AES-256, AES-192 and AES-128 in CBC mode, in order of preference (RFC 3565).
const CBC: [ObjectIdentifier; 3] = [
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2"),
];
/// AES-256 and AES-128 in GCM mode (RFC 5084), then the above.
const GCM_AND_CBC: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.46"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.6"),
    CBC[0],
    CBC[1],
    CBC[2],
];
