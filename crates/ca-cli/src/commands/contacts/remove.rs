use identity::Mailbox;
use smime::contacts::{Contact, KnownCertificate};

use super::list::Row;
use crate::address_book;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::json;

/// Forget a contact, or one certificate
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet contacts remove alice@example.org --yes")]
pub(crate) struct ContactsRemoveArgs {
    /// The contact's address, or a certificate's SHA-256 fingerprint (its first 8 digits or more)
    #[arg(value_name = "EMAIL|SHA256")]
    contact: String,
}

pub(super) fn run(context: &Context, args: &ContactsRemoveArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let (contact, doomed) = if args.contact.contains('@') {
        let address = Mailbox::parse(&args.contact).map_err(CommandError::bad_input)?;
        let contact = address_book::find(context, &address)?;
        let all = contact.certificates().to_vec();
        (contact, all)
    } else {
        one_certificate(context, &args.contact)?
    };
    let address = contact.address().clone();
    let whole = doomed.len() == contact.certificates().len();
    let question = if whole {
        format!("Forget {address} and the contact's certificates?")
    } else {
        format!("Forget one certificate of {address}?")
    };
    context.confirm(&question, "the contact stays")?;
    let removed = context
        .contacts()?
        .update(&address, |contact| -> Result<Vec<Row>, CommandError> {
            let rows = doomed
                .iter()
                .map(|known| Row::new(contact, known, context.now()))
                .collect();
            for known in &doomed {
                contact.forget(&known.certificate.fingerprint_sha256());
            }
            Ok(rows)
        })?;
    context.ui.progress(&if whole {
        format!("forgotten: {address}")
    } else {
        format!("forgotten: one certificate of {address}")
    });
    if context.is_json() {
        context.ui.result(&json::each_acted("removed", &removed))?;
    }
    Ok(Outcome::Done)
}

/// Finds the one certificate whose fingerprint begins so, however it is written.
fn one_certificate(
    context: &Context,
    selector: &str,
) -> Result<(Contact, Vec<KnownCertificate>), CommandError> {
    let digits: String = selector
        .chars()
        .filter(|c| !matches!(c, ':' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if digits.len() < 8 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(CommandError::bad_input(format!(
            "\"{}\" is neither an address nor the first 8 or more digits of a SHA-256 fingerprint",
            selector.escape_debug()
        )));
    }
    let mut found: Vec<(Contact, Vec<KnownCertificate>)> = Vec::new();
    for contact in address_book::read(context)?.contacts {
        let named: Vec<KnownCertificate> = contact
            .certificates()
            .iter()
            .filter(|known| hex::encode(known.certificate.fingerprint_sha256()).starts_with(&digits))
            .cloned()
            .collect();
        if !named.is_empty() {
            found.push((contact, named));
        }
    }
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(CommandError::new(
            ErrorKind::NotFound,
            format!("no contact has a certificate with the fingerprint {selector}"),
        )
        .hint("cachet contacts list --format json")),
        (Some((contact, named)), true) if named.len() == 1 => Ok((contact, named)),
        (Some(_), _) => Err(CommandError::bad_input(format!(
            "several contacts or certificates have the fingerprint {selector}: name the contact by its address, or give all 64 digits"
        ))),
    }
}
