use std::collections::VecDeque;

use ca_core::audit::AuditEntry;
use ca_core::enrolment::RequestFilter;
use ca_core::ledger::{CertificateFilter, Ledger, SerialNumber};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::Format;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, rfc3339, table};

/// List what was done with the CA, oldest first
///
/// Entries that meet every condition given are shown. --json-lines writes one JSON document a line, for other programs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet audit show --last 20\n  cachet audit show --action certificate-revoked --since 2026-09-01T00:00:00Z\n  cachet audit show --json-lines > audit.jsonl"
)]
pub(crate) struct AuditShowArgs {
    /// Only entries after this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only the last so many
    #[arg(long, value_name = "N", conflicts_with = "limit")]
    last: Option<usize>,
    /// Only this action, such as certificate-issued, or all that begin so
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only what this operator did
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Only entries about this: a serial, an address, or the identifier of a request or CA
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Only entries with this outcome: done, failed or refused
    #[arg(long, value_name = "OUTCOME", value_parser = ["done", "failed", "refused"])]
    outcome: Option<String>,
    /// Only entries from this moment on, in real time
    #[arg(long, value_name = "RFC3339", value_parser = crate::cli::parse_moment)]
    since: Option<DateTime<Utc>>,
    /// Only entries up to this moment, in real time
    #[arg(long, value_name = "RFC3339", value_parser = crate::cli::parse_moment)]
    until: Option<DateTime<Utc>>,
    /// One JSON document a line
    #[arg(long)]
    json_lines: bool,
}

impl AuditShowArgs {
    fn admits(&self, entry: &AuditEntry) -> bool {
        self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at <= until)
            && self
                .action
                .as_deref()
                .is_none_or(|action| entry.action.starts_with(action))
            && self.by.as_deref().is_none_or(|by| entry.actor == by)
            && self
                .outcome
                .as_deref()
                .is_none_or(|outcome| entry.outcome == outcome)
    }

    /// Of an address, what concerns its certificates too: the log itself names serials only.
    fn subjects(&self, ledger: &dyn Ledger, now: DateTime<Utc>) -> Result<Option<Vec<String>>, CommandError> {
        let Some(subject) = &self.subject else {
            return Ok(None);
        };
        let mut subjects = vec![subject.to_ascii_lowercase(), subject.clone()];
        if subject.contains('@') {
            let of_address = CertificateFilter {
                email: Some(subject.clone()),
                ..CertificateFilter::default()
            };
            let records = ledger.list(&of_address, now)?;
            subjects.extend(records.iter().map(|record| record.serial().to_string()));
            let of_address = RequestFilter {
                email: Some(subject.clone()),
                ..RequestFilter::default()
            };
            let requests = ledger.requests(&of_address)?;
            subjects.extend(requests.iter().map(|request| request.id.to_string()));
        }
        Ok(Some(subjects))
    }
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
    let subjects = args.subjects(&ledger, context.now())?;
    let mut entries = VecDeque::new();
    let (mut after, mut left) = (args.after, args.limit.unwrap_or(usize::MAX));
    while left > 0 {
        let page = ledger.audit_entries(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for entry in page.iter().filter(|entry| args.admits(entry)) {
            if subjects
                .as_ref()
                .is_some_and(|wanted| !wanted.contains(&entry.subject))
            {
                continue;
            }
            if left == 0 {
                break;
            }
            left -= 1;
            if args.json_lines && args.last.is_none() {
                context.ui.result(&json::line(&EntryView::new(entry, &ledger)?))?;
                continue;
            }
            entries.push_back(entry.clone());
            if args.last.is_some_and(|last| entries.len() > last) {
                entries.pop_front();
            }
        }
    }
    let entries = entries
        .iter()
        .map(|entry| EntryView::new(entry, &ledger))
        .collect::<Result<Vec<_>, _>>()?;
    if args.json_lines {
        for entry in &entries {
            context.ui.result(&json::line(entry))?;
        }
        return Ok(Outcome::Done);
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
