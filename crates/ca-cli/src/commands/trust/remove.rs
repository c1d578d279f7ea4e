use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::json;

/// Trust a root no longer
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet trust remove 3F2A1B09 --yes")]
pub(crate) struct TrustRemoveArgs {
    /// The root's SHA-256 fingerprint (its first 8 digits or more), or its name
    #[arg(value_name = "ROOT")]
    root: String,
}

pub(super) fn run(context: &Context, args: &TrustRemoveArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let store = context.trust_store()?;
    store.find(&args.root)?;
    let question = format!("Remove \"{}\" from the trusted roots?", args.root);
    context.confirm(&question, "the root stays trusted")?;
    let removed = store.remove(&args.root)?;
    context
        .ui
        .progress(&format!("no longer trusted: {}", removed.certificate.subject()));
    if context.is_json() {
        context.ui.result(&json::acted(
            "removed",
            &super::list::Row::new(&removed.certificate),
        ))?;
    }
    Ok(Outcome::Done)
}
