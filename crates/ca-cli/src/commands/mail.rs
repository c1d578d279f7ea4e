//! `cachet mail`.

mod decrypt;
mod encrypt;
mod inspect;
mod open;
mod send;
mod sign;
mod verify;

use std::io::Write;
use std::path::Path;

use ca_store::atomic::Mode;
use smime::Limits;

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
    Send(send::MailSendArgs),
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
            Self::Send(args) => send::run(context, args),
        }
    }
}

/// How much is read of a message: a file or a pipe that the user chose. The disk is what bounds it.
fn message_limits() -> Limits {
    Limits::default().with_max_input(MOST_READ)
}

/// Refuses `--format json` where the message would have to share standard output with the report.
fn require_out(context: &Context, out: Option<&Path>) -> Result<(), CommandError> {
    if context.is_json() && out.is_none_or(|path| path == Path::new("-")) {
        return Err(CommandError::usage(
            "with --format json standard output is for the report: the message goes to a file",
        )
        .hint("name the file with --out FILE"));
    }
    Ok(())
}

/// Hands out what `work` writes: to `--out`, or to standard output.
fn release_by<T>(
    context: &Context,
    out: Option<&Path>,
    work: impl FnOnce(&mut dyn Write) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    context.deliver_by(out, Mode::Public, work)
}

/// 1 TiB: an input that never ends is refused some day.
const MOST_READ: u64 = 1 << 40;
