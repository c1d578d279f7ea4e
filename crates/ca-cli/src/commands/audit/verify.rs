use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ca_core::audit::{AuditAction, AuditEntry, ChainSummary, ChainVerifier, LogStory, SignedCheckpoint};
use ca_core::ledger::Ledger;
use serde::Serialize;

use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, Outcome};
use crate::output::{grouped, json, rfc3339, table};

/// Check that no entry of the log was changed, removed, inserted or moved, and that it tells what is on record
///
/// Certificates, revocations and CRLs on record are compared with what the log tells. That nothing was cut off at the end
/// only a checkpoint shows that was kept elsewhere: `cachet audit checkpoint` writes one.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet audit verify\n  cachet audit verify --checkpoint /media/stick/audit-2026-09-01.json"
)]
pub(crate) struct AuditVerifyArgs {
    /// A checkpoint that was kept elsewhere (can be repeated)
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    intact: bool,
    entries: u64,
    head: String,
    /// Where the chain is broken.
    problem: Option<String>,
    /// What the checkpoints and the records contradict; the first of them.
    contradictions: Vec<String>,
    /// How many checkpoints agree.
    checkpoints: usize,
}

pub(super) fn run(context: &Context, args: &AuditVerifyArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let ledger = context.ledger(&context.directory()?)?;
    let mut checkpoints = Vec::new();
    for file in &args.checkpoint {
        let text = context.read(file, FILE_LIMIT)?;
        let read = SignedCheckpoint::read(&text)
            .map_err(|error| CommandError::bad_input(format!("{}: {error}", file.display())))?;
        checkpoints.push((file, read));
    }
    let (mut summary, mut problem, mut contradictions) = examine(context, &ledger, &checkpoints)?;
    // What others issue while the two are compared stands in one and not yet in the other: looked at again, it does.
    for _ in 0..ATTEMPTS {
        let grown = ledger
            .audit_head()?
            .is_some_and(|head| head.seq > summary.entries);
        if contradictions.is_empty() || !grown {
            break;
        }
        (summary, problem, contradictions) = examine(context, &ledger, &checkpoints)?;
    }
    let report = Report {
        intact: problem.is_none() && contradictions.is_empty(),
        entries: summary.entries,
        head: hex::encode(summary.head),
        problem: problem.clone(),
        contradictions,
        checkpoints: checkpoints.len(),
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
            ("Problem", problem.clone().unwrap_or_default()),
            ("Contradictions", report.contradictions.join("\n")),
            (
                "Checkpoints",
                match report.checkpoints {
                    0 => String::new(),
                    count => count.to_string(),
                },
            ),
            (
                "Entries",
                if problem.is_none() {
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

/// Reads the log once, and holds it against the checkpoints and the records.
fn examine(
    context: &Context,
    ledger: &dyn Ledger,
    checkpoints: &[(&PathBuf, SignedCheckpoint)],
) -> Result<(ChainSummary, Option<String>, Vec<String>), CommandError> {
    let mut story = LogStory::default();
    let (mut hashes, mut keys) = (BTreeMap::new(), Vec::new());
    let wanted: Vec<u64> = checkpoints
        .iter()
        .map(|(_, one)| one.checkpoint.entries)
        .collect();
    let (summary, problem) = verify_with(ledger, &mut |entry| {
        story.push(entry);
        if wanted.contains(&entry.seq) {
            hashes.insert(entry.seq, entry.hash);
        }
        if entry.action == AuditAction::AuditKeyMade.as_str() {
            keys.push(entry.details.clone());
        }
    })?;
    let mut contradictions = Vec::new();
    if problem.is_none() {
        for (file, one) in checkpoints {
            let known = hashes.get(&one.checkpoint.entries);
            contradictions.extend(against(file, one, summary.entries, known, &keys));
        }
        let found = story.compare(ledger, context.now(), MOST)?;
        contradictions.extend(found.iter().map(ToString::to_string));
    }
    Ok((summary, problem, contradictions))
}

/// Says what a checkpoint and the log contradict: the log was cut off, or is another from its beginning or some entry on.
fn against(
    file: &Path,
    signed: &SignedCheckpoint,
    entries: u64,
    known: Option<&[u8; 32]>,
    keys: &[String],
) -> Option<String> {
    let one = &signed.checkpoint;
    let (file, at) = (file.display(), rfc3339(one.at));
    if one.entries > entries {
        return Some(format!(
            "entry {} and those after it were cut off: the checkpoint {file} of {at} knows {} entries",
            entries + 1,
            one.entries
        ));
    }
    if known != Some(&one.head) {
        return Some(format!(
            "entry {} or one before it was replaced: it is not the one that the checkpoint {file} of {at} knows",
            one.entries
        ));
    }
    let key = hex::encode(signed.key_sha256());
    // The hash covers the entry that names the key, so that nobody can put his own there afterwards.
    (!keys.iter().any(|details| details.contains(&key)))
        .then(|| format!("the checkpoint {file} of {at} was signed by a key that the log does not know"))
}

/// Reads the whole log; the second value says what is wrong with it.
pub(crate) fn verify(ledger: &dyn Ledger) -> Result<(ChainSummary, Option<String>), CommandError> {
    verify_with(ledger, &mut |_| {})
}

/// As [`verify`], and hands on each entry that continues the chain.
fn verify_with(
    ledger: &dyn Ledger,
    visit: &mut dyn FnMut(&AuditEntry),
) -> Result<(ChainSummary, Option<String>), CommandError> {
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
            visit(entry);
        }
    }
    Ok((verifier.summary(), None))
}

const PAGE: usize = 1000;
const ATTEMPTS: usize = 5;
/// How many contradictions are told.
const MOST: usize = 20;
