use ca_core::enrolment::{RequestFilter, State};
use ca_core::ledger::Ledger;
use ca_core::request::Class;

use crate::cli::Format;
use crate::context::Context;
use crate::enrolment::Office;
use crate::error::{CommandError, Outcome};
use crate::output::request::RequestView;
use crate::output::{json, table};

/// List requests, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet request list --state identity-checked")]
pub(crate) struct RequestListArgs {
    /// Only those in this state: requested, mailbox-proven, identity-checked, approved, collected, rejected, expired or withdrawn
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    /// Only those for this address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Only those for this class: 1, 2 or 3
    #[arg(long, value_name = "N")]
    class: Option<Class>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

pub(super) fn run(context: &Context, args: &RequestListArgs) -> Result<Outcome, CommandError> {
    let office = Office::open(context)?;
    office.desk().tidy()?;
    // In what state requests are at a moment to come, the ledger does not know.
    let ahead = context.now() > context.real_time();
    let filter = RequestFilter {
        email: args.email.clone(),
        state: args.state.filter(|_| !ahead),
        class: args.class,
        limit: args.limit.filter(|_| !ahead),
    };
    let mut requests = office.ledger.requests(&filter)?;
    office.desk().as_of_now(&mut requests);
    requests.retain(|request| args.state.is_none_or(|state| request.state == state));
    requests.truncate(args.limit.unwrap_or(usize::MAX));
    let rows = requests
        .iter()
        .map(|request| Ok(RequestView::new(request, &office.missing(request)?)))
        .collect::<Result<Vec<_>, CommandError>>()?;
    let heading = ["ID", "STATE", "CLASS", "ADDRESS", "MISSING"];
    let cells = |row: &RequestView| {
        [
            row.id.clone(),
            row.state.clone(),
            row.class.to_string(),
            row.emails.join(" "),
            row.missing.len().to_string(),
        ]
    };
    let text = match context.global.format {
        Format::Json => json::document(&rows),
        Format::Csv => table::csv(
            ["id", "state", "class", "emails", "missing"],
            rows.iter().map(cells),
        ),
        Format::Table => table::list(heading, rows.iter().map(cells)),
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}
