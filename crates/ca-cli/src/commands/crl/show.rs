use ca_core::ledger::{Ledger, RevocationReason};
use chrono::{DateTime, Utc};
use identity::crl::{CertificateListView, Entry};
use serde::Serialize;
use std::path::Path;

use crate::cli::Format;
use crate::context::{CRL_LIMIT, Context};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::{json, rfc3339, table};
use crate::revocation_list;

/// Show a revocation list: a file, or the one that one of this CA's authorities published last
///
/// Without FILE or ID, all that this CA publishes; in JSON, an array then.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet crl show\n  cachet crl show ca-data/publish/crl/example-school-class-1-ca-0a1b2c3d.crl"
)]
pub(crate) struct CrlShowArgs {
    /// A file (PEM or DER), or the identifier of an authority of this CA
    #[arg(value_name = "FILE|ID")]
    list: Option<String>,
    /// Show at most so many entries
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Serialize)]
struct CrlView {
    issuer: String,
    number: Option<String>,
    /// The number of the complete list that a delta list continues; null for a complete one.
    delta_base: Option<String>,
    this_update: String,
    next_update: Option<String>,
    /// Whether it is current now.
    current: bool,
    revoked: usize,
    entries: Vec<EntryView>,
    extensions: Vec<ExtensionView>,
    sha256: String,
}

#[derive(Serialize)]
struct EntryView {
    serial: String,
    revoked_at: String,
    reason: String,
    invalidity_date: Option<String>,
}

#[derive(Serialize)]
struct ExtensionView {
    oid: String,
    critical: bool,
}

pub(super) fn run(context: &Context, args: &CrlShowArgs) -> Result<Outcome, CommandError> {
    if let Some(list) = &args.list {
        let view = view(context, args, list, &read(context, list)?)?;
        context.ui.result(&match context.global.format {
            Format::Json => json::document(&view),
            Format::Csv => CrlView::csv([view]),
            Format::Table => view.table(),
        })?;
        return Ok(Outcome::Done);
    }
    let directory = context.directory()?;
    let published = directory.publish_directory();
    let mut views = Vec::new();
    for ca in context.ledger(&directory)?.authorities()? {
        if let Some(der) = published.crl(&ca.id, CRL_LIMIT)? {
            views.push(view(context, args, &ca.id, &der)?);
        }
    }
    context.ui.result(&match context.global.format {
        Format::Json => json::document(&views),
        Format::Csv => CrlView::csv(views),
        Format::Table => views
            .into_iter()
            .map(CrlView::table)
            .collect::<Vec<_>>()
            .join("\n"),
    })?;
    Ok(Outcome::Done)
}

fn view(context: &Context, args: &CrlShowArgs, name: &str, der: &[u8]) -> Result<CrlView, CommandError> {
    let bad = |error| CommandError::bad_input(format!("{name}: {error}"));
    let list = CertificateListView::from_der(der).map_err(bad)?;
    let mut entries = Vec::new();
    let mut count = 0;
    for entry in list.entries() {
        let entry = entry.map_err(bad)?;
        count += 1;
        if args.limit.is_none_or(|limit| count <= limit) {
            entries.push(EntryView::new(&entry));
        }
    }
    Ok(CrlView::new(&list, count, entries, der, context.now()))
}

fn read(context: &Context, list: &str) -> Result<Vec<u8>, CommandError> {
    let path = Path::new(list);
    if path.is_file() || list == "-" {
        return revocation_list::read(context, path);
    }
    let directory = context
        .directory()
        .map_err(|error| error.context(format!("\"{list}\" is no file, and there is no CA to know it")))?;
    let known = context.ledger(&directory)?.authorities()?;
    if !known.iter().any(|record| record.id == list) {
        return Err(CommandError::new(
            ErrorKind::NotFound,
            format!("\"{list}\" is neither a file nor an authority of this CA"),
        )
        .hint("cachet cert list --ca"));
    }
    directory
        .publish_directory()
        .crl(list, CRL_LIMIT)?
        .ok_or_else(|| {
            CommandError::new(ErrorKind::NotFound, format!("{list} has never had a list"))
                .hint("cachet crl publish")
        })
}

impl CrlView {
    fn new(
        list: &CertificateListView<'_>,
        revoked: usize,
        entries: Vec<EntryView>,
        der: &[u8],
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            issuer: list.issuer().to_string(),
            number: list.number_hex().map(|hex| decimal(&hex)),
            delta_base: list.delta_base_hex().map(|hex| decimal(&hex)),
            this_update: rfc3339(list.this_update()),
            next_update: list.next_update().map(rfc3339),
            current: list.this_update() <= now && list.next_update().is_none_or(|next| now <= next),
            revoked,
            entries,
            extensions: list
                .extensions()
                .map(|extension| ExtensionView {
                    oid: extension.oid.to_string(),
                    critical: extension.critical,
                })
                .collect(),
            sha256: hex::encode(identity::digest::sha256(der)),
        }
    }

    fn csv(views: impl IntoIterator<Item = Self>) -> String {
        let rows = views.into_iter().flat_map(|view| {
            let issuer = view.issuer;
            view.entries.into_iter().map(move |entry| (issuer.clone(), entry))
        });
        table::csv(
            ["issuer", "serial", "revoked_at", "reason", "invalidity_date"],
            rows.map(|(issuer, entry)| {
                [
                    issuer,
                    entry.serial,
                    entry.revoked_at,
                    entry.reason,
                    entry.invalidity_date.unwrap_or_default(),
                ]
            }),
        )
    }

    fn table(self) -> String {
        let mut text = table::facts([
            ("Issuer", self.issuer),
            ("Number", self.number.unwrap_or_default()),
            (
                "Continues",
                self.delta_base
                    .map_or_else(String::new, |base| format!("number {base} (a delta list)")),
            ),
            ("Made", self.this_update),
            ("Next", self.next_update.unwrap_or_default()),
            ("Current", if self.current { "yes" } else { "no" }.to_owned()),
            ("Entries", self.revoked.to_string()),
            ("SHA-256", self.sha256),
        ]);
        if !self.entries.is_empty() {
            text.push('\n');
            text.push_str(&table::list(
                ["SERIAL", "SINCE", "REASON", "INVALID SINCE"],
                self.entries.into_iter().map(|entry| {
                    [
                        entry.serial,
                        entry.revoked_at,
                        entry.reason,
                        entry.invalidity_date.unwrap_or_default(),
                    ]
                }),
            ));
        }
        text
    }
}

impl EntryView {
    fn new(entry: &Entry<'_>) -> Self {
        Self {
            serial: revocation_list::serial(entry),
            revoked_at: rfc3339(entry.revocation_date),
            reason: reason(entry.reason),
            invalidity_date: entry.invalidity_date.map(rfc3339),
        }
    }
}

/// Names a CRLReason; an absent one says nothing.
pub(super) fn reason(code: Option<u8>) -> String {
    let code = code.unwrap_or_default();
    if code == REMOVE_FROM_CRL {
        return "remove-from-crl".to_owned();
    }
    RevocationReason::ALL
        .iter()
        .find(|reason| reason.code() == code)
        .map_or_else(|| format!("reason {code}"), ToString::to_string)
}

/// Writes a number out that fits, as those of most lists do.
pub(super) fn decimal(hex: &str) -> String {
    u128::from_str_radix(hex, 16).map_or_else(|_| format!("0x{hex}"), |number| number.to_string())
}

const REMOVE_FROM_CRL: u8 = 8;
