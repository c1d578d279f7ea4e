use std::path::PathBuf;

use smime::inspect::inspect;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::json;
use crate::output::structure::MessageView;

/// Show a message's structure, headers, algorithms and certificates; needs no key
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet mail inspect message.eml")]
pub(crate) struct MailInspectArgs {
    /// The message [default: standard input]
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &MailInspectArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let input = context.open_message(args.input.as_deref())?;
    let name = input.name.clone();
    let message =
        inspect(input, &super::message_limits()).map_err(|error| CommandError::from(error).context(name))?;
    let view = MessageView::new(&message);
    context.ui.result(&if context.is_json() {
        json::document(&view)
    } else {
        view.picture()
    })?;
    Ok(Outcome::Done)
}
