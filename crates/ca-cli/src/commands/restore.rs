use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use ca_core::audit::{AuditAction, AuditEvent};
use ca_core::ledger::Ledger;
use ca_core::revocation::carry::{Behind, Published};
use ca_store::backup::Extracted;
use ca_store::{CaDirectory, DirectoryState, StoreUrl};
use identity::Passphrase;
use identity::crl::CertificateListView;
use serde::Serialize;
use smime::{DecryptError, DecryptOptions, Limits, decrypt};

use crate::authority::{self, CaCertificate};
use crate::commands::audit;
use crate::context::{CRL_LIMIT, Context};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::files::Temporary;
use crate::identities::OptionalIdentityArgs;
use crate::output::{grouped, json, table};
use crate::revocation_list;

/// Bring a CA back from a backup
///
/// The backup is opened, unpacked beside its place and checked, the ledger and the whole audit log included, before
/// anything is changed. A CA that stands there already is moved aside, and only with --overwrite. Revocation lists that were
/// published since the backup are known from that CA's directory and from --published: if there are any, the backup is
/// refused, or with --carry-forward brought up to them, so that no number is used twice and nothing revoked comes
/// back to life.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet restore ca-2026-09-01.backup --backup-passphrase-file backup-passphrase.txt\n  cachet restore ca.backup --backup-passphrase-file pp.txt --published class-1.crl --published root.crl --carry-forward"
)]
pub(crate) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file whose first line is the backup's passphrase (- is standard input)
    #[arg(long, value_name = "FILE", env = "CACHET_BACKUP_PASSPHRASE_FILE")]
    backup_passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    agent: OptionalIdentityArgs,
    /// A revocation list as it is published (PEM or DER), or a directory of them (can be repeated)
    #[arg(long, value_name = "FILE|DIR")]
    published: Vec<PathBuf>,
    /// Restore a state that is older than what was published, and carry numbers and revocations forward
    #[arg(long)]
    carry_forward: bool,
}

#[derive(Serialize)]
struct RestoreView {
    directory: String,
    ca: String,
    /// When the backup was made.
    created_at: String,
    /// The version that made it.
    program: String,
    audit_entries: u64,
    /// SHA-256 of the root's certificate.
    root_sha256: Option<String>,
    carried: Vec<CarriedView>,
    /// Where the CA is now that stood there before.
    moved_aside: Option<String>,
}

#[derive(Serialize)]
struct CarriedView {
    authority: String,
    /// The last CRL number in the backup, and the last that was published.
    number: u64,
    published_number: u64,
    /// Serials.
    revoked: Vec<String>,
}

pub(super) fn run(context: &Context, args: &RestoreArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let destination = &context.global.dir;
    let store = context.store_url()?;
    if destination.file_name().is_none() {
        return Err(CommandError::usage(format!(
            "a CA cannot be moved to {} while one stands in it: name the directory from above, as in --dir NAME",
            destination.display()
        )));
    }
    let elsewhere = store != StoreUrl::default_in(destination);
    if elsewhere && store.path().exists() {
        return Err(CommandError::new(
            ErrorKind::AlreadyExists,
            format!(
                "{} exists, and a ledger is never written over",
                store.path().display()
            ),
        )
        .hint("move it away first, or name another place with --store"));
    }
    let state = CaDirectory::state(destination, &store)?;
    let is_empty = std::fs::read_dir(destination).map_or(true, |mut entries| entries.next().is_none());
    if state == DirectoryState::Vacant && !is_empty && !context.global.overwrite {
        return Err(CommandError::new(
            ErrorKind::AlreadyExists,
            format!(
                "{} holds files that are no CA's; nothing was changed",
                destination.display()
            ),
        )
        .hint("--overwrite moves it aside and puts the backup in its place")
        .hint("or restore into another directory: --dir OTHER"));
    }
    if state != DirectoryState::Vacant && !context.global.overwrite {
        return Err(CommandError::new(
            ErrorKind::AlreadyInitialised,
            format!(
                "{} holds a CA already; nothing was changed",
                destination.display()
            ),
        )
        .hint("--overwrite moves it aside and puts the backup in its place")
        .hint("or restore into another directory: --dir OTHER"));
    }
    let archive = args.open(context)?;
    let restored = Extracted::read(BufReader::with_capacity(BUFFER, archive), destination)?;
    let ledger = restored.directory().ledger()?;
    let (summary, problem) = audit::verify::verify(&ledger)?;
    if let Some(problem) = problem {
        return Err(CommandError::new(
            ErrorKind::Ledger,
            format!("the audit log in the backup is not intact: {problem}"),
        )
        .hint("take another backup"));
    }
    let cas = authority::of_ledger(&ledger)?;
    let behind = args.behind(context, &cas, &ledger, &store)?;
    if !behind.is_empty() && !args.carry_forward {
        return Err(refuse(&behind, &cas));
    }
    for one in &behind {
        let end = cas.iter().find(|ca| ca.record.id == one.authority);
        let end = end.map_or(context.real_time(), |ca| ca.certificate.not_after());
        one.carry_forward(&ledger, end, &context.audit(), context.now())?;
    }
    if args.backup_passphrase_file.is_none() && !args.agent.is_empty() {
        context.ui.warning(
            "whoever has a recovery agent's certificate can write a file that he opens: compare the root's fingerprint",
        );
    }
    let root = authority::root(&cas)
        .ok()
        .map(|root| root.certificate.fingerprint_sha256());
    let head = restored.head().clone();
    let event = AuditEvent::new(
        &context.audit(),
        context.now(),
        AuditAction::Restored,
        head.ca.as_str(),
    )
    .with("backup-of", head.created_at.as_str())
    .with("program", head.program.as_str());
    ledger.append_audit(&[event])?;
    drop(ledger);
    let mark = context.real_time().format("%Y%m%d-%H%M%S").to_string();
    let aside = restored.put(destination, &store, &mark)?;
    let view = RestoreView {
        directory: destination.display().to_string(),
        ca: head.ca,
        created_at: head.created_at,
        program: head.program,
        audit_entries: summary.entries,
        root_sha256: root.map(hex::encode),
        carried: behind
            .iter()
            .map(|one| CarriedView {
                authority: one.authority.clone(),
                number: one.known_number,
                published_number: one.published_number,
                revoked: one.forgotten.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        moved_aside: aside.map(|path| path.display().to_string()),
    };
    if let Some(aside) = &view.moved_aside {
        context.ui.note(&format!("what stood there is now {aside}"));
    }
    for path in Extracted::leftovers(destination) {
        context.ui.warning(&format!(
            "{} was left by a restore that was interrupted: it holds a CA, the one that stood here or another; remove it once it is not needed",
            path.display()
        ));
    }
    context
        .ui
        .note("certificates that were issued after the backup are not on record: cachet crl publish makes new lists, cachet status tells how the CA is");
    context.ui.result(&match context.is_json() {
        true => json::acted("restored", &view),
        false => view.text(root.as_ref()),
    })?;
    Ok(Outcome::Done)
}

impl RestoreArgs {
    /// Decrypts the backup into a file without a name: nothing of it is looked at before all of it is authentic.
    fn open(&self, context: &Context) -> Result<std::fs::File, CommandError> {
        let mut options = DecryptOptions::default();
        options.limits = Limits::default().with_max_input(u64::MAX);
        let agents = self.agent.load(context, false)?;
        options.passwords = match &self.backup_passphrase_file {
            Some(file) => vec![context.secret_file(file, "backup passphrase")?],
            None if !agents.is_empty() => Vec::new(),
            None => vec![self.ask(context)?],
        };
        let input = context.open_input(Some(&self.file))?;
        let held = decrypt(input, &agents, &options, Temporary::new()?).map_err(|error| {
            let wrong = matches!(error, DecryptError::DecryptionFailed);
            let error = CommandError::from(error).context(self.file.display().to_string());
            match wrong {
                true => error.hint("is it this backup's passphrase? It is not that of the CA's keys"),
                false => error,
            }
        })?;
        if held.report().findings.contains(&"not-authenticated") {
            return Err(CommandError::bad_input(format!(
                "{} is encrypted with {}, which is not authenticated: it may have been altered",
                self.file.display(),
                held.report().cipher
            ))
            .hint("backups of cachet are AES-256-GCM"));
        }
        let unopened =
            |_| CommandError::new(ErrorKind::DecryptionFailed, "the backup could not be decrypted");
        held.into_content().map_err(unopened)
    }

    fn ask(&self, context: &Context) -> Result<Passphrase, CommandError> {
        context.ask_passphrase(
            "The backup's passphrase",
            "the backup's passphrase is needed",
            "give it with --backup-passphrase-file FILE, or a recovery agent's identity with --identity P12",
        )
    }

    /// Finds what was published, or is on record in the CA that is replaced, and is not in the backup.
    fn behind(
        &self,
        context: &Context,
        cas: &[CaCertificate],
        ledger: &dyn Ledger,
        store: &StoreUrl,
    ) -> Result<Vec<Behind>, CommandError> {
        let mut known: BTreeMap<&str, Published> = BTreeMap::new();
        for file in self.published.iter().filter(|path| path.is_dir()) {
            for path in lists_in(file) {
                let der = revocation_list::read(context, &path)?;
                // Others' may lie there too.
                let _ = add(&mut known, cas, &der, &path);
            }
        }
        for file in self.published.iter().filter(|path| !path.is_dir()) {
            let der = revocation_list::read(context, file)?;
            if !add(&mut known, cas, &der, file)? {
                return Err(CommandError::bad_input(format!(
                    "{} is signed by no CA of the backup",
                    file.display()
                ))
                .hint("leave it out"));
            }
        }
        // What stands there may be damaged: it is asked for what it can tell.
        let own = context.global.dir.join("publish").join("crl");
        for path in lists_in(&own) {
            if let Ok(der) = ca_store::atomic::read(&path, CRL_LIMIT) {
                let _ = add(&mut known, cas, &der, &path);
            }
        }
        if let Ok(directory) = CaDirectory::open(&context.global.dir, Some(store.clone()))
            && let Ok(newer) = directory.ledger()
        {
            for ca in cas {
                // One that this ledger does not know has published nothing in it.
                let _ = known
                    .entry(&ca.record.id)
                    .or_default()
                    .add_ledger(&newer, &ca.record.id);
            }
        }
        let mut behind = Vec::new();
        for (id, published) in known {
            behind.extend(published.beyond(ledger, id)?);
        }
        Ok(behind)
    }
}

/// Finds the lists of a directory.
fn lists_in(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "crl"))
        .collect();
    paths.sort();
    paths
}

/// Adds a list to what is known of the CA that signed it; false if that is none of ours.
fn add<'a>(
    known: &mut BTreeMap<&'a str, Published>,
    cas: &'a [CaCertificate],
    der: &[u8],
    file: &Path,
) -> Result<bool, CommandError> {
    let bad = |error| CommandError::bad_input(format!("{}: {error}", file.display()));
    let list = CertificateListView::from_der(der).map_err(bad)?;
    let signer = cas
        .iter()
        .find(|ca| list.verify_signed_by(ca.certificate.public_key()).is_ok());
    let Some(ca) = signer else { return Ok(false) };
    known
        .entry(&ca.record.id)
        .or_default()
        .add_list(&list)
        .map_err(bad)?;
    Ok(true)
}

fn refuse(behind: &[Behind], cas: &[CaCertificate]) -> CommandError {
    let lines: Vec<String> = behind
        .iter()
        .map(|one| {
            let name = cas
                .iter()
                .find(|ca| ca.record.id == one.authority)
                .map_or(one.authority.as_str(), |ca| ca.record.name.as_str());
            format!(
                "\n- {name}: CRL number {} was published, the backup knows {}; it has forgotten {} revocations",
                one.published_number,
                one.known_number,
                one.forgotten.len()
            )
        })
        .collect();
    CommandError::new(
        ErrorKind::WrongState,
        format!(
            "the backup is older than what was published; nothing was changed{}",
            lines.concat()
        ),
    )
    .hint("take a newer backup, if there is one")
    .hint("--carry-forward restores this one, and takes over the higher numbers and the later revocations")
}

impl RestoreView {
    fn text(&self, root: Option<&[u8; 32]>) -> String {
        let carried: Vec<String> = self
            .carried
            .iter()
            .map(|one| {
                format!(
                    "{}: number {}, {} revocations",
                    one.authority,
                    one.published_number,
                    one.revoked.len()
                )
            })
            .collect();
        table::facts([
            ("Restored", self.directory.clone()),
            ("CA", self.ca.clone()),
            ("As of", self.created_at.clone()),
            ("Written by", format!("cachet {}", self.program)),
            (
                "Root's fingerprint",
                root.map_or_else(String::new, |root| grouped(root)),
            ),
            ("Audit log", format!("intact, {} entries", self.audit_entries)),
            ("Carried forward", carried.join("\n")),
            ("Before", self.moved_aside.clone().unwrap_or_default()),
        ])
    }
}

const BUFFER: usize = 128 << 10;
