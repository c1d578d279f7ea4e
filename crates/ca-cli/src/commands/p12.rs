//! `cachet p12`.

mod pack;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum P12Command {
    Pack(pack::P12PackArgs),
}

impl P12Command {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Pack(args) => pack::run(context, args),
        }
    }
}
