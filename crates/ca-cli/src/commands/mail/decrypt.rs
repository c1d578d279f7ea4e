use std::path::{Path, PathBuf};

use ca_store::atomic::Mode;
use serde::Serialize;
use smime::{DecryptOptions, decrypt};

use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::identities::OpenerArgs;
use crate::output::json;
use crate::output::protected::ProtectedHeadersView;

/// Decrypt a message
///
/// What comes out is the inner message with the outer headers, so that it can be piped into
/// cachet mail verify. It is not verified yet.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet mail decrypt --identity bob@example.org.p12 --identity-password-file bob@example.org.p12.password secret.eml"
)]
pub(crate) struct MailDecryptArgs {
    #[command(flatten)]
    openers: OpenerArgs,
    /// Admit 3DES, RC2 and DES content, weakly protected P12 files and RSA keys below 2048 bits
    #[arg(long)]
    legacy: bool,
    /// Where to write the message [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The message [default: standard input]
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    cipher: String,
    /// The subject of the identity that opened it, or what else did.
    identity: String,
    recipients: Vec<String>,
    findings: Vec<String>,
    protected_headers: Option<ProtectedHeadersView>,
    file: Option<String>,
}

pub(super) fn run(context: &Context, args: &MailDecryptArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    args.openers.require_some()?;
    context.precheck(args.out.as_deref())?;
    let input = context.open_message(args.input.as_deref())?;
    let mut openers = args.openers.load(context, args.legacy)?;
    let mut options = DecryptOptions::default();
    options.legacy = args.legacy;
    options.limits = super::message_limits();
    openers.equip(&mut options);
    let name = input.name.clone();
    // Standard output is for the report then, and a report alone is worth having.
    let out = args.out.as_deref().filter(|path| *path != Path::new("-"));
    let nowhere = context.is_json() && out.is_none();
    let spool = context.hold(out, Mode::Secret)?;
    let held = decrypt(input, &openers.identities, &options, spool)
        .map_err(|error| CommandError::from(error).context(name))?;
    let found = held.report();
    let report = Report {
        cipher: found.cipher.to_string(),
        identity: openers.name(&found.opened_by),
        recipients: found.recipients.clone(),
        findings: found.findings.iter().map(ToString::to_string).collect(),
        protected_headers: found.protected_headers.as_ref().map(ProtectedHeadersView::new),
        file: out.map(|path| path.display().to_string()),
    };
    for finding in &report.findings {
        // Every message with AES-CBC is so; the signature inside, if any, protects it.
        if finding != "not-authenticated" {
            context.ui.warning(finding);
        }
    }
    let message = held
        .into_content()
        .map_err(|_| CommandError::new(ErrorKind::DecryptionFailed, "the message could not be decrypted"))?;
    if nowhere {
        context
            .ui
            .warning("with --format json the message goes to --out FILE only: it was written nowhere");
    } else {
        context.deliver_held(message, out, Mode::Secret)?;
    }
    if context.is_json() {
        context.ui.result(&json::acted("decrypted", &report))?;
    }
    Ok(Outcome::Done)
}
