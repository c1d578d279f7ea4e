use crate::context::Context;
use crate::enrolment::Office;
use crate::error::{CommandError, Outcome};

/// Write another message with a new confirmation code; the code before is worth nothing then
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet request code h7k2m9xq4t")]
pub(crate) struct RequestCodeArgs {
    /// The request
    #[arg(value_name = "ID")]
    id: String,
    /// The address that the CA writes from, from now on [default: as before]
    #[arg(long, value_name = "ADDRESS")]
    mail_from: Option<String>,
}

pub(super) fn run(context: &Context, args: &RequestCodeArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    context.passphrase(&office.directory)?;
    let submission = office.desk().new_code(&args.id.parse()?)?;
    let message = office.post_code(&submission, args.mail_from.as_deref())?;
    super::report(
        &office,
        &submission.request,
        message.as_deref(),
        Some("code-sent"),
    )
}
