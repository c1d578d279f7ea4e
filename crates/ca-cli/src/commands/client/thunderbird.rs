use std::path::{Path, PathBuf};

use ca_store::atomic::{self, FileError, Mode, Overwrite};

use super::database::{Database, email};
use super::preferences::Preferences;
use super::{ImportArgs, Report};
use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::partner;

/// Set up Thunderbird: trust the root for mail, import the identity, and choose it for the account of its address
///
/// Thunderbird must not be running. Its settings before are kept as prefs.js.before-cachet. Signing is switched on for the account;
/// messages are encrypted when the writer asks for it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet client thunderbird --profile-dir ~/.thunderbird/abcd1234.default-release --identity alice@example.com.p12 --identity-password-file pw"
)]
pub(crate) struct ClientThunderbirdArgs {
    /// The profile's folder, which about:profiles shows
    #[arg(long, value_name = "DIR")]
    profile_dir: PathBuf,
    #[command(flatten)]
    import: ImportArgs,
}

pub(super) fn run(context: &Context, args: &ClientThunderbirdArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let import = args.import.load(context)?;
    refuse_running(&args.profile_dir)?;
    let database = Database::of(&args.profile_dir, args.import.database_password_file.as_ref())?;
    let file = args.profile_dir.join("prefs.js");
    let before = match atomic::read(&file, FILE_LIMIT) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(FileError::NotFound { .. }) => String::new(),
        Err(error) => return Err(error.into()),
    };
    database.make_if_missing()?;
    let added = database.import(context, &import)?;
    let mut preferences = Preferences::read(&before);
    let mut accounts = Vec::new();
    for (identity, address) in preferences.identities() {
        let certificate = import.identity.certificate();
        let held = certificate.emails();
        if held.iter().any(|one| one.eq_ignore_ascii_case(&address)) {
            preferences.choose(&identity, &added.nickname, certificate, &import.identity);
            accounts.push(address);
        }
    }
    let after = preferences.text();
    let changed = after != before;
    if changed {
        let kept = args.profile_dir.join("prefs.js.before-cachet");
        atomic::write(&kept, before.as_bytes(), Mode::Secret, Overwrite::Replace)?;
        atomic::write(&file, after.as_bytes(), Mode::Secret, Overwrite::Replace)?;
    }
    if accounts.is_empty() {
        context.ui.warning(&format!(
            "no account of this profile has the address {}: make it in Thunderbird, close it, and run this again; root and identity are imported",
            email(&import)
        ));
    }
    let report = Report {
        profile: args.profile_dir.display().to_string(),
        email: email(&import),
        root: partner::name(&import.root),
        fingerprint: partner::fingerprint(&import.root),
        root_added: added.root,
        identity_added: added.identity,
        accounts,
    };
    report.print(context, changed || added.root || added.identity)
}

/// Refuses a profile that Thunderbird has open: it writes its settings when it ends, over ours.
fn refuse_running(profile: &Path) -> Result<(), CommandError> {
    // A link to ADDRESS:+PID, which a crash leaves behind.
    let link = std::fs::read_link(profile.join("lock")).ok();
    let process = link
        .as_ref()
        .and_then(|target| target.to_str()?.rsplit_once("+")?.1.parse::<u32>().ok());
    match process {
        Some(process) if Path::new(&format!("/proc/{process}")).exists() => Err(CommandError::new(
            ErrorKind::Conflict,
            format!("Thunderbird is running with this profile (process {process})"),
        )
        .hint("close it, and run this again")),
        _ => Ok(()),
    }
}
