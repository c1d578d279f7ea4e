use std::path::PathBuf;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::identities;
use crate::p12_password::P12PasswordArgs;
use crate::renewal::{RenewalArgs, RenewedKey, key_of};

/// Issue a new certificate for the same holder and the same key
///
/// It goes by the evidence on record as long as the policy lets that be used again (evidence.reuse); what is too old
/// must be checked anew, and the refusal prints the command that would be accepted. The holder joins the new
/// certificate and the key; with --identity this is done here, into a new P12. An address whose certificates are a pair
/// gets both anew. Keep the old P12: mail that was encrypted to the old certificate names its serial.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet cert renew alice@example.com --evidence mailbox='answered on 2 May'\n  cachet cert renew 4f6d0a --identity alice@example.com.p12 --identity-password-file pw --revoke-old"
)]
pub(crate) struct CertRenewArgs {
    #[command(flatten)]
    renewal: RenewalArgs,
    /// The P12, or PEM file, with the key: a P12 with the new certificate is written too
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// A file whose first line is its password, which the new P12 keeps by default
    #[arg(long, value_name = "FILE", requires = "identity")]
    identity_password_file: Option<PathBuf>,
    #[command(flatten)]
    p12_password: P12PasswordArgs,
}

pub(super) fn run(context: &Context, args: &CertRenewArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let old = args.renewal.find(context)?;
    let Some(file) = &args.identity else {
        if !args.p12_password.generates() {
            return Err(CommandError::usage(
                "a password makes sense only with --identity: without the key no P12 is written",
            ));
        }
        let key = RenewedKey::Same(None);
        return args.renewal.run(context, &old, &key, &args.p12_password, None);
    };
    let password = args
        .identity_password_file
        .as_deref()
        .map(|file| context.password_file(file, "identity password"))
        .transpose()?;
    let identities = identities::read(context, file, password.as_ref())?;
    let keys = old
        .certificates()
        .map(|certificate| key_of(&identities, certificate, file))
        .collect::<Result<Vec<_>, _>>()?;
    let key = RenewedKey::Same(Some(keys));
    args.renewal
        .run(context, &old, &key, &args.p12_password, password)
}
