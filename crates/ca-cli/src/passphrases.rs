//! The passphrases of a new CA.

use identity::Passphrase;

use crate::context::Context;
use crate::error::CommandError;

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

fn ask(context: &Context, prompt: &str) -> Result<Passphrase, CommandError> {
    context.ask_new_passphrase(prompt)?.ok_or_else(|| {
        CommandError::passphrase_needed("a passphrase for the CA's keys is needed")
            .hint(
                "give it with --passphrase-file FILE, and one for the root with --root-passphrase-file FILE",
            )
            .hint("or let one be made and kept in the directory with --unattended")
    })
}
