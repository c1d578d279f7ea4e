//! `cachet ocsp`.

mod check;
mod serve;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum OcspCommand {
    Serve(serve::OcspServeArgs),
    Check(check::OcspCheckArgs),
}

impl OcspCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Serve(args) => serve::run(context, args),
            Self::Check(args) => check::run(context, args),
        }
    }
}
