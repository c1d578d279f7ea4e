use std::path::PathBuf;

use ca_store::atomic::Mode;
use identity::{Certificate, pem};

use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::lookup::{self, Found};
use crate::output::certificate::CertificateView;
use crate::output::json;

/// Write one certificate, with its chain if asked
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet cert export alice@example.com --chain --out alice.pem")]
pub(crate) struct CertExportArgs {
    /// Its serial, its address (its newest certificate) or its file
    #[arg(value_name = "ID")]
    id: String,
    /// Add the issuing CA and the root
    #[arg(long)]
    chain: bool,
    /// Write DER instead of PEM (one certificate only)
    #[arg(long, conflicts_with = "chain")]
    der: bool,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &CertExportArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    context.precheck(args.out.as_deref())?;
    let (certificate, authority) = match lookup::find(context, &args.id)? {
        Found::OnRecord(record) => (
            lookup::certificate_of(&record)?,
            Some(record.intent.authority.clone()),
        ),
        Found::Elsewhere(certificate) => (Some(*certificate), None),
    };
    let certificate = certificate.ok_or_else(|| {
        CommandError::new(
            ErrorKind::NotFound,
            format!("the certificate for {} was never signed", args.id),
        )
        .hint("cachet status")
    })?;
    if context.is_json() && args.out.is_none() {
        context
            .ui
            .result(&json::document(&CertificateView::new(&certificate)))?;
        return Ok(Outcome::Done);
    }
    if args.der {
        context.deliver(certificate.der(), args.out.as_deref(), Mode::Public)?;
        return report(context, &certificate);
    }
    let mut text = pem::encode("CERTIFICATE", certificate.der());
    if args.chain {
        let Some(authority) = authority else {
            return Err(CommandError::bad_input(format!(
                "{} was not issued here: its chain is not known",
                args.id
            )));
        };
        let ledger = context.ledger(&context.directory()?)?;
        for issuer in crate::authority::chain(&ledger, &authority)? {
            text.push_str(&pem::encode("CERTIFICATE", issuer.der()));
        }
    }
    context.deliver(text.as_bytes(), args.out.as_deref(), Mode::Public)?;
    report(context, &certificate)
}

fn report(context: &Context, certificate: &Certificate) -> Result<Outcome, CommandError> {
    if context.is_json() {
        context
            .ui
            .result(&json::document(&CertificateView::new(certificate)))?;
    }
    Ok(Outcome::Done)
}
