use ca_core::ledger::{AuthorityRecord, CertificateFilter, Ledger, SerialNumber, Status};
use ca_core::request::Class;
use chrono::Duration;
use identity::Certificate;
use serde::Serialize;

use crate::cli::Format;
use crate::context::Context;
use crate::duration::parse_duration;
use crate::error::{CommandError, Outcome};
use crate::output::record::RecordView;
use crate::output::{json, rfc3339, table};

/// List the certificates that were issued to people, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet cert list --class 1 --status valid")]
pub(crate) struct CertListArgs {
    /// Only those of this address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Only those whose holder's name begins so
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only those of this class: 1, 2 or 3
    #[arg(long, value_name = "N")]
    class: Option<Class>,
    /// Only those with this status: valid, revoked, held, expired, not-yet-valid or pending
    #[arg(long, value_name = "STATUS")]
    status: Option<Status>,
    /// Only valid ones that end within this time, such as 30d
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expires_within: Option<Duration>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only those older than this one: the last of the page before
    #[arg(long, value_name = "SERIAL")]
    after: Option<SerialNumber>,
    /// List the CA's own certificates instead
    #[arg(long, conflicts_with_all = ["email", "name", "class", "status", "expires_within", "limit", "after"])]
    ca: bool,
}

pub(super) fn run(context: &Context, args: &CertListArgs) -> Result<Outcome, CommandError> {
    let ledger = context.ledger(&context.directory()?)?;
    if args.ca {
        return list_authorities(context, &ledger.authorities()?);
    }
    let now = context.now();
    let filter = CertificateFilter {
        email: args.email.clone(),
        name_prefix: args.name.clone(),
        class: args.class,
        status: args.status,
        expires_by: args
            .expires_within
            .and_then(|within| now.checked_add_signed(within)),
        people_only: true,
        after: args.after,
        limit: args.limit,
        ..CertificateFilter::default()
    };
    let rows: Vec<RecordView> = ledger
        .list(&filter, now)?
        .iter()
        .map(|record| RecordView::new(record, now))
        .collect();
    let text = match context.global.format {
        Format::Json => json::document(&rows),
        Format::Csv => table::csv(
            [
                "serial",
                "class",
                "emails",
                "subject",
                "not_before",
                "not_after",
                "key",
                "usage",
                "status",
                "sha256",
            ],
            rows.into_iter().map(|row| {
                [
                    row.serial,
                    row.class.to_string(),
                    row.emails.join(" "),
                    row.subject,
                    row.not_before,
                    row.not_after,
                    row.key,
                    row.usage,
                    row.status,
                    row.sha256.unwrap_or_default(),
                ]
            }),
        ),
        Format::Table => table::list(
            ["SERIAL", "CLASS", "ADDRESS", "STATUS", "UNTIL", "KEY", "USAGE"],
            rows.into_iter().map(|row| {
                [
                    row.serial,
                    row.class.to_string(),
                    row.emails.join(" "),
                    row.status,
                    row.not_after.chars().take(10).collect(),
                    row.key,
                    row.usage,
                ]
            }),
        ),
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}

/// A certificate of the CA itself.
#[derive(Serialize)]
struct AuthorityRow {
    id: String,
    name: String,
    kind: String,
    issuer: Option<String>,
    classes: Vec<u8>,
    serial: String,
    subject: String,
    not_before: String,
    not_after: String,
    key: String,
    status: &'static str,
    sha256: String,
}

fn list_authorities(context: &Context, records: &[AuthorityRecord]) -> Result<Outcome, CommandError> {
    let now = context.now();
    let mut rows = Vec::new();
    for record in records {
        let certificate = Certificate::from_der(&record.certificate)?;
        let status = if now < certificate.not_before() {
            "not-yet-valid"
        } else if now > certificate.not_after() {
            "expired"
        } else {
            "valid"
        };
        rows.push(AuthorityRow {
            id: record.id.clone(),
            name: record.name.clone(),
            kind: record.kind.to_string(),
            issuer: record.issuer.clone(),
            classes: record.classes.iter().map(|class| class.number()).collect(),
            serial: certificate.serial_hex(),
            subject: certificate.subject().to_string(),
            not_before: rfc3339(certificate.not_before()),
            not_after: rfc3339(certificate.not_after()),
            key: certificate.public_key().kind().to_string(),
            status,
            sha256: hex::encode(certificate.fingerprint_sha256()),
        });
    }
    let classes = |row: &AuthorityRow| {
        row.classes
            .iter()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let text = match context.global.format {
        Format::Json => json::document(&rows),
        Format::Csv => table::csv(
            [
                "id",
                "name",
                "kind",
                "classes",
                "serial",
                "not_before",
                "not_after",
                "key",
                "status",
                "sha256",
            ],
            rows.into_iter().map(|row| {
                let classes = classes(&row);
                [
                    row.id,
                    row.name,
                    row.kind,
                    classes,
                    row.serial,
                    row.not_before,
                    row.not_after,
                    row.key,
                    row.status.to_owned(),
                    row.sha256,
                ]
            }),
        ),
        Format::Table => table::list(
            ["ID", "KIND", "CLASSES", "STATUS", "UNTIL", "KEY"],
            rows.into_iter().map(|row| {
                let classes = classes(&row);
                let until = row.not_after.chars().take(10).collect();
                [row.id, row.kind, classes, row.status.to_owned(), until, row.key]
            }),
        ),
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}
