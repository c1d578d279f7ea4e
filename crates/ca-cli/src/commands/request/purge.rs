use serde::Serialize;

use crate::context::Context;
use crate::enrolment::Office;
use crate::error::{CommandError, Outcome};
use crate::output::{json, table};

/// Delete copies of identity documents whose time is over, and let requests expire whose time is
///
/// With --now in the future, what will be over then goes now, which needs a confirmation.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet request purge")]
pub(crate) struct RequestPurgeArgs {}

#[derive(Serialize)]
struct PurgeView {
    documents: usize,
    requests: usize,
}

pub(super) fn run(context: &Context, _: &RequestPurgeArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    if context.now() > context.real_time() {
        let day = context.now().format("%Y-%m-%d");
        context.confirm(
            &format!("Delete now, for good, what is to be kept until {day}?"),
            "nothing was deleted",
        )?;
    }
    let (documents, requests) = office.desk().purge()?;
    let text = match context.is_json() {
        true => json::acted("purged", &PurgeView { documents, requests }),
        false => table::facts([
            ("Documents deleted", documents.to_string()),
            ("Requests expired", requests.to_string()),
        ]),
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}
