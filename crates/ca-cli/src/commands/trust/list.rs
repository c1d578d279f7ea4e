use identity::Certificate;
use serde::Serialize;

use crate::cli::Format;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{grouped, json, rfc3339, table};

/// List the roots that the profile trusts
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet trust list --format json")]
pub(crate) struct TrustListArgs {}

/// A trusted root.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) subject: String,
    pub(super) not_before: String,
    pub(super) not_after: String,
    pub(super) sha256: String,
}

impl Row {
    pub(super) fn new(root: &Certificate) -> Self {
        Self {
            subject: root.subject().to_string(),
            not_before: rfc3339(root.not_before()),
            not_after: rfc3339(root.not_after()),
            sha256: hex::encode(root.fingerprint_sha256()),
        }
    }
}

pub(super) fn run(context: &Context, _args: &TrustListArgs) -> Result<Outcome, CommandError> {
    let roots = context.trust_store()?.list()?;
    let rows: Vec<Row> = roots.iter().map(|root| Row::new(&root.certificate)).collect();
    let text = match context.global.format {
        Format::Json => json::document(&rows),
        Format::Csv => table::csv(
            ["subject", "not_before", "not_after", "sha256"],
            rows.into_iter()
                .map(|row| [row.subject, row.not_before, row.not_after, row.sha256]),
        ),
        Format::Table => table::list(
            ["SUBJECT", "UNTIL", "SHA-256"],
            roots.iter().map(|root| {
                let certificate = &root.certificate;
                [
                    certificate.subject().to_string(),
                    certificate.not_after().format("%Y-%m-%d").to_string(),
                    grouped(&certificate.fingerprint_sha256()),
                ]
            }),
        ),
    };
    if roots.is_empty() {
        context
            .ui
            .note("no root is trusted yet; cachet trust add FILE adds one");
    }
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}
