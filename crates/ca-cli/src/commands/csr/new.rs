use std::path::PathBuf;

use ca_store::atomic::{self, Mode};
use identity::{CertificateRequest, DistinguishedName, KeyAlgorithm, Mailbox, PrivateKey, pem};
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, table};

/// Make a key and a request for a certificate
///
/// The key is encrypted and stays with its holder; the request goes to the CA, which never sees the
/// key. What comes back is made into a P12 with cachet p12 pack.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet csr new --email dana@example.com --out dana.csr")]
pub(crate) struct CsrNewArgs {
    /// The holder's address (can be repeated)
    #[arg(long = "email", value_name = "ADDRESS", required = true)]
    emails: Vec<String>,
    /// The kind of key: rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521 or ed25519
    #[arg(long, value_name = "ALG", default_value = "rsa-2048")]
    key: KeyAlgorithm,
    /// Where to write the request
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where to write the encrypted key [default: beside the request, ending in .key]
    #[arg(long, value_name = "FILE")]
    key_out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    emails: Vec<String>,
    key: String,
    files: Files,
}

#[derive(Serialize)]
struct Files {
    request: String,
    key: String,
}

pub(super) fn run(context: &Context, args: &CsrNewArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let emails = args
        .emails
        .iter()
        .map(|address| Mailbox::parse(address))
        .collect::<Result<Vec<_>, _>>()
        .map_err(CommandError::bad_input)?;
    let key_out = args
        .key_out
        .clone()
        .unwrap_or_else(|| args.out.with_extension("key"));
    if key_out == args.out {
        return Err(
            CommandError::usage("the request and the key cannot be the same file")
                .hint("name the key's file with --key-out FILE"),
        );
    }
    atomic::precheck(&args.out, context.overwrite())?;
    atomic::precheck(&key_out, context.overwrite())?;
    let passphrase = match &context.global.passphrase_file {
        Some(file) => context.secret_file(file, "passphrase")?,
        None => context
            .ask_new_passphrase("Passphrase for the new key")?
            .ok_or_else(|| {
                CommandError::passphrase_needed("a passphrase for the new key is needed")
                    .hint("give it with --passphrase-file FILE (or CACHET_PASSPHRASE_FILE)")
            })?,
    };
    let key = PrivateKey::generate(args.key)?;
    let request = CertificateRequest::build(&DistinguishedName::from_attributes(&[])?, &emails, &key)?;
    let encrypted = key.to_encrypted_pkcs8_pem(&passphrase)?;
    // The key first: a request without its key is worth nothing.
    atomic::write(&key_out, encrypted.as_bytes(), Mode::Secret, context.overwrite())?;
    let text = pem::encode("CERTIFICATE REQUEST", &request);
    atomic::write(&args.out, text.as_bytes(), Mode::Public, context.overwrite())?;
    context.ui.note(&format!(
        "send {} to the CA and keep {}; with the CA's answer: cachet p12 pack --key {} --cert CERTIFICATE --chain CHAIN --out NAME.p12",
        args.out.display(),
        key_out.display(),
        key_out.display()
    ));
    let report = Report {
        emails: emails.iter().map(ToString::to_string).collect(),
        key: args.key.to_string(),
        files: Files {
            request: args.out.display().to_string(),
            key: key_out.display().to_string(),
        },
    };
    if context.is_json() {
        context.ui.result(&json::acted("made", &report))?;
    } else {
        context.ui.result(&table::facts([
            ("Request", report.files.request),
            ("Key", report.files.key),
            ("Addresses", report.emails.join("\n")),
            ("Kind of key", report.key),
        ]))?;
    }
    Ok(Outcome::Done)
}
