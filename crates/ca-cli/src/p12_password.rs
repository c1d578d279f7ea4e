//! Where the password of a new P12 comes from.

use std::path::PathBuf;

use identity::Passphrase;
use identity::pkcs12::MACHINE_PASSWORD_ITERATIONS;

use crate::context::Context;
use crate::error::CommandError;

/// Flags that choose the password of a new P12.
#[derive(Debug, clap::Args)]
pub(crate) struct P12PasswordArgs {
    /// A file whose first line is the P12's password (- is standard input); may be empty
    #[arg(long, value_name = "FILE", conflicts_with = "ask_p12_password")]
    pub(crate) p12_password_file: Option<PathBuf>,
    /// Ask for the P12's password on the terminal
    #[arg(long)]
    pub(crate) ask_p12_password: bool,
}

/// The password of a new P12.
#[derive(Debug)]
pub(crate) enum P12Password {
    /// Its user chose it.
    Chosen(Passphrase),
    /// It was made here and must be handed out beside the P12.
    Generated(Passphrase),
}

impl P12Password {
    pub(crate) fn secret(&self) -> &Passphrase {
        match self {
            Self::Chosen(secret) | Self::Generated(secret) => secret,
        }
    }

    /// Returns the rounds of key derivation that it needs; by default those for a person's choice.
    pub(crate) fn iterations(&self) -> Option<u32> {
        match self {
            Self::Chosen(_) => None,
            Self::Generated(_) => Some(MACHINE_PASSWORD_ITERATIONS),
        }
    }
}

impl P12PasswordArgs {
    /// Returns the password; a strong one is made where none was chosen.
    pub(crate) fn password(&self, context: &Context) -> Result<P12Password, CommandError> {
        if let Some(file) = &self.p12_password_file {
            let secret = context.password_file(file, "P12 password")?;
            if secret.is_empty() {
                context
                    .ui
                    .warning("the P12's password is empty: whoever gets the file has the key");
            }
            return Ok(chosen(context, secret));
        }
        if self.ask_p12_password {
            return match context.ask_new_passphrase("Password for the P12")? {
                Some(secret) => Ok(chosen(context, secret)),
                None => Err(CommandError::passphrase_needed("--ask-p12-password needs an answer")
                    .hint("give the password with --p12-password-file FILE, or leave both flags out to have a strong one made")),
            };
        }
        Ok(P12Password::Generated(Passphrase::generate()?))
    }

    /// Tells whether a password will be made here.
    pub(crate) fn generates(&self) -> bool {
        self.p12_password_file.is_none() && !self.ask_p12_password
    }
}

fn chosen(context: &Context, secret: Passphrase) -> P12Password {
    if !secret.is_ascii() {
        context.ui.warning(
            "the P12's password holds characters outside ASCII, which programs encode differently; Java refuses it",
        );
    }
    P12Password::Chosen(secret)
}
