use std::path::{Path, PathBuf};

use ca_core::enrolment::KeptDocument;
use ca_store::atomic::Mode;
use identity::digest;
use serde::Serialize;
use smime::{DecryptOptions, MemorySpool, decrypt};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::enrolment::{Office, officer};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::identities::OpenerArgs;
use crate::output::{json, rfc3339, table};

/// Hand the kept copy of an identity document to an officer
///
/// With the identity of an officer whom the policy names the copy itself is written, and compared with what was recorded;
/// without, the message that it is encrypted in, for the officer's mail program. It goes on record who was given it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet request document h7k2m9xq4t --identity officer.p12 --identity-password-file pin.txt --out passport.jpg\n  cachet request document h7k2m9xq4t --out document.eml"
)]
pub(crate) struct RequestDocumentArgs {
    /// The request
    #[arg(value_name = "ID")]
    id: String,
    /// Of several copies, the one whose SHA-256 begins so
    #[arg(long, value_name = "DIGITS")]
    sha256: Option<String>,
    #[command(flatten)]
    openers: OpenerArgs,
    /// Where to write it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which officer is given it [default: whoever runs the command]
    #[arg(long, value_name = "NAME")]
    officer: Option<String>,
}

#[derive(Serialize)]
struct DocumentView {
    request: String,
    sha256: String,
    kept_at: String,
    delete_after: String,
    /// Whether `file` is the copy itself; else it is the message that it is encrypted in.
    decrypted: bool,
    file: String,
}

pub(super) fn run(context: &Context, args: &RequestDocumentArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    office.desk().tidy()?;
    let request = office.request(&args.id)?;
    let officer = officer(context, args.officer.as_deref())?;
    let document = args.choose(office.desk().documents(&request.id)?)?;
    let message = document.message.as_deref().unwrap_or_default();
    let decrypted = args.openers.require_some().is_ok();
    let content = match decrypted {
        true => args.decrypted(context, message, &document.sha256)?,
        false => Zeroizing::new(message.to_vec()),
    };
    let out = Some(args.out.as_path()).filter(|path| *path != Path::new("-"));
    context.precheck(out)?;
    // On record first: whoever can read it must be known.
    office.desk().hand_over(&document, &officer)?;
    context.deliver(&content, out, Mode::Secret)?;
    let view = DocumentView {
        request: request.id.to_string(),
        sha256: document.sha256.clone(),
        kept_at: rfc3339(document.kept_at),
        delete_after: rfc3339(document.delete_after),
        decrypted,
        file: args.out.display().to_string(),
    };
    // Standard output is the copy's then.
    if out.is_some() {
        context.ui.result(&match context.is_json() {
            true => json::acted("handed-over", &view),
            false => view.text(),
        })?;
    }
    Ok(Outcome::Done)
}

impl RequestDocumentArgs {
    fn choose(&self, mut kept: Vec<KeptDocument>) -> Result<KeptDocument, CommandError> {
        if let Some(digits) = &self.sha256 {
            let digits = digits.to_ascii_lowercase();
            kept.retain(|document| document.sha256.starts_with(&digits));
        }
        if kept.len() > 1 {
            let all: Vec<_> = kept
                .iter()
                .map(|document| format!("{} of {}", document.sha256, rfc3339(document.kept_at)))
                .collect();
            return Err(CommandError::bad_input(format!(
                "several copies are kept for the request {}: {}",
                self.id,
                all.join(", ")
            ))
            .hint("name one by the first digits of its SHA-256: --sha256 DIGITS"));
        }
        kept.pop().ok_or_else(|| {
            CommandError::new(
                ErrorKind::NotFound,
                format!("no such copy of a document is kept for the request {}", self.id),
            )
            .hint("copies are deleted when their time is over; cachet request show tells what was examined")
        })
    }

    /// Returns the copy, once it is seen to be the one on record.
    fn decrypted(
        &self,
        context: &Context,
        message: &[u8],
        sha256: &str,
    ) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        let mut openers = self.openers.load(context, false)?;
        let mut options = DecryptOptions::default();
        openers.equip(&mut options);
        let held = decrypt(message, &openers.identities, &options, MemorySpool::new())?;
        let altered = || {
            CommandError::new(
                ErrorKind::DecryptionFailed,
                format!(
                    "the copy that is kept is not the one that was examined: its SHA-256 is not {sha256}"
                ),
            )
            .hint("the ledger was damaged or changed; cachet audit verify")
        };
        let content = held.into_content().map_err(|_| altered())?;
        let inner = Zeroizing::new(content.into_inner());
        let copy = super::evidence::copy_in(&inner).ok_or_else(altered)?;
        match hex::encode(digest::sha256(&copy)) == sha256 {
            true => Ok(copy),
            false => Err(altered()),
        }
    }
}

impl DocumentView {
    fn text(&self) -> String {
        table::facts([
            ("Request", self.request.clone()),
            ("SHA-256", self.sha256.clone()),
            ("Kept since", self.kept_at.clone()),
            ("Deleted after", self.delete_after.clone()),
            (
                if self.decrypted {
                    "Copy"
                } else {
                    "Encrypted message"
                },
                self.file.clone(),
            ),
        ])
    }
}
