use ca_core::audit::{ChainSummary, ChainVerifier};
use ca_core::ledger::Ledger;
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{grouped, json, table};

/// Check that no entry of the log was changed, removed, inserted or moved
///
/// Keep the head's hash elsewhere: compared later, it shows that nothing was cut off at the end.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet audit verify")]
pub(crate) struct AuditVerifyArgs {}

#[derive(Serialize)]
struct Report {
    intact: bool,
    entries: u64,
    head: String,
    problem: Option<String>,
}

pub(super) fn run(context: &Context, _args: &AuditVerifyArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let ledger = context.ledger(&context.directory()?)?;
    let (summary, problem) = verify(&ledger)?;
    let report = Report {
        intact: problem.is_none(),
        entries: summary.entries,
        head: hex::encode(summary.head),
        problem: problem.clone(),
    };
    if context.is_json() {
        context.ui.result(&json::document(&report))?;
    } else {
        context.ui.result(&table::facts([
            (
                "Log",
                if report.intact {
                    "intact".to_owned()
                } else {
                    "not intact".to_owned()
                },
            ),
            ("Problem", problem.unwrap_or_default()),
            (
                "Entries",
                if report.intact {
                    summary.entries.to_string()
                } else {
                    format!("{} before the problem", summary.entries)
                },
            ),
            ("Head", grouped(&summary.head)),
        ]))?;
    }
    Ok(Outcome::from_verdict(report.intact))
}

/// Reads the whole log; the second value says what is wrong with it.
pub(crate) fn verify(ledger: &dyn Ledger) -> Result<(ChainSummary, Option<String>), CommandError> {
    let mut verifier = ChainVerifier::new();
    let mut after = 0;
    loop {
        let page = ledger.audit_entries(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for entry in &page {
            if let Err(error) = verifier.push(entry) {
                return Ok((verifier.summary(), Some(error.to_string())));
            }
        }
    }
    Ok((verifier.summary(), None))
}

const PAGE: usize = 1000;
