//! `cachet lab`.

mod check;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum LabCommand {
    Check(Box<check::LabCheckArgs>),
}

impl LabCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Check(args) => check::run(context, args),
        }
    }
}
