use std::path::PathBuf;

use ca_core::audit::{AuditAction, AuditEvent, Checkpoint};
use ca_core::ledger::Ledger;
use ca_store::atomic::Mode;
use ca_store::{CaDirectory, LayoutError, SqliteLedger, StagingLock};
use identity::{KeyAlgorithm, PrivateKey, digest};
use serde::Serialize;

use crate::authority;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::{grouped, json, rfc3339, table};

/// Write a signed statement of how long the log is and what its last entry is
///
/// Keep it where whoever could change the log cannot change it: `cachet audit verify --checkpoint FILE` finds later what was cut
/// off or replaced since. It is signed by a key of its own, made on first use, whose SHA-256 stands in the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet audit checkpoint --out /media/stick/audit-2026-09-01.json")]
pub(crate) struct AuditCheckpointArgs {
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Serialize)]
struct CheckpointView {
    file: String,
    entries: u64,
    head: String,
    at: String,
    key_sha256: String,
}

pub(super) fn run(context: &Context, args: &AuditCheckpointArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    context.precheck(Some(&args.out))?;
    let key = key(context, &directory, &ledger)?;
    let cas = authority::of_ledger(&ledger)?;
    let ca = authority::root(&cas)?.record.name.clone();
    let event = AuditEvent::new(
        &context.audit(),
        context.now(),
        AuditAction::CheckpointMade,
        ca.as_str(),
    );
    ledger.append_audit(&[event])?;
    let head = ledger
        .audit_head()?
        .ok_or_else(|| CommandError::new(ErrorKind::Internal, "the log is empty"))?;
    let checkpoint = Checkpoint {
        ca,
        entries: head.seq,
        head: head.hash,
        at: context.real_time(),
    };
    let text = checkpoint
        .sign(&key)
        .map_err(|error| CommandError::new(ErrorKind::Internal, error))?;
    context.deliver(text.as_bytes(), Some(&args.out), Mode::Public)?;
    let view = CheckpointView {
        file: args.out.display().to_string(),
        entries: checkpoint.entries,
        head: hex::encode(checkpoint.head),
        at: rfc3339(checkpoint.at),
        key_sha256: hex::encode(digest::sha256(key.public_key().spki_der())),
    };
    context.ui.result(&match context.is_json() {
        true => json::acted("signed", &view),
        false => table::facts([
            ("Checkpoint", view.file.clone()),
            ("Entries", view.entries.to_string()),
            ("Head", grouped(&checkpoint.head)),
            ("Made", view.at.clone()),
            ("Key", grouped(&digest::sha256(key.public_key().spki_der()))),
        ]),
    })?;
    Ok(Outcome::Done)
}

/// Returns the key of the log; made, and told of in the log, on first use.
fn key(
    context: &Context,
    directory: &CaDirectory,
    ledger: &SqliteLedger,
) -> Result<PrivateKey, CommandError> {
    let passphrase = context.passphrase(directory)?;
    // Two first uses at the same time would make two.
    let _lock = StagingLock::take(directory, &directory.staging_destination("audit-key")?)?;
    match directory.key(KEY, &passphrase) {
        Err(LayoutError::KeyMissing { .. }) => {}
        other => return Ok(other?),
    }
    let key = PrivateKey::generate(KeyAlgorithm::EcP256)?;
    let sha256 = hex::encode(digest::sha256(key.public_key().spki_der()));
    // Named before it exists: a key that the log does not know proves nothing.
    let event = AuditEvent::new(&context.audit(), context.now(), AuditAction::AuditKeyMade, KEY)
        .with("sha256", sha256);
    ledger.append_audit(&[event])?;
    directory.save_key(KEY, &key, &passphrase)?;
    Ok(key)
}

const KEY: &str = "audit";
