use ca_core::enrolment::ActKind;

use super::ending::end;
use crate::context::Context;
use crate::error::{CommandError, Outcome};

/// Refuse a request, for good
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet request reject h7k2m9xq4t --reason 'not of this school'")]
pub(crate) struct RequestRejectArgs {
    /// The request
    #[arg(value_name = "ID")]
    id: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who does it [default: whoever runs the command]
    #[arg(long, value_name = "NAME")]
    officer: Option<String>,
}

pub(super) fn run(context: &Context, args: &RequestRejectArgs) -> Result<Outcome, CommandError> {
    let (reason, officer) = (args.reason.as_deref(), args.officer.as_deref());
    end(context, &args.id, ActKind::Reject, reason, officer)
}
