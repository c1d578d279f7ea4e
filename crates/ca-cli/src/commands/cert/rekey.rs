use identity::KeyAlgorithm;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::p12_password::P12PasswordArgs;
use crate::renewal::{RenewalArgs, RenewedKey};

/// Issue a new certificate for the same holder, with a new key and a new P12
///
/// It goes by the evidence on record as long as the policy lets that be used again (evidence.reuse). Files of the old
/// certificate that stand in the way are kept under another name: its key still opens old mail. An address whose
/// certificates are a pair gets both anew; a serial names one of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet cert rekey alice@example.com --out new")]
pub(crate) struct CertRekeyArgs {
    #[command(flatten)]
    renewal: RenewalArgs,
    /// The kind of key to make [default: as before]
    #[arg(long, value_name = "ALG")]
    key: Option<KeyAlgorithm>,
    #[command(flatten)]
    p12_password: P12PasswordArgs,
}

pub(super) fn run(context: &Context, args: &CertRekeyArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let old = args.renewal.find(context)?;
    args.renewal.run(
        context,
        &old,
        &RenewedKey::New(args.key),
        &args.p12_password,
        None,
    )
}
