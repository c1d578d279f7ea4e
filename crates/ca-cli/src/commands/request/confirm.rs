use ca_core::enrolment::{ConfirmationCode, EnrolmentRecord};
use identity::Passphrase;

use crate::context::Context;
use crate::enrolment::Office;
use crate::error::{CommandError, Outcome};

/// Redeem a confirmation code: its holder reads the mail of the address
///
/// A code is good once, for a day, and after five wrong ones no more.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet request confirm - < code.txt")]
pub(crate) struct RequestConfirmArgs {
    /// The code of the message (- reads it from standard input)
    #[arg(value_name = "CODE")]
    code: String,
}

pub(super) fn run(context: &Context, args: &RequestConfirmArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    let typed = match args.code.as_str() {
        "-" => context.secret_file(std::path::Path::new("-"), "confirmation code")?,
        code => Passphrase::new(code).map_err(CommandError::bad_input)?,
    };
    let code = ConfirmationCode::parse(typed.as_str())?;
    // A class that lost its policy is refused when its policy is asked for.
    let found = office.desk().request(code.request())?;
    let profile = office.profile(found.class)?;
    let request = office.desk().confirm(&code, &|_: &EnrolmentRecord| Ok(profile))?;
    super::report(&office, &request, None, Some("confirmed"))
}
