//! Reading identities (a key with its certificates) from P12 and PEM files.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use identity::Passphrase;
use identity::identity::Identity;
use identity::pkcs12::ReadOptions;

use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind};

/// Flags that name identities.
#[derive(Debug, clap::Args)]
pub(crate) struct IdentityArgs {
    /// A P12, or a PEM file with key, certificate and chain (can be repeated)
    #[arg(long = "identity", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    passwords: PasswordArgs,
}

/// As [`IdentityArgs`], where none need be named.
#[derive(Debug, clap::Args)]
pub(crate) struct OptionalIdentityArgs {
    /// A P12, or a PEM file with key, certificate and chain (can be repeated)
    #[arg(long = "identity", value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    passwords: PasswordArgs,
}

#[derive(Debug, clap::Args)]
struct PasswordArgs {
    /// A file whose first line is the password: one for all identities, or one each in order
    #[arg(long = "identity-password-file", value_name = "FILE", requires = "files")]
    password_files: Vec<PathBuf>,
}

impl IdentityArgs {
    /// Reads all identities that the files hold.
    pub(crate) fn load(&self, context: &Context, legacy: bool) -> Result<Vec<Identity>, CommandError> {
        self.passwords.load(context, &self.files, legacy)
    }
}

impl OptionalIdentityArgs {
    /// Reads all identities that the files hold.
    pub(crate) fn load(&self, context: &Context, legacy: bool) -> Result<Vec<Identity>, CommandError> {
        self.passwords.load(context, &self.files, legacy)
    }
}

impl PasswordArgs {
    fn load(
        &self,
        context: &Context,
        files: &[PathBuf],
        legacy: bool,
    ) -> Result<Vec<Identity>, CommandError> {
        let (count, passwords) = (files.len(), self.password_files.len());
        if passwords > 1 && passwords != count {
            return Err(CommandError::usage(format!(
                "{passwords} --identity-password-file for {count} --identity: give one for all, or one each"
            )));
        }
        let secrets = self
            .password_files
            .iter()
            .map(|file| context.password_file(file, "identity password"))
            .collect::<Result<Vec<_>, _>>()?;
        let mut found = Vec::new();
        for (number, file) in files.iter().enumerate() {
            let secret = if passwords == 1 {
                secrets.first()
            } else {
                secrets.get(number)
            };
            found.extend(load(context, file, secret, legacy)?);
        }
        Ok(found)
    }
}

/// Reads the identities of one file.
fn load(
    context: &Context,
    path: &Path,
    password: Option<&Passphrase>,
    legacy: bool,
) -> Result<Vec<Identity>, CommandError> {
    let bytes = context.read(path, FILE_LIMIT)?;
    let first = parse(&bytes, path, password, legacy);
    match first {
        Err(error)
            if password.is_none()
                && matches!(
                    error.kind,
                    ErrorKind::PassphraseNeeded | ErrorKind::WrongPassphrase
                ) =>
        {
            let prompt = format!("Password of {}", path.display());
            match context.ui.ask_secret(&prompt)? {
                Some(secret) => {
                    let secret = Passphrase::from_secret_file_line(secret.as_bytes())
                        .map_err(CommandError::bad_input)?;
                    parse(&bytes, path, Some(&secret), legacy)
                }
                None => Err(error.hint("give the password with --identity-password-file FILE")),
            }
        }
        other => other,
    }
}

fn parse(
    bytes: &[u8],
    path: &Path,
    password: Option<&Passphrase>,
    legacy: bool,
) -> Result<Vec<Identity>, CommandError> {
    let found = if is_pem(bytes) {
        Identity::from_pem(bytes, password)
    } else {
        Identity::from_pkcs12(bytes, password, ReadOptions { legacy })
    };
    found.map_err(|error| CommandError::from(error).context(path.display()))
}

/// Picks the identity that signs: its usage allows it, it is valid now, and it is the newest such.
pub(crate) fn signer(identities: &[Identity], now: DateTime<Utc>) -> Option<&Identity> {
    let valid = |identity: &Identity| {
        identity.certificate().not_before() <= now && now <= identity.certificate().not_after()
    };
    identities
        .iter()
        .filter(|identity| identity.can_sign())
        .max_by_key(|identity| (valid(identity), identity.certificate().not_before()))
}

fn is_pem(bytes: &[u8]) -> bool {
    // No DER or BER file holds this by chance at its beginning; a PEM file may begin with text.
    bytes
        .windows(11)
        .take(1 << 16)
        .any(|window| window == b"-----BEGIN ")
}
