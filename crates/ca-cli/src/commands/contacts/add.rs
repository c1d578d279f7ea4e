use std::path::{Path, PathBuf};

use identity::mailbox::Match;
use identity::{Certificate, Mailbox};
use serde::Serialize;
use smime::contacts::{Contact, Lesson, Suitability};
use smime::path::{PathOptions, build_and_validate};
use smime::report::Verdict;

use super::list::Row;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, table};

/// Keep the certificates of people to encrypt mail to
///
/// A certificate is kept under each address that it holds. Whether it leads to one of the profile's trusted roots is
/// looked up and noted; ask its holder for the fingerprint if it does not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet contacts add bob@example.org.crt")]
pub(crate) struct ContactsAddArgs {
    /// Certificates: PEM, DER or p7b
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The address to keep it under, for a certificate that holds none; of one that holds several, the only one to keep
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Let it take the place of a certificate of another issuer
    #[arg(long)]
    replace: bool,
}

#[derive(Serialize)]
struct Added {
    /// `added`, `updated` or `unchanged`.
    action: &'static str,
    #[serde(flatten)]
    row: Row,
}

pub(super) fn run(context: &Context, args: &ContactsAddArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let email = args
        .email
        .as_ref()
        .map(|email| Mailbox::parse(email).map_err(CommandError::bad_input))
        .transpose()?;
    let roots: Vec<Certificate> = context
        .trust_store()?
        .list()?
        .into_iter()
        .map(|root| root.certificate)
        .collect();
    let mut lessons: Vec<(String, Lesson)> = Vec::new();
    for file in &args.files {
        for lesson in read(context, file, email.as_ref(), &roots)? {
            lessons.push((file.display().to_string(), lesson));
        }
    }
    let store = context.contacts()?;
    let refused = |file: &str, conflict: smime::contacts::Conflict| {
        CommandError::from(conflict).hint(format!(
            "if the new one is right (ask its holder for the fingerprint): cachet contacts add --replace {file}"
        ))
    };
    // All are looked at before the first is kept.
    for (file, lesson) in &lessons {
        let known = store.find(&lesson.address)?;
        let mut known = known.unwrap_or_else(|| Contact::new(lesson.address.clone()));
        known
            .learn(lesson, args.replace)
            .map_err(|conflict| refused(file, conflict))?;
    }
    let mut all = Vec::new();
    for (file, lesson) in &lessons {
        all.push(
            store.update(&lesson.address, |contact| -> Result<Added, CommandError> {
                let is_new = contact.certificates().is_empty();
                let change = contact
                    .learn(lesson, args.replace)
                    .map_err(|conflict| refused(file, conflict))?;
                for gone in &change.removed {
                    context.ui.note(&format!(
                        "{} is no longer known by the certificate {} of {}",
                        lesson.address,
                        gone.serial_hex(),
                        gone.issuer()
                    ));
                }
                let certificates = contact.certificates();
                let known = certificates
                    .iter()
                    .find(|known| {
                        lesson
                            .certificates
                            .iter()
                            .any(|own| own.certificate == known.certificate)
                    })
                    // Only the oldest of many certificates are dropped at once.
                    .or(lesson.certificates.first())
                    .ok_or_else(|| CommandError::bad_input(format!("{file} holds no certificate")))?;
                Ok(Added {
                    action: match (is_new, change.is_none()) {
                        (true, _) => "added",
                        (false, false) => "updated",
                        (false, true) => "unchanged",
                    },
                    row: Row::new(contact, known, context.now()),
                })
            })?,
        );
    }
    for added in &all {
        warn(context, added);
    }
    context.ui.result(&if context.is_json() {
        json::document(&all)
    } else {
        table::list(
            ["EMAIL", "ACTION", "SUBJECT", "UNTIL", "STATUS"],
            all.into_iter().map(|added| {
                [
                    added.row.email,
                    added.action.to_owned(),
                    added.row.subject,
                    added.row.not_after.chars().take(10).collect(),
                    added.row.status.to_owned(),
                ]
            }),
        )
    })?;
    Ok(Outcome::Done)
}

fn warn(context: &Context, added: &Added) {
    let row = &added.row;
    match row.status {
        "expired" => context.ui.warning(&format!(
            "the certificate of {} expired on {}: mail cannot be encrypted to it",
            row.email, row.not_after
        )),
        "signs-only" => context.ui.note(&format!(
            "the certificate of {} only serves to verify signatures: mail cannot be encrypted to it",
            row.email
        )),
        _ => {}
    }
    if row.root.is_none() {
        context.ui.note(&format!(
            "the certificate of {} leads to no trusted root: compare its SHA-256 fingerprint with its holder: {}",
            row.email, row.sha256
        ));
    }
}

/// Reads what a file teaches.
fn read(
    context: &Context,
    file: &Path,
    email: Option<&Mailbox>,
    roots: &[Certificate],
) -> Result<Vec<Lesson>, CommandError> {
    let found = context
        .certificates(file)
        .map_err(|error| match error.hints.is_empty() {
            true => error.hint(format!(
                "of a signed message the certificate is kept with: cachet mail verify --learn {}",
                file.display()
            )),
            false => error,
        })?;
    let (authorities, people): (Vec<_>, Vec<_>) = found.into_iter().partition(Certificate::is_ca);
    if people.is_empty() {
        return Err(CommandError::bad_input(format!(
            "{} holds certificates of authorities only; a contact is a person",
            file.display()
        ))
        .hint("a root to trust is added with: cachet trust add FILE"));
    }
    let mut lessons = Vec::new();
    for certificate in people {
        if let Suitability::Useless { reasons } = Suitability::of(&certificate) {
            return Err(CommandError::bad_input(format!(
                "the certificate of {} in {} is of no use for mail: {}",
                certificate.subject(),
                file.display(),
                reasons.join(", and ")
            ))
            .hint("ask for a certificate for e-mail (extended key usage emailProtection)"));
        }
        let path = build_and_validate(
            &certificate,
            roots,
            &authorities,
            &PathOptions::new(context.now()),
        );
        let root = path.chain.last().filter(|_| path.verdict == Verdict::Valid);
        for address in addresses(&certificate, email, file)? {
            lessons.push(Lesson::from_file(
                address,
                certificate.clone(),
                root,
                context.now(),
            ));
        }
    }
    Ok(lessons)
}

/// The addresses to keep a certificate under.
fn addresses(
    certificate: &Certificate,
    email: Option<&Mailbox>,
    file: &Path,
) -> Result<Vec<Mailbox>, CommandError> {
    let texts = certificate.emails();
    let held: Vec<Mailbox> = texts
        .iter()
        .filter_map(|text| Mailbox::parse(text).ok())
        .collect();
    match email {
        Some(email) if held.is_empty() || held.iter().any(|held| held.matches(email) != Match::No) => {
            Ok(vec![email.clone()])
        }
        Some(email) => Err(CommandError::bad_input(format!(
            "the certificate of {} in {} holds {}, not {email}",
            certificate.subject(),
            file.display(),
            texts.join(", ")
        ))
        .hint("leave --email out, or name one of the certificate's own addresses")),
        None if held.is_empty() => Err(CommandError::bad_input(format!(
            "the certificate of {} in {} holds no mail address to keep it under",
            certificate.subject(),
            file.display()
        ))
        .hint("say whose it is with --email ADDRESS")),
        None => Ok(held),
    }
}
