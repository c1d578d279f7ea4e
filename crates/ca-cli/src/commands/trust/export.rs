use std::path::PathBuf;

use ca_store::atomic::Mode;
use identity::{Certificate, pem};
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
    /// All roots, not the newest alone, and with p7b also the certificates that they gave each other
    #[arg(long)]
    all: bool,
    /// Only what stands between roots and people: issuing CAs, and the certificates that the CAs gave each other
    #[arg(long, conflicts_with = "all")]
    intermediates: bool,
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
    let ledger = context.ledger(&context.directory()?)?;
    let all = authority::of_ledger(&ledger)?;
    let root = &authority::root(&all)?.certificate;
    let mut chosen: Vec<Certificate> = Vec::new();
    if !args.intermediates {
        // The newest first, which is the only one unless all are wanted.
        let roots = all.iter().rev().filter(|ca| ca.is_root());
        let count = if args.all { usize::MAX } else { 1 };
        chosen.extend(roots.take(count).map(|ca| ca.certificate.clone()));
    }
    if args.intermediates || matches!(args.form, Form::P7b) {
        let issuing = all.iter().filter(|ca| !ca.is_root());
        chosen.extend(issuing.map(|ca| ca.certificate.clone()));
    }
    if args.intermediates || (args.all && matches!(args.form, Form::P7b)) {
        chosen.extend(authority::superseded(&ledger)?);
    }
    let bytes = match (args.form, chosen.as_slice()) {
        (Form::Pem, chosen) => chosen
            .iter()
            .map(|one| pem::encode("CERTIFICATE", one.der()))
            .collect::<String>()
            .into_bytes(),
        (Form::Der, [one]) => one.der().to_vec(),
        (Form::Der, several) => {
            return Err(CommandError::usage(format!(
                "a DER file holds one certificate, not {}: use --for pem or p7b",
                several.len()
            )));
        }
        (Form::P7b, chosen) => pem::certs_only(chosen),
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
