use std::path::{Path, PathBuf};

use ca_core::enrolment::Language;
use ca_store::atomic::Mode;
use chrono::{DateTime, Utc};
use identity::Mailbox;
use smime::path::StatusSource;
use smime::{DecryptOptions, Limits, VerifyOptions};

use crate::cli::{Format, names_dir, parse_moment};
use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::identities::OpenerArgs;
use crate::lab::assess::{Resubmission, Rules, Sheet};
use crate::lab::examine::{Examiner, Mail};
use crate::lab::fault::Fault;
use crate::lab::roster::Roster;
use crate::lab::source::{LeftAside, MOST_OCTETS, Source};
use crate::lab::trust::Trust;
use crate::lab::workers::examine_all;
use crate::output::{json, lab};
use crate::path_args::PathArgs;

/// Tell which students have sent a signed mail that holds, and the others why theirs does not
///
/// Mails are matched to the list by the certificate that signed them: what From says alone never displaces what is
/// proved. With no --trust the CA of --dir counts, with its record of revocations, else the profile's roots. Late is what
/// the last server received after --due. Exit code 0 means that everybody on the list has passed in time, else 4.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet lab check --mbox Inbox --roster class.csv --identity teacher.p12 --due 2026-10-01T18:00:00+02:00 --html lab.html"
)]
pub(crate) struct LabCheckArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// The list of students: CSV with the columns email, and perhaps name (or given_name, surname), class, serial, sha256
    #[arg(long, value_name = "FILE")]
    roster: PathBuf,
    #[command(flatten)]
    openers: OpenerArgs,
    #[command(flatten)]
    path: PathArgs,
    /// What a mail must be: signed, or signed and encrypted [default: encrypted with --identity, else signed]
    #[arg(long, value_name = "WHAT")]
    require: Option<Requirement>,
    /// The class that certificates must have [default: the list's column class, else any]
    #[arg(long, value_name = "CLASS", value_parser = clap::value_parser!(u8).range(1..=3))]
    class: Option<u8>,
    /// When mails are due, for instance 2026-10-01T18:00:00+02:00
    #[arg(long, value_name = "RFC3339", value_parser = parse_moment)]
    due: Option<DateTime<Utc>>,
    /// Which of several mails of a student counts
    #[arg(long, value_name = "WHICH", default_value = "best")]
    resubmission: Resubmission,
    /// Look only at mails whose subject holds this text
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// The language of the reasons and of the page: en or fr
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: Language,
    /// Where to write a page to print
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Where the mails lie.
#[derive(Debug, clap::Args)]
struct SourceArgs {
    /// A Maildir (can be repeated)
    #[arg(long, value_name = "DIR")]
    maildir: Vec<PathBuf>,
    /// An mbox file, as Thunderbird keeps its folders (can be repeated)
    #[arg(long, value_name = "FILE")]
    mbox: Vec<PathBuf>,
    /// A folder of .eml files, and what is below it (can be repeated); alone also --dir
    #[arg(long, value_name = "DIR")]
    folder: Vec<PathBuf>,
}

/// `--require`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Requirement {
    /// Signed; encrypted or not
    Signed,
    /// Signed, and encrypted to an --identity
    Encrypted,
}

pub(super) fn run(context: &Context, args: &LabCheckArgs) -> Result<Outcome, CommandError> {
    context.precheck(args.html.as_deref())?;
    let (sources, ca) = args.sources.find(context)?;
    let roster = read_roster(context, &args.roster)?;
    let trust = Trust::load(context, &args.path, ca.as_deref())?;
    let mut openers = args.openers.load(context, args.path.legacy)?;
    let mut decrypt = DecryptOptions::default();
    openers.equip(&mut decrypt);
    let network = args.path.network();
    let mut verify = VerifyOptions::new(context.now());
    args.path.apply(&mut verify);
    trust.apply(&mut verify);
    verify.status = network.as_ref().map(|network| network as &dyn StatusSource);
    verify.limits = limits();
    decrypt.legacy = args.path.legacy;
    decrypt.limits = verify.limits;
    let opens = !openers.identities.is_empty();
    let rules = args.rules(opens, own_addresses(&openers.identities));
    let examiner = Examiner::new(verify, decrypt, &openers.identities);
    let (mut mails, left) = examine_all(&sources, &examiner)?;
    trust.look_up(&mut mails, context.now())?;
    tell(context, &mails, left);
    let sheet = Sheet::new(mails, &roster, &rules, trust.issuers());
    let view = lab::LabView::new(&sheet, &roster, &rules, args.language, context.now());
    if let Some(path) = &args.html {
        // Who has passed is nobody else's affair.
        context.deliver(lab::page(&view).as_bytes(), Some(path), Mode::Secret)?;
    }
    context.ui.result(&match context.global.format {
        Format::Json => json::document(&view),
        Format::Csv => view.csv(),
        Format::Table => view.table(),
    })?;
    for shared in &sheet.shared {
        context.ui.warning(&format!(
            "one certificate, or one key, has signed for several senders: {}",
            shared.senders.join(", ")
        ));
    }
    context.ui.progress(&view.summary());
    Ok(Outcome::from_verdict(view.all_well()))
}

impl LabCheckArgs {
    fn rules(&self, opens: bool, own: Vec<Mailbox>) -> Rules {
        let require = self.require.unwrap_or(match opens {
            true => Requirement::Encrypted,
            false => Requirement::Signed,
        });
        Rules {
            due: self.due,
            class: self.class,
            encrypted: require == Requirement::Encrypted,
            resubmission: self.resubmission,
            subject: self.subject.clone(),
            own,
        }
    }
}

impl SourceArgs {
    /// Returns where mails lie, and the CA's directory unless `--dir` names the mails.
    fn find(&self, context: &Context) -> Result<(Vec<Source>, Option<PathBuf>), CommandError> {
        let maildirs = self.maildir.iter().cloned().map(Source::Maildir);
        let mboxes = self.mbox.iter().cloned().map(Source::Mbox);
        let folders = self.folder.iter().cloned().map(Source::Folder);
        let sources: Vec<Source> = maildirs.chain(mboxes).chain(folders).collect();
        let dir = &context.global.dir;
        if !sources.is_empty() {
            if names_dir(&context.arguments) && !Trust::is_ca(context, dir)? {
                return Err(CommandError::new(
                    ErrorKind::NotInitialised,
                    format!("--dir {}: no CA lives in that directory", dir.display()),
                )
                .hint("beside --maildir, --mbox or --folder it names the CA's directory; leave it out, or name a root with --trust FILE"));
            }
            return Ok((sources, Some(dir.clone())));
        }
        if !names_dir(&context.arguments) {
            return Err(CommandError::usage(
                "there are no mails to check: name them with --maildir DIR, --mbox FILE or --folder DIR",
            ));
        }
        if Trust::is_ca(context, dir)? {
            return Err(CommandError::usage(format!(
                "--dir {} is the CA's directory; name the mails too",
                dir.display()
            ))
            .hint("with --maildir DIR, --mbox FILE or --folder DIR"));
        }
        // (Its variable still names the CA.)
        let ca = std::env::var_os("CACHET_DIR").map_or_else(|| PathBuf::from("ca-data"), PathBuf::from);
        Ok((vec![Source::Folder(dir.clone())], Some(ca)))
    }
}

fn read_roster(context: &Context, path: &Path) -> Result<Roster, CommandError> {
    let bytes = context.read(path, FILE_LIMIT)?;
    Roster::read(&bytes).map_err(|faults| {
        let shown = faults
            .iter()
            .take(MOST_SHOWN)
            .map(String::as_str)
            .collect::<Vec<_>>();
        let more = match faults.len().saturating_sub(MOST_SHOWN) {
            0 => String::new(),
            more => format!("\n  and {more} more"),
        };
        CommandError::bad_input(format!("{}:\n  {}{more}", path.display(), shown.join("\n  ")))
            .hint("the list has a heading with the column email, and one student a row")
    })
}

fn own_addresses(identities: &[identity::identity::Identity]) -> Vec<Mailbox> {
    let emails = identities
        .iter()
        .flat_map(|identity| identity.certificate().emails());
    emails.filter_map(|email| Mailbox::parse(&email).ok()).collect()
}

fn tell(context: &Context, mails: &[Mail], left: LeftAside) {
    if left.deleted > 0 {
        context.ui.note(&format!(
            "mails left aside, because their reader has deleted them or they are drafts: {}",
            left.deleted
        ));
    }
    if left.other_files > 0 {
        context.ui.note(&format!(
            "files left aside, because their names do not end in .eml: {}",
            left.other_files
        ));
    }
    let locked = mails
        .iter()
        .filter(|mail| mail.faults.contains(&Fault::KeyNotGiven));
    match locked.count() {
        0 => {}
        locked => context.ui.note(&format!(
            "mails that are encrypted and could not be opened: {locked}; give your key with --identity FILE"
        )),
    }
    if mails.is_empty() {
        context.ui.warning("there is not a single mail there");
    }
}

/// What is read of a stranger's mail.
fn limits() -> Limits {
    let mut limits = Limits::default().with_max_input(MOST_OCTETS as u64);
    limits.max_inflated = MOST_OCTETS as u64;
    limits.max_parts = 1000;
    limits
}

/// Faults of a list that are worth a screen.
const MOST_SHOWN: usize = 50;
