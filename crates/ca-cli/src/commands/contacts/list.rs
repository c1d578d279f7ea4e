use chrono::{DateTime, Utc};
use serde::Serialize;
use smime::contacts::{Contact, KnownCertificate, Suitability};

use crate::address_book;
use crate::cli::Format;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, rfc3339, table};

/// List the contacts, each with the certificate that mail to it is encrypted to
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet contacts list --format json")]
pub(crate) struct ContactsListArgs {}

/// A certificate of a contact.
#[derive(Clone, Serialize)]
pub(super) struct Row {
    pub(super) email: String,
    pub(super) subject: String,
    pub(super) serial: String,
    pub(super) issuer: String,
    pub(super) not_before: String,
    pub(super) not_after: String,
    pub(super) sha256: String,
    /// `valid`, `expired`, `not-yet-valid` or `signs-only`.
    pub(super) status: &'static str,
    pub(super) capabilities: Vec<String>,
    pub(super) learned: String,
    pub(super) source: &'static str,
    /// The trusted root that it led to when it was learned.
    pub(super) root: Option<String>,
}

impl Row {
    pub(super) fn new(contact: &Contact, known: &KnownCertificate, now: DateTime<Utc>) -> Self {
        let certificate = &known.certificate;
        Self {
            email: contact.address().to_string(),
            subject: certificate.subject().to_string(),
            serial: certificate.serial_hex(),
            issuer: certificate.issuer().to_string(),
            not_before: rfc3339(certificate.not_before()),
            not_after: rfc3339(certificate.not_after()),
            sha256: hex::encode(certificate.fingerprint_sha256()),
            status: match Suitability::of(certificate) {
                _ if now > certificate.not_after() => "expired",
                _ if now < certificate.not_before() => "not-yet-valid",
                Suitability::Encrypts => "valid",
                _ => "signs-only",
            },
            capabilities: address_book::capabilities(contact, certificate),
            learned: rfc3339(known.learned),
            source: known.source.as_str(),
            root: known.root.as_ref().map(|root| root.subject.clone()),
        }
    }

    /// The certificate that mail is encrypted to, else the newest that mail could be encrypted to, else the newest.
    pub(super) fn of_contact(contact: &Contact, now: DateTime<Utc>) -> Option<Self> {
        let all = contact.certificates();
        contact
            .encryption_certificate(contact.address(), now)
            .ok()
            .or_else(|| {
                all.iter()
                    .find(|known| Suitability::of(&known.certificate) == Suitability::Encrypts)
            })
            .or_else(|| all.first())
            .map(|known| Self::new(contact, known, now))
    }
}

pub(super) fn run(context: &Context, _args: &ContactsListArgs) -> Result<Outcome, CommandError> {
    let book = address_book::read(context)?;
    let rows: Vec<Row> = book
        .contacts
        .iter()
        .filter_map(|contact| Row::of_contact(contact, context.now()))
        .collect();
    if rows.is_empty() {
        context.ui.note(
            "there is no contact yet; cachet mail verify --learn MESSAGE or cachet contacts add FILE adds one",
        );
    }
    context.ui.result(&match context.global.format {
        Format::Json => json::document(&rows),
        Format::Csv => table::csv(
            [
                "email",
                "subject",
                "serial",
                "issuer",
                "not_before",
                "not_after",
                "sha256",
                "status",
                "capabilities",
                "learned",
                "source",
                "root",
            ],
            rows.into_iter().map(|row| {
                [
                    row.email,
                    row.subject,
                    row.serial,
                    row.issuer,
                    row.not_before,
                    row.not_after,
                    row.sha256,
                    row.status.to_owned(),
                    row.capabilities.join(" "),
                    row.learned,
                    row.source.to_owned(),
                    row.root.unwrap_or_default(),
                ]
            }),
        ),
        Format::Table => table::list(
            ["EMAIL", "SUBJECT", "ISSUER", "UNTIL", "STATUS", "FROM A"],
            rows.into_iter().map(|row| {
                [
                    row.email,
                    row.subject,
                    row.issuer,
                    row.not_after.chars().take(10).collect(),
                    row.status.to_owned(),
                    row.source.to_owned(),
                ]
            }),
        ),
    })?;
    Ok(Outcome::Done)
}
