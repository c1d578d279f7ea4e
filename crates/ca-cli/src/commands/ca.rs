//! `cachet ca`.

pub(crate) mod add;
mod import;
mod list;
mod retire;
mod rollover;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum CaCommand {
    List(list::CaListArgs),
    Add(add::CaAddArgs),
    Rollover(rollover::CaRolloverArgs),
    Retire(retire::CaRetireArgs),
    Import(import::CaImportArgs),
}

impl CaCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::List(args) => list::run(context, args),
            Self::Add(args) => add::run(context, args),
            Self::Rollover(args) => rollover::run(context, args),
            Self::Retire(args) => retire::run(context, args),
            Self::Import(args) => import::run(context, args),
        }
    }
}
