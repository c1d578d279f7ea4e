use std::path::PathBuf;

use identity::ContentCipher;
use serde::Serialize;
use smime::encrypt::Recipient;
use smime::{EncryptOptions, EncryptReport, HeaderProtection, Limits, encrypt_spooled};

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::identities::OptionalIdentityArgs;
use crate::output::json;
use crate::recipients::{self, RecipientArgs};

/// Encrypt a message or a text
///
/// The cipher is AES-256-GCM if every recipient announces it, in a certificate or in a message that was learned, else
/// AES-256-CBC, which every mail program reads.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet mail encrypt --to bob@example.org.crt --out secret.eml message.eml"
)]
pub(crate) struct MailEncryptArgs {
    /// A recipient: a certificate file (PEM, DER or p7b), or the address of a contact (can be repeated)
    #[arg(long, value_name = "CERT|EMAIL", required_unless_present = "password_file")]
    to: Vec<String>,
    /// A file whose first line is a password that opens the message too, or alone (can be repeated)
    ///
    /// OpenSSL, Bouncy Castle and newer gpgsm read such messages; mail programs do not.
    #[arg(long, value_name = "FILE")]
    password_file: Vec<PathBuf>,
    /// The cipher: aes-256-gcm, aes-128-gcm, aes-256-cbc, aes-192-cbc or aes-128-cbc
    #[arg(long, value_name = "CIPHER")]
    cipher: Option<ContentCipher>,
    #[command(flatten)]
    identity: OptionalIdentityArgs,
    #[command(flatten)]
    recipients: RecipientArgs,
    /// Put the header fields into the encryption too and hide the Subject outside (RFC 9788)
    #[arg(long)]
    protect_headers: bool,
    /// Take the input for text whatever it looks like
    #[arg(long)]
    text: bool,
    /// Where to write the message [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The message or text [default: standard input]
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    cipher: String,
    recipients: Vec<RecipientView>,
    /// How many passwords open it too.
    passwords: usize,
    warnings: Vec<String>,
    file: Option<String>,
}

/// Somebody who can open the message.
#[derive(Serialize)]
pub(super) struct RecipientView {
    subject: String,
    emails: Vec<String>,
    serial: String,
    key_management: String,
}

impl RecipientView {
    pub(super) fn new(recipient: &Recipient) -> Self {
        Self {
            subject: recipient.subject.clone(),
            emails: recipient.emails.clone(),
            serial: recipient.serial.clone(),
            key_management: recipient.key_management.clone(),
        }
    }
}

pub(super) fn run(context: &Context, args: &MailEncryptArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    context.precheck(args.out.as_deref())?;
    let mut recipients = recipients::resolve(context, "--to", &args.to)?;
    let passwords = args.password_file.iter();
    let passwords = passwords
        .map(|file| context.secret_file(file, "password"))
        .collect::<Result<_, _>>()?;
    let input = context.open_input(args.input.as_deref())?;
    let identities = args.identity.load(context, false)?;
    super::require_out(context, args.out.as_deref())?;
    args.recipients.add_own(context, &identities, &mut recipients);
    let mut options = EncryptOptions::new(context.now());
    options.cipher = args.cipher;
    options.learned = recipients.learned;
    args.recipients.equip(context, &mut options)?;
    options.passwords = passwords;
    options.compose.force_text = args.text;
    options.compose.protect_headers = args.protect_headers.then_some(HeaderProtection::Encrypted);
    let name = input.name.clone();
    // It is the user's own, and never in memory as a whole.
    options.limits = Limits::default().with_max_input(u64::MAX);
    let spool = input.spool()?;
    let report = super::release_by(context, args.out.as_deref(), |out| {
        encrypt_spooled(input, &recipients.certificates, &options, spool, out)
            .map_err(|error| CommandError::from(error).context(name))
    })?;
    warn(context, &report);
    if context.is_json() {
        context.ui.result(&json::acted(
            "encrypted",
            &Report {
                cipher: report.cipher.to_string(),
                recipients: report.recipients.iter().map(RecipientView::new).collect(),
                passwords: report.passwords,
                warnings: report.warnings.clone(),
                file: args.out.as_ref().map(|path| path.display().to_string()),
            },
        ))?;
    }
    Ok(Outcome::Done)
}

/// Passes on what encryption found remarkable.
pub(super) fn warn(context: &Context, report: &EncryptReport) {
    for warning in &report.warnings {
        context.ui.warning(warning);
    }
}
