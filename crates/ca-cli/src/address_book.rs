//! The contacts at work: finding certificates for mail, and learning from it.

use ca_store::{AddressBook, ContactStore};
use identity::{Certificate, Mailbox};
use serde::Serialize;
use smime::contacts::{Contact, Lesson, lessons};
use smime::report::VerifyReport;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// Reads all contacts and warns of every file that holds none.
pub(crate) fn read(context: &Context) -> Result<AddressBook, CommandError> {
    let book = context.contacts()?.list()?;
    for damaged in &book.damaged {
        context.ui.warning(&damaged.to_string());
    }
    Ok(book)
}

/// Returns the certificates of all contacts: messages may leave out their signer's.
///
/// A verification does not depend on the address book: where it cannot be read, that is said, and nothing is returned.
pub(crate) fn certificates(context: &Context) -> Vec<Certificate> {
    // Somebody without a home directory has no contacts either.
    let Ok(path) = context.profile_path() else {
        return Vec::new();
    };
    if !path.join("contacts").is_dir() {
        return Vec::new();
    }
    match read(context) {
        Ok(book) => book
            .contacts
            .iter()
            .flat_map(Contact::certificates)
            .map(|known| known.certificate.clone())
            .collect(),
        Err(error) => {
            context
                .ui
                .warning(&format!("the contacts were not used: {}", error.message));
            Vec::new()
        }
    }
}

/// Finds the contact of an address.
pub(crate) fn find(context: &Context, address: &Mailbox) -> Result<Contact, CommandError> {
    context.contacts()?.find(address)?.ok_or_else(|| {
        CommandError::new(
            ErrorKind::NotFound,
            format!("no contact has the address {address}"),
        )
        .hint("cachet contacts list")
    })
}

/// What became of one address when something was learned.
#[derive(Debug, Serialize)]
pub(crate) struct Learned {
    pub(crate) email: String,
    /// `added`, `updated`, `unchanged` or `refused`.
    pub(crate) action: &'static str,
    /// The certificates concerned, as SHA-256 fingerprints.
    pub(crate) sha256: Vec<String>,
    /// Whether mail to the address can be encrypted from now on.
    pub(crate) can_encrypt: bool,
    /// The ciphers that the contact is known to read.
    pub(crate) capabilities: Vec<String>,
    /// Why nothing was learned.
    pub(crate) reason: Option<String>,
}

/// Keeps what a verified message teaches; says on standard error what became of it.
pub(crate) fn learn(
    context: &Context,
    report: &VerifyReport,
    replace: bool,
) -> Result<Vec<Learned>, CommandError> {
    let lessons = match lessons(report, context.now()) {
        Ok(lessons) => lessons,
        Err(reason) => {
            context.ui.note(&format!("nothing was learned: {reason}"));
            return Ok(Vec::new());
        }
    };
    let store = context.contacts()?;
    let mut all = Vec::new();
    for lesson in &lessons {
        let learned = apply(context, &store, lesson, replace)?;
        match (learned.action, &learned.reason) {
            (_, Some(reason)) => {
                context.ui.warning(reason);
                context.ui.note("if the new certificate is the right one (ask its holder for the fingerprint), verify the message again with --learn --replace");
            }
            ("unchanged", None) => context
                .ui
                .note(&format!("{} is known already", learned.email)),
            (_, None) if learned.can_encrypt => context.ui.note(&format!(
                "{} is among the contacts: cachet mail encrypt --to {}",
                learned.email, learned.email
            )),
            (_, None) => context.ui.note(&format!(
                "{} is among the contacts, but mail to it cannot be encrypted: the certificates in the message are for signing",
                learned.email
            )),
        }
        all.push(learned);
    }
    Ok(all)
}

/// Keeps one lesson; a contradiction becomes its `reason`.
fn apply(
    context: &Context,
    store: &ContactStore,
    lesson: &Lesson,
    replace: bool,
) -> Result<Learned, CommandError> {
    let sha256 = lesson
        .certificates
        .iter()
        .map(|known| hex::encode(known.certificate.fingerprint_sha256()))
        .collect();
    let mut learned = Learned {
        email: lesson.address.to_string(),
        action: "unchanged",
        sha256,
        can_encrypt: false,
        capabilities: Vec::new(),
        reason: None,
    };
    store.update(&lesson.address, |contact| -> Result<(), CommandError> {
        let is_new = contact.certificates().is_empty();
        match contact.learn(lesson, replace) {
            Ok(_) if is_new => learned.action = "added",
            Ok(change) if !change.is_none() => learned.action = "updated",
            Ok(_) => {}
            Err(conflict) => {
                learned.action = "refused";
                learned.reason = Some(conflict.to_string());
            }
        }
        if let Ok(known) = contact.encryption_certificate(&lesson.address, context.now()) {
            learned.can_encrypt = true;
            learned.capabilities = capabilities(contact, &known.certificate);
        }
        Ok(())
    })?;
    Ok(learned)
}

/// Names the ciphers that a contact is known to read.
pub(crate) fn capabilities(contact: &Contact, certificate: &Certificate) -> Vec<String> {
    contact
        .ciphers(certificate)
        .iter()
        .map(ToString::to_string)
        .collect()
}
