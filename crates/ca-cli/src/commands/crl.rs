//! `cachet crl`.

mod check;
mod publish;
mod show;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum CrlCommand {
    Publish(publish::CrlPublishArgs),
    Show(show::CrlShowArgs),
    Check(check::CrlCheckArgs),
}

impl CrlCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Publish(args) => publish::run(context, args),
            Self::Show(args) => show::run(context, args),
            Self::Check(args) => check::run(context, args),
        }
    }
}
