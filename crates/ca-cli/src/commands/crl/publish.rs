use std::path::PathBuf;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::crl::PublishedView;
use crate::output::json;
use crate::publishing::{Publisher, Wanted};

/// Sign new revocation lists and write them, with the CA certificates, where a web server can serve them
///
/// They stand in DIR/publish, and with --out in a directory of their own, too: crl/ID.crl, crl/ID.delta.crl if the
/// policy wants delta lists, and ca/ID.crt, all DER. The root's list is made only if it is due, or if the root's
/// passphrase is given; if its key is locked, the others are written and the last one of the root stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet crl publish --out /var/www/pki")]
pub(crate) struct CrlPublishArgs {
    /// Also write everything there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Sign only what is due: after a revocation, or when two thirds of the last list's time are over
    #[arg(long)]
    if_due: bool,
}

pub(super) fn run(context: &Context, args: &CrlPublishArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    let wanted = if args.if_due { Wanted::Due } else { Wanted::All };
    let views = Publisher::new(context, &directory, &ledger)?.publish(wanted, args.out.as_deref())?;
    context.ui.result(&match context.is_json() {
        true => json::document(&views),
        false => PublishedView::table(&views),
    })?;
    Ok(Outcome::Done)
}
