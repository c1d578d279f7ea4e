use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use ca_core::audit::{AuditAction, AuditEvent};
use ca_core::ledger::Ledger;
use ca_store::atomic::Mode;
use ca_store::backup::{self, BackupHead};
use ca_store::{CaDirectory, SqliteLedger};
use identity::digest::{DigestAlgorithm, Hasher};
use identity::{Certificate, ContentCipher, Passphrase};
use serde::Serialize;
use smime::{DecryptOptions, EncryptOptions, Limits, Spool, decrypt, encrypt_octets};

use crate::authority;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::files::Temporary;
use crate::output::{json, rfc3339, table};

/// Write everything that the CA is into one encrypted file
///
/// Keys, ledger, policies, audit log, kept documents, outbox and published files, as they stand at one moment; issuing may go on
/// meanwhile. The file is CMS (AuthEnvelopedData, AES-256-GCM) that a passphrase of its own opens, and the recovery agents
/// that the policies name, each by himself. It is read back once it is written. A root's key that is kept elsewhere
/// (`init --root-dir`) is not in it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet backup /media/stick/ca-2026-09-01.backup --backup-passphrase-file backup-passphrase.txt"
)]
pub(crate) struct BackupArgs {
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file whose first line is the backup's passphrase (- is standard input)
    #[arg(long, value_name = "FILE", env = "CACHET_BACKUP_PASSPHRASE_FILE")]
    backup_passphrase_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct BackupView {
    file: String,
    ca: String,
    created_at: String,
    files: u64,
    bytes: u64,
    sha256: String,
    /// Subjects of the recovery agents who can open it.
    agents: Vec<String>,
    /// Names of CAs whose key is kept elsewhere.
    without_key_of: Vec<String>,
    /// What was left out because it is neither a file nor a directory.
    skipped: Vec<String>,
}

pub(super) fn run(context: &Context, args: &BackupArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    refuse_inside(&directory, &args.file)?;
    context.precheck(Some(&args.file))?;
    let passphrase = args.passphrase(context)?;
    let agents = agents(context, &directory)?;

    let archive = Hashed::new(Temporary::new()?);
    let head = |snapshot: &SqliteLedger| head(context, snapshot);
    let (archive, head, summary) = backup::write(&directory, head, archive)?;
    let (plain, length, archive) = archive.finish();
    let mut options = EncryptOptions::new(context.now());
    options.cipher = Some(ContentCipher::Aes256Gcm);
    options.passwords = vec![passphrase.clone()];
    let mut archive = BufReader::with_capacity(BUFFER, archive.rewind()?);
    let report = context.deliver_by(Some(&args.file), Mode::Secret, |out| {
        let out = BufWriter::with_capacity(BUFFER, out);
        Ok(encrypt_octets(&mut archive, length, &agents, &options, out)?)
    })?;
    let sha256 = read_back(&args.file, &passphrase, &plain)?;

    let event = AuditEvent::new(
        &context.audit(),
        context.now(),
        AuditAction::BackedUp,
        head.ca.as_str(),
    )
    .with("sha256", sha256.as_str())
    .with("files", summary.files.to_string());
    ledger.append_audit(&[event])?;
    let view = BackupView {
        file: args.file.display().to_string(),
        ca: head.ca,
        created_at: head.created_at,
        files: summary.files,
        bytes: summary.octets,
        sha256,
        agents: report
            .recipients
            .iter()
            .map(|agent| agent.subject.clone())
            .collect(),
        without_key_of: kept_elsewhere(&directory, &ledger)?,
        skipped: summary
            .skipped
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
    };
    for name in &view.without_key_of {
        context.ui.warning(&format!(
            "the key of {name} is kept elsewhere and not in the backup: keep a copy of it apart"
        ));
    }
    for path in &view.skipped {
        context.ui.warning(&format!(
            "{path} is neither a file nor a directory and not in the backup"
        ));
    }
    context.ui.result(&match context.is_json() {
        true => json::acted("backed-up", &view),
        false => table::facts([
            ("Backup", view.file.clone()),
            ("CA", view.ca.clone()),
            ("As of", view.created_at.clone()),
            ("Files", view.files.to_string()),
            ("Bytes", view.bytes.to_string()),
            ("Opens with", opens_with(&view.agents)),
            ("SHA-256", view.sha256.clone()),
        ]),
    })?;
    Ok(Outcome::Done)
}

impl BackupArgs {
    fn passphrase(&self, context: &Context) -> Result<Passphrase, CommandError> {
        if let Some(file) = &self.backup_passphrase_file {
            return context.secret_file(file, "backup passphrase");
        }
        let asked = context.ask_new_passphrase("A passphrase for the backup")?;
        asked.ok_or_else(|| {
            CommandError::passphrase_needed("a backup needs a passphrase of its own")
                .hint("give it with --backup-passphrase-file FILE (or CACHET_BACKUP_PASSPHRASE_FILE)")
        })
    }
}

fn opens_with(agents: &[String]) -> String {
    std::iter::once("its passphrase")
        .chain(agents.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A backup in the directory that is backed up would be in the next one, and be lost with the directory.
fn refuse_inside(directory: &CaDirectory, file: &Path) -> Result<(), CommandError> {
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (Ok(parent), Ok(own)) = (parent.canonicalize(), directory.path().canonicalize()) else {
        // Writing will tell what is wrong.
        return Ok(());
    };
    match parent.starts_with(&own) {
        true => Err(CommandError::bad_input(format!(
            "{} lies in the CA's own directory, with which it would be lost",
            file.display()
        ))
        .hint("write the backup elsewhere, best to another disk")),
        false => Ok(()),
    }
}

fn head(context: &Context, snapshot: &SqliteLedger) -> Result<BackupHead, CommandError> {
    let cas = authority::of_ledger(snapshot)?;
    let ca = authority::root(&cas).map_or_else(
        |_| "a CA without certificates".to_owned(),
        |root| root.record.name.clone(),
    );
    Ok(BackupHead {
        format: BackupHead::FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        ca,
        created_at: rfc3339(context.real_time()),
        audit_entries: snapshot.audit_head()?.map_or(0, |entry| entry.seq),
    })
}

/// The recovery agents of all policies, each once.
fn agents(context: &Context, directory: &CaDirectory) -> Result<Vec<Certificate>, CommandError> {
    let mut found = BTreeMap::new();
    for profile in context.policies(directory)?.profiles() {
        for file in profile.archive().iter().flat_map(|rules| rules.agents()) {
            let certificate = directory.agent(file)?;
            found.insert(certificate.fingerprint_sha256(), certificate);
        }
    }
    Ok(found.into_values().collect())
}

/// Names the CAs of ours whose key is not among the files.
fn kept_elsewhere(directory: &CaDirectory, ledger: &SqliteLedger) -> Result<Vec<String>, CommandError> {
    let mut names = Vec::new();
    for ca in authority::of_ledger(ledger)? {
        let file = directory
            .path()
            .join("keys")
            .join(format!("{}.key", ca.record.id));
        if !ca.is_elsewhere() && !file.is_file() {
            names.push(ca.record.name);
        }
    }
    Ok(names)
}

/// Opens the backup as one would in need, and compares. Returns the file's SHA-256, in hexadecimal.
fn read_back(file: &Path, passphrase: &Passphrase, plain: &[u8]) -> Result<String, CommandError> {
    let failed = |error: &dyn std::fmt::Display| {
        CommandError::new(
            crate::error::ErrorKind::Io,
            format!(
                "the backup {} was written and cannot be read back: {error}",
                file.display()
            ),
        )
        .hint("do not rely on it; write another, to another disk")
    };
    let mut input = Reading {
        file: BufReader::with_capacity(BUFFER, File::open(file).map_err(|error| failed(&error))?),
        hasher: Hasher::new(DigestAlgorithm::Sha256),
    };
    let mut options = DecryptOptions::default();
    options.passwords = vec![passphrase.clone()];
    options.limits = Limits::default().with_max_input(u64::MAX);
    let held = decrypt(&mut input, &[], &options, Hashed::new(io::sink())).map_err(|error| failed(&error))?;
    let found = held.into_content().map_err(|error| failed(&error))?;
    if found.0 != plain {
        return Err(failed(&"its content is another"));
    }
    io::copy(&mut input, &mut io::sink()).map_err(|error| failed(&error))?;
    Ok(hex::encode(input.hasher.finish()))
}

/// Counts and digests what is written on.
struct Hashed<W> {
    to: W,
    hasher: Hasher,
    length: u64,
}

impl<W: Write> Hashed<W> {
    fn new(to: W) -> Self {
        Self {
            to,
            hasher: Hasher::new(DigestAlgorithm::Sha256),
            length: 0,
        }
    }

    fn finish(self) -> (Vec<u8>, u64, W) {
        (self.hasher.finish(), self.length, self.to)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Its content is the digest of what was written.
impl Spool for Hashed<io::Sink> {
    type Reader = Digest;

    fn into_reader(self) -> io::Result<Digest> {
        Ok(Digest(self.hasher.finish()))
    }
}

#[derive(Debug)]
struct Digest(Vec<u8>);

impl io::Read for Digest {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

/// Digests what is read.
struct Reading {
    file: BufReader<File>,
    hasher: Hasher,
}

impl io::Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

const BUFFER: usize = 128 << 10;
