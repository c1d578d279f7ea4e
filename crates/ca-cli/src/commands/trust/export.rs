use std::path::PathBuf;

use ca_store::atomic::Mode;
use identity::pem;
use serde::Serialize;

use crate::authority;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{grouped, json};

/// Write the root for partners to import, and show its fingerprint to compare
///
/// Tell your partners the fingerprint over another way than the file: they compare it before they
/// trust the root.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet trust export --for pem --out root.pem")]
pub(crate) struct TrustExportArgs {
    /// The form: pem and der hold the root alone, p7b also the issuing CAs
    #[arg(long = "for", value_name = "FORM", default_value = "pem")]
    form: Form,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    /// PEM: Thunderbird, OpenSSL, most programs
    Pem,
    /// DER: Windows, Android, Java
    Der,
    /// PKCS#7 with the issuing CAs: Windows, Outlook
    P7b,
}

#[derive(Serialize)]
struct Report {
    subject: String,
    sha256: String,
    file: Option<String>,
}

pub(super) fn run(context: &Context, args: &TrustExportArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    context.precheck(args.out.as_deref())?;
    let all = authority::certificates(&context.directory()?)?;
    let root = &authority::root(&all)?.certificate;
    let bytes = match args.form {
        Form::Pem => pem::encode("CERTIFICATE", root.der()).into_bytes(),
        Form::Der => root.der().to_vec(),
        Form::P7b => {
            let others = all
                .iter()
                .map(|ca| &ca.certificate)
                .filter(|certificate| *certificate != root);
            pem::certs_only(&std::iter::once(root).chain(others).cloned().collect::<Vec<_>>())
        }
    };
    if context.is_json() {
        if args.out.is_some() {
            context.deliver(&bytes, args.out.as_deref(), Mode::Public)?;
        }
        context.ui.result(&json::document(&Report {
            subject: root.subject().to_string(),
            sha256: hex::encode(root.fingerprint_sha256()),
            file: args.out.as_ref().map(|path| path.display().to_string()),
        }))?;
    } else {
        context.deliver(&bytes, args.out.as_deref(), Mode::Public)?;
    }
    context.ui.progress(&format!(
        "{}\n  SHA-256 fingerprint: {}",
        root.subject(),
        grouped(&root.fingerprint_sha256())
    ));
    Ok(Outcome::Done)
}
