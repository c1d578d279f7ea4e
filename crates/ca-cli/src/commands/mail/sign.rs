use std::io::Write;
use std::path::PathBuf;

use identity::identity::Identity;
use identity::{DigestAlgorithm, Mailbox};
use serde::Serialize;
use smime::sign::Capabilities;
use smime::{EncryptOptions, HeaderProtection, Limits, SignForm, SignOptions, encrypt_spooled, sign_spooled};

use super::encrypt::RecipientView;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::files::{InputSpool, Temporary};
use crate::identities::{self, IdentityArgs};
use crate::output::{json, rfc3339};
use crate::recipients::{self, RecipientArgs};

/// Sign a message or a text
///
/// Input that opens with header fields (From, Subject, Date or MIME-Version among them) and an empty
/// line is a message; anything else is text, which gets From, Date, Message-ID and MIME-Version.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  echo Hello | cachet mail sign --identity alice@example.com.p12 --identity-password-file alice@example.com.p12.password --to bob@example.org --subject Hello --out hello.eml"
)]
pub(crate) struct MailSignArgs {
    #[command(flatten)]
    identity: IdentityArgs,
    /// Wrap the content into the signature, where no mail gateway can change it, instead of leaving it readable for every program
    #[arg(long)]
    opaque: bool,
    /// The digest: sha256, sha384 or sha512 [default: by key]
    #[arg(long, value_name = "DIGEST")]
    digest: Option<DigestAlgorithm>,
    /// Sign with RSA-PSS instead of PKCS#1 v1.5
    #[arg(long)]
    pss: bool,
    /// The ciphers that the signature announces
    #[arg(long, value_name = "CIPHERS", default_value = "cbc")]
    announce: Announce,
    /// Encrypt the signed message to this certificate file, or to this contact (can be repeated)
    #[arg(long, value_name = "CERT|EMAIL")]
    encrypt_to: Vec<String>,
    #[command(flatten)]
    recipients: RecipientArgs,
    /// Put the header fields under the signature too (RFC 9788); with --encrypt-to also hide the Subject outside
    #[arg(long)]
    protect_headers: bool,
    /// The sender of a text [default: the identity's first address]
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// A recipient of a text (can be repeated)
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<String>,
    /// The subject of a text
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
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

/// What a signature says that its signer can read.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Announce {
    /// AES-CBC, which every mail program reads
    Cbc,
    /// AES-GCM before AES-CBC
    Gcm,
}

#[derive(Serialize)]
struct Report {
    from: String,
    signer: String,
    emails: Vec<String>,
    digest: String,
    signature: String,
    signing_time: String,
    encrypted_to: Vec<RecipientView>,
    file: Option<String>,
}

pub(super) fn run(context: &Context, args: &MailSignArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    context.precheck(args.out.as_deref())?;
    let address = |text: &String| Mailbox::parse(text).map_err(CommandError::bad_input);
    let from = args.from.as_ref().map(address).transpose()?;
    let to = args.to.iter().map(address).collect::<Result<Vec<_>, _>>()?;
    let mut recipients = recipients::resolve(context, "--encrypt-to", &args.encrypt_to)?;
    let input = context.open_input(args.input.as_deref())?;
    let identities = args.identity.load(context, false)?;
    super::require_out(context, args.out.as_deref())?;
    let identity = identities::signer(&identities, context.now()).ok_or_else(|| {
        CommandError::bad_input("none of the identities can sign: their certificates are for encryption only")
    })?;
    if !recipients.certificates.is_empty() {
        args.recipients.add_own(context, &identities, &mut recipients);
        if let Announce::Gcm = args.announce {
            // What the signature says of its signer.
            let ciphers = Capabilities::Gcm.ciphers();
            for own in identities.iter().map(Identity::certificate) {
                recipients
                    .learned
                    .insert(own.fingerprint_sha256(), ciphers.to_vec());
            }
        }
    }
    let mut options = SignOptions::new(context.now());
    options.form = if args.opaque {
        SignForm::Opaque
    } else {
        SignForm::Clear
    };
    options.digest = args.digest;
    options.pss = args.pss;
    options.capabilities = match args.announce {
        Announce::Cbc => Capabilities::Cbc,
        Announce::Gcm => Capabilities::Gcm,
    };
    options.encryption_certificate =
        identities::encryption_beside(&identities, identity, context.now()).cloned();
    options.compose.from = from;
    options.compose.to = to;
    options.compose.subject = args.subject.clone();
    options.compose.force_text = args.text;
    options.compose.protect_headers = args
        .protect_headers
        .then_some(if recipients.certificates.is_empty() {
            HeaderProtection::Signed
        } else {
            HeaderProtection::Encrypted
        });
    let name = input.name.clone();
    // It is the user's own, and never in memory as a whole.
    options.limits = Limits::default().with_max_input(u64::MAX);
    let spool = input.spool()?;
    let signed = |out: &mut dyn Write| {
        sign_spooled(input, identity, &options, spool, out)
            .map_err(|error| CommandError::from(error).context(&name))
    };
    let out = args.out.as_deref();
    let (made, encrypted_to) = if recipients.certificates.is_empty() {
        (super::release_by(context, out, signed)?, Vec::new())
    } else {
        let mut message = Temporary::new()?;
        let made = signed(&mut message)?;
        let message = message.rewind()?;
        let spool = InputSpool::new(Some(&message))?;
        let mut options = EncryptOptions::new(context.now());
        options.limits = Limits::default().with_max_input(u64::MAX);
        options.learned = recipients.learned;
        args.recipients.equip(context, &mut options)?;
        let recipients = recipients.certificates;
        let sealing = super::release_by(context, out, |out| {
            Ok(encrypt_spooled(message, &recipients, &options, spool, out)?)
        })?;
        super::encrypt::warn(context, &sealing);
        let encrypted_to = sealing.recipients.iter().map(RecipientView::new).collect();
        (made, encrypted_to)
    };
    for note in &made.notes {
        context.ui.note(note);
    }
    if context.is_json() {
        context.ui.result(&json::acted(
            "signed",
            &Report {
                from: made.from,
                signer: identity.certificate().subject().to_string(),
                emails: identity.certificate().emails(),
                digest: made.scheme.digest().to_string(),
                signature: made.scheme.to_string(),
                signing_time: rfc3339(options.signing_time),
                encrypted_to,
                file: args.out.as_ref().map(|path| path.display().to_string()),
            },
        ))?;
    }
    Ok(Outcome::Done)
}
