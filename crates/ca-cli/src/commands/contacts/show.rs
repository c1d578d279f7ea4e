use identity::Mailbox;
use serde::Serialize;

use super::list::Row;
use crate::address_book;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, rfc3339, table};

/// Show a contact with all of its certificates
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet contacts show alice@example.org")]
pub(crate) struct ContactsShowArgs {
    /// The contact's address
    #[arg(value_name = "EMAIL")]
    email: String,
}

#[derive(Serialize)]
struct ContactView {
    email: String,
    /// The certificate that mail is encrypted to now.
    encrypt_to: Option<String>,
    /// Why mail cannot be encrypted now.
    reason: Option<String>,
    /// What the newest message announced.
    announced: Option<Vec<String>>,
    announced_at: Option<String>,
    certificates: Vec<Row>,
}

pub(super) fn run(context: &Context, args: &ContactsShowArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let address = Mailbox::parse(&args.email).map_err(CommandError::bad_input)?;
    let contact = address_book::find(context, &address)?;
    let chosen = contact.encryption_certificate(&address, context.now());
    let view = ContactView {
        email: contact.address().to_string(),
        encrypt_to: chosen
            .as_ref()
            .ok()
            .map(|known| hex::encode(known.certificate.fingerprint_sha256())),
        reason: chosen.as_ref().err().map(ToString::to_string),
        announced: contact
            .announcement()
            .map(|announced| announced.ciphers.iter().map(ToString::to_string).collect()),
        announced_at: contact
            .announcement()
            .and_then(|announced| announced.signed_at)
            .map(rfc3339),
        certificates: contact
            .certificates()
            .iter()
            .map(|known| Row::new(&contact, known, context.now()))
            .collect(),
    };
    context.ui.result(&if context.is_json() {
        json::document(&view)
    } else {
        view.table()
    })?;
    Ok(Outcome::Done)
}

impl ContactView {
    fn table(&self) -> String {
        let reads = match &self.announced {
            Some(ciphers) => ciphers.join(", "),
            None => String::new(),
        };
        let mut facts = vec![
            ("Address", self.email.clone()),
            (
                "Encrypt to",
                self.encrypt_to
                    .clone()
                    .or_else(|| self.reason.as_ref().map(|reason| format!("nothing: {reason}")))
                    .unwrap_or_default(),
            ),
            ("Announced", reads),
            ("  At", self.announced_at.clone().unwrap_or_default()),
        ];
        for row in &self.certificates {
            facts.push(("Certificate", row.subject.clone()));
            facts.push(("  Status", row.status.to_owned()));
            facts.push(("  Serial", row.serial.clone()));
            facts.push(("  Issuer", row.issuer.clone()));
            facts.push((
                "  Root",
                row.root.clone().unwrap_or_else(|| "not known".to_owned()),
            ));
            facts.push(("  Valid", format!("{} to {}", row.not_before, row.not_after)));
            facts.push(("  SHA-256", row.sha256.clone()));
            facts.push(("  Learned", format!("{} from a {}", row.learned, row.source)));
        }
        table::facts(facts)
    }
}
