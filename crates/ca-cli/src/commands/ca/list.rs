use ca_core::ledger::{CrossCertificateRecord, Ledger};
use chrono::{DateTime, Utc};
use identity::Certificate;
use serde::Serialize;

use crate::authority::{self, CaCertificate};
use crate::cli::Format;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, rfc3339, table};

/// List the CA's own certificates: roots, issuing CAs and cross-certificates
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet ca list")]
pub(crate) struct CaListArgs {}

/// A certificate of the CA itself.
#[derive(Serialize)]
pub(super) struct CaRow {
    id: String,
    name: String,
    /// `root`, `issuing` or `cross`.
    kind: String,
    /// The CA that signed it; null for a root.
    issuer: Option<String>,
    classes: Vec<u8>,
    /// `valid`, `revoked`, `retired` (it issues no more), `expired` or `not-yet-valid`.
    status: &'static str,
    serial: String,
    subject: String,
    not_before: String,
    not_after: String,
    key: String,
    sha256: String,
    base_url: Option<String>,
    retired_at: Option<String>,
}

pub(super) fn run(context: &Context, _args: &CaListArgs) -> Result<Outcome, CommandError> {
    let ledger = context.ledger(&context.directory()?)?;
    let now = context.now();
    let mut rows: Vec<CaRow> = authority::of_ledger(&ledger)?
        .iter()
        .map(|ca| CaRow::authority(ca, now))
        .collect();
    for cross in ledger.cross_certificates()? {
        let serial = Certificate::from_der(&cross.certificate)?.serial_hex().parse();
        let revocation = match serial {
            Ok(serial) => ledger.revocation(&cross.issuer, &serial)?,
            Err(_) => None,
        };
        let mut row = CaRow::cross(&cross, now)?;
        if revocation.is_some() {
            row.status = "revoked";
        }
        rows.push(row);
    }
    show(context, rows, None)?;
    Ok(Outcome::Done)
}

/// Shows CA certificates in the format asked for.
/// Shows certificates of the CA, and what was done to them if anything was.
pub(super) fn show(
    context: &Context,
    rows: Vec<CaRow>,
    action: Option<&'static str>,
) -> Result<(), CommandError> {
    let classes = |row: &CaRow| {
        row.classes
            .iter()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let text = match context.global.format {
        Format::Json => match action {
            Some(action) => json::each_acted(action, &rows),
            None => json::document(&rows),
        },
        Format::Csv => table::csv(
            [
                "id",
                "name",
                "kind",
                "issuer",
                "classes",
                "status",
                "serial",
                "not_before",
                "not_after",
                "key",
                "sha256",
                "base_url",
            ],
            rows.into_iter().map(|row| {
                let classes = classes(&row);
                [
                    row.id,
                    row.name,
                    row.kind,
                    row.issuer.unwrap_or_default(),
                    classes,
                    row.status.to_owned(),
                    row.serial,
                    row.not_before,
                    row.not_after,
                    row.key,
                    row.sha256,
                    row.base_url.unwrap_or_default(),
                ]
            }),
        ),
        Format::Table => table::list(
            ["ID", "KIND", "CLASSES", "STATUS", "UNTIL", "KEY", "SIGNED BY"],
            rows.into_iter().map(|row| {
                let classes = classes(&row);
                [
                    row.id,
                    row.kind,
                    classes,
                    row.status.to_owned(),
                    row.not_after.chars().take(10).collect(),
                    row.key,
                    row.issuer.unwrap_or_else(|| "itself".to_owned()),
                ]
            }),
        ),
    };
    context.ui.result(&text)
}

impl CaRow {
    pub(super) fn authority(ca: &CaCertificate, now: DateTime<Utc>) -> Self {
        let record = &ca.record;
        Self {
            kind: record.kind.to_string(),
            issuer: record.issuer.clone(),
            classes: record.classes.iter().map(|class| class.number()).collect(),
            status: ca.status(now),
            base_url: record.base_url.clone(),
            retired_at: record.retired_at.map(rfc3339),
            ..Self::of(record.id.clone(), record.name.clone(), &ca.certificate, now)
        }
    }

    pub(super) fn cross(cross: &CrossCertificateRecord, now: DateTime<Utc>) -> Result<Self, CommandError> {
        let certificate = Certificate::from_der(&cross.certificate)?;
        let name = certificate.subject().common_name().unwrap_or_default().to_owned();
        Ok(Self {
            kind: "cross".to_owned(),
            issuer: Some(cross.issuer.clone()),
            ..Self::of(cross.id.clone(), name, &certificate, now)
        })
    }

    fn of(id: String, name: String, certificate: &Certificate, now: DateTime<Utc>) -> Self {
        Self {
            id,
            name,
            kind: String::new(),
            issuer: None,
            classes: Vec::new(),
            status: status(certificate, now),
            serial: certificate.serial_hex(),
            subject: certificate.subject().to_string(),
            not_before: rfc3339(certificate.not_before()),
            not_after: rfc3339(certificate.not_after()),
            key: certificate.public_key().kind().to_string(),
            sha256: hex::encode(certificate.fingerprint_sha256()),
            base_url: None,
            retired_at: None,
        }
    }
}

fn status(certificate: &Certificate, now: DateTime<Utc>) -> &'static str {
    if now > certificate.not_after() {
        "expired"
    } else if now < certificate.not_before() {
        "not-yet-valid"
    } else {
        "valid"
    }
}
