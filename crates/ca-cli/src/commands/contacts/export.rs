use std::path::PathBuf;

use ca_store::atomic::Mode;
use identity::{Mailbox, pem};

use super::list::Row;
use crate::address_book;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::json;

/// Write the certificate that mail to a contact is encrypted to, as PEM
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet contacts export alice@example.org --out alice.pem")]
pub(crate) struct ContactsExportArgs {
    /// The contact's address
    #[arg(value_name = "EMAIL")]
    email: String,
    /// Write all of the contact's certificates, those for signing and those that expired included
    #[arg(long)]
    all: bool,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &ContactsExportArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    context.precheck(args.out.as_deref())?;
    let address = Mailbox::parse(&args.email).map_err(CommandError::bad_input)?;
    let contact = address_book::find(context, &address)?;
    let chosen = if args.all {
        contact.certificates().iter().collect()
    } else {
        let found = contact.encryption_certificate(&address, context.now());
        vec![found.map_err(|error| {
            CommandError::bad_input(error).hint("--all writes whatever certificates there are")
        })?]
    };
    if !context.is_json() || args.out.is_some() {
        let text: String = chosen
            .iter()
            .map(|known| pem::encode("CERTIFICATE", known.certificate.der()))
            .collect();
        context.deliver(text.as_bytes(), args.out.as_deref(), Mode::Public)?;
    }
    if context.is_json() {
        let rows: Vec<Row> = chosen
            .iter()
            .map(|known| Row::new(&contact, known, context.now()))
            .collect();
        context.ui.result(&json::document(&rows))?;
    }
    Ok(Outcome::Done)
}
