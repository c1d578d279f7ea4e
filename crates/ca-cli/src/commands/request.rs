//! `cachet request`.

mod approve;
mod code;
mod collect;
mod confirm;
mod document;
mod ending;
mod evidence;
mod list;
mod people;
mod purge;
mod reject;
mod show;
mod submit;
mod withdraw;

use ca_core::enrolment::EnrolmentRecord;

use crate::context::Context;
use crate::enrolment::Office;
use crate::error::{CommandError, Outcome};
use crate::output::json;
use crate::output::request::RequestView;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum RequestCommand {
    Submit(Box<submit::RequestSubmitArgs>),
    List(list::RequestListArgs),
    Show(show::RequestShowArgs),
    Code(code::RequestCodeArgs),
    Confirm(confirm::RequestConfirmArgs),
    Evidence(Box<evidence::RequestEvidenceArgs>),
    Document(Box<document::RequestDocumentArgs>),
    People(people::RequestPeopleArgs),
    Approve(approve::RequestApproveArgs),
    Reject(reject::RequestRejectArgs),
    Withdraw(withdraw::RequestWithdrawArgs),
    Collect(collect::RequestCollectArgs),
    Purge(purge::RequestPurgeArgs),
}

impl RequestCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Submit(args) => submit::run(context, args),
            Self::List(args) => list::run(context, args),
            Self::Show(args) => show::run(context, args),
            Self::Code(args) => code::run(context, args),
            Self::Confirm(args) => confirm::run(context, args),
            Self::Evidence(args) => evidence::run(context, args),
            Self::Document(args) => document::run(context, args),
            Self::People(args) => people::run(context, args),
            Self::Approve(args) => approve::run(context, args),
            Self::Reject(args) => reject::run(context, args),
            Self::Withdraw(args) => withdraw::run(context, args),
            Self::Collect(args) => collect::run(context, args),
            Self::Purge(args) => purge::run(context, args),
        }
    }
}

/// Shows a request as it stands now, and what was done to it if anything was.
fn report(
    office: &Office<'_>,
    request: &EnrolmentRecord,
    message: Option<&std::path::Path>,
    action: Option<&'static str>,
) -> Result<Outcome, CommandError> {
    let context = office.context;
    let mut view = RequestView::new(request, &office.missing(request)?);
    view.message = message.map(|path| path.display().to_string());
    let text = match context.is_json() {
        true => match action {
            Some(action) => json::acted(action, &view),
            None => json::document(&view),
        },
        false => view.page(),
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}
