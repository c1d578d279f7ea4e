//! `cachet policy`.

mod check;
mod list;
mod show;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum PolicyCommand {
    List(list::PolicyListArgs),
    Show(show::PolicyShowArgs),
    Check(check::PolicyCheckArgs),
}

impl PolicyCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::List(args) => list::run(context, args),
            Self::Show(args) => show::run(context, args),
            Self::Check(args) => check::run(context, args),
        }
    }
}
