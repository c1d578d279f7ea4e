//! The passphrases of a new CA.

use ca_core::audit::AuditAction;
use ca_core::ledger::Ledger;
use ca_store::CaDirectory;
use identity::Passphrase;

use crate::context::Context;
use crate::error::CommandError;
use crate::initialisation::{ONE_PASSPHRASE, PASSPHRASES};

/// The passphrases of a new CA.
#[derive(Debug)]
pub(crate) struct NewPassphrases {
    /// Of the issuing CAs' keys.
    pub(crate) issuing: Passphrase,
    /// Of the root's key.
    pub(crate) root: Passphrase,
    /// To be kept in the directory.
    pub(crate) unlock: Option<Passphrase>,
}

impl NewPassphrases {
    /// Reads, asks for or makes them.
    pub(crate) fn obtain(context: &Context, unattended: bool) -> Result<Self, CommandError> {
        let root_file = context.global.root_passphrase_file.as_deref();
        let given = match &context.global.passphrase_file {
            Some(file) => Some(context.secret_file(file, "passphrase")?),
            None if unattended => Some(Passphrase::generate()?),
            None => None,
        };
        let (issuing, asked) = match given {
            Some(given) => (given, false),
            None => (ask(context, "New passphrase for the issuing CAs' keys")?, true),
        };
        let root = match root_file {
            Some(file) => context.secret_file(file, "root passphrase")?,
            None if asked => ask(context, "New passphrase for the root's key")?,
            None => issuing.clone(),
        };
        let unlock = unattended.then(|| issuing.clone());
        Ok(Self {
            issuing,
            root,
            unlock,
        })
    }

    /// Tells whether whoever issues can also use the root's key.
    pub(crate) fn are_one(&self) -> bool {
        self.issuing == self.root
    }
}

/// Returns the passphrase of the root's key: from `--root-passphrase-file`, that of the issuing CAs if there is one for all,
/// or a prompt.
pub(crate) fn root(
    context: &Context,
    directory: &CaDirectory,
    ledger: &dyn Ledger,
) -> Result<Passphrase, CommandError> {
    if let Some(file) = &context.global.root_passphrase_file {
        return context.secret_file(file, "root passphrase");
    }
    if are_one(ledger)? {
        return context.passphrase(directory);
    }
    context.ask_passphrase(
        "Passphrase of the root's key",
        "the root must sign, and the passphrase of its key is needed",
        "give it with --root-passphrase-file FILE (or CACHET_ROOT_PASSPHRASE_FILE)",
    )
}

/// Tells whether `init` was given one passphrase for all keys.
pub(crate) fn are_one(ledger: &dyn Ledger) -> Result<bool, CommandError> {
    let init = ledger
        .audit_entries(0, 100)?
        .into_iter()
        .find(|entry| entry.action == AuditAction::Init.as_str());
    let details: serde_json::Value = init
        .and_then(|entry| serde_json::from_str(&entry.details).ok())
        .unwrap_or_default();
    Ok(details.get(PASSPHRASES).and_then(|value| value.as_str()) == Some(ONE_PASSPHRASE))
}

fn ask(context: &Context, prompt: &str) -> Result<Passphrase, CommandError> {
    context.ask_new_passphrase(prompt)?.ok_or_else(|| {
        CommandError::passphrase_needed("a passphrase for the CA's keys is needed")
            .hint(
                "give it with --passphrase-file FILE, and one for the root with --root-passphrase-file FILE",
            )
            .hint("or let one be made and kept in the directory with --unattended")
    })
}
