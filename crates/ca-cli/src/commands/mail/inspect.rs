use std::path::PathBuf;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

/// Show a message's structure, headers, algorithms and certificates; needs no key
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet mail inspect message.eml")]
pub(crate) struct MailInspectArgs {
    /// The message [default: standard input]
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}
