//! `cachet contacts`.

mod add;
mod export;
mod list;
mod remove;
mod show;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ContactsCommand {
    Add(add::ContactsAddArgs),
    List(list::ContactsListArgs),
    Show(show::ContactsShowArgs),
    Export(export::ContactsExportArgs),
    Remove(remove::ContactsRemoveArgs),
}

impl ContactsCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Add(args) => add::run(context, args),
            Self::List(args) => list::run(context, args),
            Self::Show(args) => show::run(context, args),
            Self::Export(args) => export::run(context, args),
            Self::Remove(args) => remove::run(context, args),
        }
    }
}
