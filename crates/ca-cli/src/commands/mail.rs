//! `cachet mail`.

mod decrypt;
mod encrypt;
mod inspect;
mod open;
mod sign;
mod verify;

use std::io::{self, Write};
use std::path::Path;

use ca_store::atomic::Mode;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum MailCommand {
    Sign(sign::MailSignArgs),
    Encrypt(encrypt::MailEncryptArgs),
    Decrypt(decrypt::MailDecryptArgs),
    Verify(verify::MailVerifyArgs),
    Open(open::MailOpenArgs),
    Inspect(inspect::MailInspectArgs),
}

impl MailCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Sign(args) => sign::run(context, args),
            Self::Encrypt(args) => encrypt::run(context, args),
            Self::Decrypt(args) => decrypt::run(context, args),
            Self::Verify(args) => verify::run(context, args),
            Self::Open(args) => open::run(context, args),
            Self::Inspect(args) => inspect::run(context, args),
        }
    }
}

/// Hands out what `work` writes: to `--out`, or to standard output unless that is for the JSON document.
fn release_by<T>(
    context: &Context,
    out: Option<&Path>,
    work: impl FnOnce(&mut dyn Write) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    if context.is_json() && out.is_none_or(|path| path == Path::new("-")) {
        let value = work(&mut io::sink())?;
        context.ui.warning(UNRELEASED);
        return Ok(value);
    }
    context.deliver_by(out, Mode::Public, work)
}

const UNRELEASED: &str = "with --format json the message goes to --out FILE only: it was written nowhere";
