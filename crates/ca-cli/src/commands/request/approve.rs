use std::path::PathBuf;

use crate::context::Context;
use crate::enrolment::{Office, officer};
use crate::error::{CommandError, Outcome};

/// Agree to a request for which all evidence is in
///
/// Where the policy wants two officers, the second one agrees with the same command.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet request approve h7k2m9xq4t --officer 'M. Roy'")]
pub(crate) struct RequestApproveArgs {
    /// The request
    #[arg(value_name = "ID")]
    id: String,
    /// Who agrees [default: whoever runs the command]
    #[arg(long, value_name = "NAME")]
    officer: Option<String>,
    /// A file whose first line is the access code that the holder should have given: another one is refused
    #[arg(long, value_name = "FILE")]
    access_code_file: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &RequestApproveArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    let found = office.request(&args.id)?;
    let officer = officer(context, args.officer.as_deref())?;
    let code = args
        .access_code_file
        .as_deref()
        .map(|file| context.secret_file(file, "access code"))
        .transpose()?;
    let approval = office.judging(found.class, |profile, admission, _| {
        Ok(office
            .desk()
            .approve(&found.id, &officer, code.as_ref(), profile, admission)?)
    })?;
    match approval.officers_left {
        0 => context.ui.note(&format!(
            "the certificate is issued and handed out with: cachet request collect {}",
            found.id
        )),
        _ => context
            .ui
            .note("the policy wants two officers: another one must agree, with this very command"),
    }
    let action = match approval.officers_left {
        0 => "approved",
        _ => "agreed",
    };
    super::report(&office, &approval.request, None, Some(action))
}
