use crate::context::Context;
use crate::enrolment::Office;
use crate::error::{CommandError, Outcome};

/// Show what was requested, what is proved, and what is missing
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet request show h7k2m9xq4t")]
pub(crate) struct RequestShowArgs {
    /// The request
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) fn run(context: &Context, args: &RequestShowArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    let request = office.request(&args.id)?;
    super::report(&office, &request, None, None)
}
