//! `cachet client`: sets up mail programs on this machine.

mod database;
mod nss;
mod preferences;
mod thunderbird;

use std::path::PathBuf;

use identity::identity::Identity;
use identity::{Certificate, pem};
use serde::Serialize;

use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::identities::{self, IdentityArgs};
use crate::output::{json, table};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ClientCommand {
    Nss(nss::ClientNssArgs),
    Thunderbird(thunderbird::ClientThunderbirdArgs),
}

impl ClientCommand {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Nss(args) => nss::run(context, args),
            Self::Thunderbird(args) => thunderbird::run(context, args),
        }
    }
}

/// What is imported.
#[derive(Debug, clap::Args)]
struct ImportArgs {
    #[command(flatten)]
    identity: IdentityArgs,
    /// The root to trust for mail [default: the one in the identity's file]
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// A file whose first line is the primary password of the program's database, if it has one
    #[arg(long, value_name = "FILE")]
    database_password_file: Option<PathBuf>,
}

/// An identity, and the root that is to be trusted.
struct Import {
    identity: Identity,
    root: Certificate,
}

impl ImportArgs {
    fn load(&self, context: &Context) -> Result<Import, CommandError> {
        let identities = self.identity.load(context, true)?;
        let Some(identity) = identities::signer(&identities, context.now()).or(identities.first()) else {
            return Err(CommandError::bad_input("the file holds no identity"));
        };
        let root = match &self.root {
            Some(file) => {
                let bytes = context.read(file, FILE_LIMIT)?;
                let one = Certificate::from_der(&bytes).ok();
                one.or_else(|| pem::certificates(&bytes).ok()?.into_iter().next())
                    .ok_or_else(|| {
                        CommandError::bad_input(format!("{}: no certificate is in it", file.display()))
                    })?
            }
            None => {
                let mut above = identity.chain().iter();
                let root = above.rfind(|one| one.is_ca() && one.is_self_issued());
                root.cloned().ok_or_else(|| {
                    CommandError::new(ErrorKind::BadInput, "the identity's file does not hold its root")
                        .hint("name it with --root FILE")
                })?
            }
        };
        Ok(Import {
            identity: identity.clone(),
            root,
        })
    }
}

/// What was done.
#[derive(Debug, Serialize)]
struct Report {
    profile: String,
    email: String,
    root: String,
    /// The root's SHA-256 fingerprint, as it is read aloud.
    fingerprint: String,
    /// Whether the root is trusted since now, and not before.
    root_added: bool,
    identity_added: bool,
    /// The accounts whose settings name the certificate now.
    accounts: Vec<String>,
}

impl Report {
    fn print(&self, context: &Context, changed: bool) -> Result<Outcome, CommandError> {
        if context.is_json() {
            context
                .ui
                .result(&json::acted(if changed { "changed" } else { "kept" }, self))?;
        } else {
            let done = |added| if added { "imported" } else { "was there" };
            context.ui.result(&table::facts([
                ("Profile", self.profile.clone()),
                (
                    "Root",
                    format!("{} ({}, trusted for mail)", self.root, done(self.root_added)),
                ),
                ("  SHA-256", self.fingerprint.clone()),
                (
                    "Identity",
                    format!("{} ({})", self.email, done(self.identity_added)),
                ),
                ("Accounts", self.accounts.join("\n")),
            ]))?;
        }
        Ok(Outcome::Done)
    }
}
