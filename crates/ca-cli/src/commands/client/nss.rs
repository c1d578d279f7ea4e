use std::path::PathBuf;

use super::database::{Database, email};
use super::{ImportArgs, Report};
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::partner;

/// Import an identity, and trust its root for mail, in an NSS database (Evolution, SeaMonkey, cmsutil)
///
/// The tools certutil and pk12util of NSS do the work. What is there already stays, and is said to be.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet client nss --profile-dir ~/.pki/nssdb --identity alice@example.com.p12 --identity-password-file pw"
)]
pub(crate) struct ClientNssArgs {
    /// The folder of the database (cert9.db); one is made where there is none
    #[arg(long, value_name = "DIR")]
    profile_dir: PathBuf,
    #[command(flatten)]
    import: ImportArgs,
}

pub(super) fn run(context: &Context, args: &ClientNssArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let import = args.import.load(context)?;
    let database = Database::of(&args.profile_dir, args.import.database_password_file.as_ref())?;
    database.make_if_missing()?;
    let added = database.import(context, &import)?;
    let report = Report {
        profile: args.profile_dir.display().to_string(),
        email: email(&import),
        root: partner::name(&import.root),
        fingerprint: partner::fingerprint(&import.root),
        root_added: added.root,
        identity_added: added.identity,
        accounts: Vec::new(),
    };
    report.print(context, added.root || added.identity)
}
