//! `cachet trust`.

mod add;
mod export;
mod list;
mod remove;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum TrustCommand {
    Export(export::TrustExportArgs),
    Add(add::TrustAddArgs),
    List(list::TrustListArgs),
    Remove(remove::TrustRemoveArgs),
}

impl TrustCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Export(args) => export::run(context, args),
            Self::Add(args) => add::run(context, args),
            Self::List(args) => list::run(context, args),
            Self::Remove(args) => remove::run(context, args),
        }
    }
}
