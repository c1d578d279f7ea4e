//! `cachet audit`.

mod checkpoint;
mod show;
pub(crate) mod verify;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum AuditCommand {
    Show(show::AuditShowArgs),
    Checkpoint(checkpoint::AuditCheckpointArgs),
    Verify(verify::AuditVerifyArgs),
}

impl AuditCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Show(args) => show::run(context, args),
            Self::Checkpoint(args) => checkpoint::run(context, args),
            Self::Verify(args) => verify::run(context, args),
        }
    }
}
