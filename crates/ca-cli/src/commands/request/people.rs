use std::path::PathBuf;

use ca_core::audit::{AuditAction, AuditEvent};
use ca_core::enrolment::read_people;
use ca_core::ledger::Ledger;
use identity::digest;
use serde::Serialize;

use crate::context::Context;
use crate::enrolment::Office;
use crate::error::{CommandError, Outcome};
use crate::output::{json, table};
use crate::spreadsheet;

/// Import a list of people, which `request evidence --database` looks into
///
/// A CSV file with a heading: name, or given_name and surname and perhaps middle_name; perhaps email. Headings may be
/// French (nom, prénom, courriel), separators semicolons or tabs, as Excel writes them. Other columns are not kept. A list
/// replaces the one of the same name.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet request people students.csv --source students-2026")]
pub(crate) struct RequestPeopleArgs {
    /// The list
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the list is called [default: the file's name]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
}

#[derive(Serialize)]
struct PeopleView {
    source: String,
    sha256: String,
    people: usize,
}

pub(super) fn run(context: &Context, args: &RequestPeopleArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    let bytes = context.read(&args.file, LARGEST)?;
    let stem = args
        .file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let source = args.source.clone().or(stem).unwrap_or_default();
    if source.is_empty() || source.len() > 100 || source.chars().any(char::is_control) {
        return Err(
            CommandError::bad_input("the list needs a name of 1 to 100 characters")
                .hint("name it with --source NAME"),
        );
    }
    let sha256 = hex::encode(digest::sha256(&bytes));
    let text = spreadsheet::decode(&bytes);
    let mut reader = spreadsheet::reader(&text, false);
    let rows = reader
        .records()
        .map(|row| row.map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>()));
    let people = read_people(&source, &sha256, context.now(), rows)
        .map_err(|error| CommandError::bad_input(format!("{}: {error}", args.file.display())))?;
    let event = AuditEvent::new(
        &context.audit(),
        context.now(),
        AuditAction::PeopleImported,
        &*source,
    )
    .with("sha256", &*sha256)
    .with("people", people.len().to_string());
    office.ledger.replace_people(&source, &people, &[event])?;
    let view = PeopleView {
        source,
        sha256,
        people: people.len(),
    };
    let text = match context.is_json() {
        true => json::acted("imported", &view),
        false => table::facts([
            ("List", view.source),
            ("People", view.people.to_string()),
            ("SHA-256", view.sha256),
        ]),
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}

/// Bytes; half a million rows fit.
const LARGEST: u64 = 64 << 20;
