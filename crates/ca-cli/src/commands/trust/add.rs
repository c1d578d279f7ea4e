use std::path::PathBuf;

use ca_store::Added;
use identity::Certificate;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::{grouped, json, table};

/// Trust a root, after its fingerprint has been compared
///
/// Ask the CA's operator for the SHA-256 fingerprint over another way than the file came by, and
/// compare it: whoever controls a trusted root can vouch for any address.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet trust add root.pem --fingerprint 3F2A…")]
pub(crate) struct TrustAddArgs {
    /// The root's certificate: PEM, DER or p7b
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The root's SHA-256 fingerprint, in hexadecimal; without it, it is shown and asked about
    #[arg(long, value_name = "SHA256")]
    fingerprint: Option<String>,
}

pub(super) fn run(context: &Context, args: &TrustAddArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let found = context.certificates(&args.file)?;
    let wanted = args.fingerprint.as_deref().map(digits).transpose()?;
    let root = choose(found, wanted.as_deref(), &args.file.display().to_string())?;
    if !root.is_ca() && !root.is_self_issued() {
        return Err(CommandError::bad_input(format!(
            "{} holds the certificate of {}, which is no CA: no certificate leads to it",
            args.file.display(),
            root.subject()
        ))
        .hint("add the root of its CA instead: ask for what cachet trust export writes there"));
    }
    let fingerprint = root.fingerprint_sha256();
    context.ui.progress(&format!(
        "{}\n  SHA-256 {}",
        root.subject(),
        grouped(&fingerprint)
    ));
    if wanted.is_none() {
        let question = "Does the CA's operator confirm this fingerprint?";
        match context.ui.confirm(question)? {
            Some(true) => {}
            Some(false) => {
                return Err(CommandError::new(
                    ErrorKind::ConfirmationNeeded,
                    "the root was not added: its fingerprint was not confirmed",
                ));
            }
            None => {
                return Err(CommandError::new(
                    ErrorKind::ConfirmationNeeded,
                    "the root was not added: its fingerprint must be compared, and there is no terminal to ask on",
                )
                .hint("pass the fingerprint that the CA's operator gave you with --fingerprint SHA256"));
            }
        }
    }
    let store = context.trust_store()?;
    let added = store.add(&root)? == Added::Added;
    if added {
        context.ui.progress("trusted from now on");
    } else {
        context.ui.note("this root was trusted already");
    }
    let row = super::list::Row::new(&root);
    if context.is_json() {
        let action = if added { "added" } else { "unchanged" };
        context.ui.result(&json::acted(action, &row))?;
    } else {
        context.ui.result(&table::facts([
            ("Trusted", root.subject().to_string()),
            ("SHA-256", grouped(&fingerprint)),
            ("Until", row.not_after),
        ]))?;
    }
    Ok(Outcome::Done)
}

/// Picks the root that is meant: the one with the fingerprint, else the only one there is.
fn choose(found: Vec<Certificate>, wanted: Option<&str>, file: &str) -> Result<Certificate, CommandError> {
    let count = found.len();
    let first = found
        .first()
        .map(|certificate| grouped(&certificate.fingerprint_sha256()));
    let mut candidates: Vec<Certificate> = match wanted {
        Some(wanted) => found
            .into_iter()
            .filter(|c| hex::encode(c.fingerprint_sha256()) == wanted)
            .collect(),
        None if count > 1 => found.into_iter().filter(Certificate::is_self_issued).collect(),
        None => found,
    };
    let Some(root) = candidates.pop() else {
        return Err(match (wanted, first) {
            (Some(_), Some(first)) if count == 1 => CommandError::bad_input(format!(
                "the fingerprint of {file} is {first}, not the one given: this is another certificate"
            ))
            .hint("do not trust it; ask the CA's operator for the right file"),
            (Some(_), _) => {
                CommandError::bad_input(format!("{file} holds no certificate with that fingerprint"))
                    .hint("do not trust it; ask the CA's operator for the right file")
            }
            (None, _) => CommandError::bad_input(format!("{file} holds no self-signed certificate")),
        });
    };
    if !candidates.is_empty() && wanted.is_none() {
        return Err(CommandError::bad_input(format!("{file} holds several roots"))
            .hint("name the one that is meant with --fingerprint SHA256"));
    }
    Ok(root)
}

/// Reads a fingerprint however people write it.
fn digits(text: &str) -> Result<String, CommandError> {
    let digits: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ':' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(digits)
    } else {
        Err(CommandError::usage(format!(
            "\"{text}\" is no SHA-256 fingerprint: it has 64 hexadecimal digits"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_as_people_write_them() {
        let plain = "ab".repeat(32);
        assert_eq!(digits(&"AB:".repeat(32)).unwrap(), plain);
        assert_eq!(digits(&"ABAB ".repeat(16)).unwrap(), plain);
        assert!(digits("abcd").is_err());
    }
}
