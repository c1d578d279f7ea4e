//! `cachet cert`.

mod export;
mod list;
mod notify;
mod recover;
mod rekey;
mod release;
mod renew;
mod revoke;
mod show;
mod verify;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum CertCommand {
    List(list::CertListArgs),
    Show(show::CertShowArgs),
    Export(export::CertExportArgs),
    Renew(renew::CertRenewArgs),
    Rekey(rekey::CertRekeyArgs),
    Revoke(revoke::CertRevokeArgs),
    Release(release::CertReleaseArgs),
    Notify(notify::CertNotifyArgs),
    Verify(verify::CertVerifyArgs),
    Recover(recover::CertRecoverArgs),
}

impl CertCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::List(args) => list::run(context, args),
            Self::Show(args) => show::run(context, args),
            Self::Export(args) => export::run(context, args),
            Self::Renew(args) => renew::run(context, args),
            Self::Rekey(args) => rekey::run(context, args),
            Self::Revoke(args) => revoke::run(context, args),
            Self::Release(args) => release::run(context, args),
            Self::Notify(args) => notify::run(context, args),
            Self::Verify(args) => verify::run(context, args),
            Self::Recover(args) => recover::run(context, args),
        }
    }
}
