use crate::commands::cert::revoke::change;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::withdrawal::{Change, Selection};

/// Make certificates valid again that are on hold
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet cert release alice@example.com")]
pub(crate) struct CertReleaseArgs {
    /// Serials, addresses or certificate files
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Release all certificates of an address that are on hold
    #[arg(long)]
    all: bool,
}

pub(super) fn run(context: &Context, args: &CertReleaseArgs) -> Result<Outcome, CommandError> {
    let selection = Selection {
        ids: &args.ids,
        class: None,
        roster: None,
        all: args.all,
    };
    change(context, &selection, Change::Release, None, None)
}
