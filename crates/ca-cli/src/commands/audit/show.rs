use ca_core::audit::AuditEntry;
use ca_core::ledger::{Ledger, SerialNumber};
use serde::Serialize;

use crate::cli::Format;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, rfc3339, table};

/// List what was done with the CA, oldest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet audit show --limit 20")]
pub(crate) struct AuditShowArgs {
    /// Only entries after this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Serialize)]
struct EntryView {
    seq: u64,
    at: String,
    acted_at: String,
    actor: String,
    action: String,
    subject: String,
    details: serde_json::Value,
    outcome: String,
    prev_hash: String,
    hash: String,
    /// The addresses of the certificate that the entry is about, as the ledger knows them.
    emails: Vec<String>,
}

impl EntryView {
    fn new(entry: &AuditEntry, ledger: &dyn Ledger) -> Result<Self, CommandError> {
        // The log itself names serials only: it outlives what may be kept about people.
        let serial: Option<SerialNumber> = entry
            .subject
            .parse()
            .ok()
            .filter(|_| entry.action.starts_with("certificate-"));
        let record = serial
            .map(|serial| ledger.certificate(&serial))
            .transpose()?
            .flatten();
        Ok(Self {
            emails: record.map(|record| record.intent.emails).unwrap_or_default(),
            seq: entry.seq,
            at: rfc3339(entry.at),
            acted_at: rfc3339(entry.acted_at),
            actor: entry.actor.clone(),
            action: entry.action.clone(),
            subject: entry.subject.clone(),
            // What somebody put there in place of JSON is shown as the text it is.
            details: serde_json::from_str(&entry.details)
                .unwrap_or_else(|_| serde_json::Value::String(entry.details.clone())),
            outcome: entry.outcome.clone(),
            prev_hash: hex::encode(entry.prev_hash),
            hash: hex::encode(entry.hash),
        })
    }

    fn details(&self) -> String {
        match &self.details {
            serde_json::Value::Object(map) => map
                .iter()
                .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
                .collect::<Vec<_>>()
                .join(" "),
            other => other.to_string(),
        }
    }
}

pub(super) fn run(context: &Context, args: &AuditShowArgs) -> Result<Outcome, CommandError> {
    let ledger = context.ledger(&context.directory()?)?;
    let mut entries = Vec::new();
    let (mut after, mut left) = (args.after, args.limit.unwrap_or(usize::MAX));
    while left > 0 {
        let page = ledger.audit_entries(after, left.min(PAGE))?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        left = left.saturating_sub(page.len());
        for entry in &page {
            entries.push(EntryView::new(entry, &ledger)?);
        }
    }
    let text = match context.global.format {
        Format::Json => json::document(&entries),
        Format::Csv => table::csv(
            [
                "seq", "at", "acted_at", "actor", "action", "subject", "details", "outcome", "hash",
            ],
            entries.into_iter().map(|entry| {
                [
                    entry.seq.to_string(),
                    entry.at,
                    entry.acted_at,
                    entry.actor,
                    entry.action,
                    entry.subject,
                    entry.details.to_string(),
                    entry.outcome,
                    entry.hash,
                ]
            }),
        ),
        Format::Table => table::list(
            [
                "NUMBER", "AT", "BY", "ACTION", "OUTCOME", "SUBJECT", "ADDRESS", "DETAILS",
            ],
            entries.into_iter().map(|entry| {
                let details = entry.details();
                [
                    entry.seq.to_string(),
                    entry.at,
                    entry.actor,
                    entry.action,
                    entry.outcome,
                    entry.subject,
                    entry.emails.join(" "),
                    details,
                ]
            }),
        ),
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}

const PAGE: usize = 1000;
