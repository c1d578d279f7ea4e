//! `cachet csr`.

mod new;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum CsrCommand {
    New(new::CsrNewArgs),
}

impl CsrCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::New(args) => new::run(context, args),
        }
    }
}
