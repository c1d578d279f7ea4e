//! What can go wrong with authorities and issuance.

use super::KeyFault;
use crate::encode::EncodeError;
use crate::ledger::{LedgerError, RevocationReason, SerialNumber, SerialNumberError};
use crate::lint::Finding;
use crate::request::CertificateUsage;
use crate::revocation::RevocationError;
use chrono::{DateTime, Utc};
use identity::certificate::CertificateError;
use identity::key::SignError;
use identity::name::NameError;
use identity::{KeyKind, VerifyError};

/// Why an authority could not be made or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// Part of the name says nothing.
    #[error("{field} is empty: say what the authority is to be called")]
    Blank {
        /// The attribute.
        field: &'static str,
    },
    /// The country is not a code.
    #[error("the country \"{country}\" is not two capital letters: write its ISO 3166 code, as in FR")]
    Country {
        /// What was given.
        country: String,
    },
    /// A name constraint is not a domain.
    #[error("\"{domain}\" is not a domain that addresses can be limited to: {reason}")]
    Domain {
        /// What was given.
        domain: String,
        /// What is wrong.
        reason: String,
    },
    /// The certificate could not be made.
    #[error(transparent)]
    Issue(#[from] Box<IssueError>),
    /// The private key is not that of the certificate.
    #[error(
        "the private key of the authority \"{id}\" is not that of its certificate: use the key made with it"
    )]
    KeyMismatch {
        /// The authority.
        id: String,
    },
    /// The subject cannot be a name.
    #[error("the authority cannot be named so: {0}")]
    Name(#[from] NameError),
    /// The certificate is not that of an authority.
    #[error("the certificate of \"{subject}\" is not that of an authority (basicConstraints, keyUsage)")]
    NotAuthority {
        /// Its subject.
        subject: String,
    },
    /// A value is too long for its attribute.
    #[error("{field} \"{value}\" has {length} characters, more than {maximum} (RFC 5280, A.1): shorten it")]
    TooLong {
        /// The attribute.
        field: &'static str,
        /// The beginning of the value.
        value: String,
        /// Its length in characters.
        length: usize,
        /// The most that are allowed.
        maximum: usize,
    },
    /// A recorded certificate cannot be read.
    #[error("the recorded certificate of the authority \"{id}\" cannot be read: {source}")]
    Unreadable {
        /// The authority.
        id: String,
        /// Why.
        source: CertificateError,
    },
    /// No such authority is on record.
    #[error("no authority \"{id}\" is on record")]
    Unknown {
        /// The authority.
        id: String,
    },
}

/// Why a certificate was not issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The issuer is revoked, or an authority above it.
    #[error(
        "the issuing authority \"{id}\" is revoked since {at} ({reason}), so that nobody would rely on what it signs"
    )]
    AuthorityRevoked {
        /// The authority.
        id: String,
        /// From when on.
        at: DateTime<Utc>,
        /// Why.
        reason: RevocationReason,
    },
    /// Whether the issuer is revoked cannot be told.
    #[error("whether the issuing authority is revoked cannot be told: {0}")]
    AuthorityUnknown(#[source] Box<RevocationError>),
    /// It could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The issuer is not valid at the moment.
    #[error("the issuing authority is valid from {not_before} to {not_after}, which {now} is not within")]
    IssuerNotValid {
        /// The moment.
        now: DateTime<Utc>,
        /// The first second of its validity.
        not_before: DateTime<Utc>,
        /// The last second of its validity.
        not_after: DateTime<Utc>,
    },
    /// The key that was given must not be certified.
    #[error("the key that was given must not be certified: {fault}; a new key is needed")]
    KeyRefused {
        /// What stands against it.
        fault: KeyFault,
    },
    /// The record refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A rule is broken.
    #[error("certificate {serial} was not signed: {}", list(.findings))]
    Lint {
        /// The serial, which is given up.
        serial: SerialNumber,
        /// The rules broken, those of lesser weight too.
        findings: Vec<Finding>,
    },
    /// The subject cannot be a name.
    #[error("the certificate's subject cannot be encoded: {0}")]
    Name(#[from] NameError),
    /// The certificate would be valid for longer than its issuer.
    #[error(
        "the certificate would end at {not_after}, after its issuer at {issuer_not_after}: ask for fewer days"
    )]
    OutlivesIssuer {
        /// The last second asked for.
        not_after: DateTime<Utc>,
        /// The last second of the issuer.
        issuer_not_after: DateTime<Utc>,
    },
    /// No serial could be drawn.
    #[error(transparent)]
    Serial(#[from] SerialNumberError),
    /// The signing key failed.
    #[error("certificate {serial} was not signed: {source}")]
    Sign {
        /// The serial, which is given up.
        serial: SerialNumber,
        /// Why.
        source: SignError,
    },
    /// What was signed cannot be read back as what was to be signed.
    #[error("certificate {serial} was signed but does not read back: {reason}; it was not handed out")]
    Unreadable {
        /// The serial, which is given up.
        serial: SerialNumber,
        /// Why.
        reason: String,
    },
    /// The key cannot be used as asked.
    #[error("a {kind} key cannot be certified for the usage {usage}")]
    Usage {
        /// The kind of key.
        kind: KeyKind,
        /// The usage.
        usage: CertificateUsage,
    },
    /// The second implementation does not accept the signature.
    #[error(
        "certificate {serial} was signed but a second implementation does not accept the signature: {source}; it was not handed out"
    )]
    Verification {
        /// The serial, which is given up.
        serial: SerialNumber,
        /// Why.
        source: VerifyError,
    },
    /// The recorded intent belongs to another authority.
    #[error("certificate {serial} is of the authority \"{authority}\", not of \"{given}\"")]
    WrongAuthority {
        /// The serial.
        serial: SerialNumber,
        /// Whose it is.
        authority: String,
        /// Who was to sign it.
        given: String,
    },
}

fn list(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.is_error());
    errors
        .map(|finding| format!("{} ({}, {})", finding.message, finding.rule, finding.citation))
        .collect::<Vec<_>>()
        .join("; ")
}
