//! Reading identities (a key with its certificates) from P12 and PEM files.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use identity::identity::{Identity, IdentityError, IdentityParts};
use identity::pkcs12::ReadOptions;
use identity::{Certificate, Passphrase};
use smime::DecryptOptions;
use smime::decrypt::{OpenedBy, SharedKey};
use zeroize::Zeroizing;

use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind};

/// Flags that name identities.
#[derive(Debug, clap::Args)]
pub(crate) struct IdentityArgs {
    /// A P12, or a PEM file with key, certificate and chain, or one with each (can be repeated)
    #[arg(long = "identity", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    passwords: PasswordArgs,
}

/// As [`IdentityArgs`], where none need be named.
#[derive(Debug, clap::Args)]
pub(crate) struct OptionalIdentityArgs {
    /// A P12, or a PEM file with key, certificate and chain, or one with each (can be repeated)
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

/// Flags that name all that a message may be opened with.
#[derive(Debug, clap::Args)]
pub(crate) struct OpenerArgs {
    #[command(flatten)]
    identities: OptionalIdentityArgs,
    /// A file whose first line is the password that the message is encrypted with (can be repeated)
    #[arg(long = "password-file", value_name = "FILE")]
    message_passwords: Vec<PathBuf>,
    /// A file with a key that was shared beforehand: 16, 24 or 32 octets, or their hexadecimal digits (can be repeated)
    #[arg(long = "key-file", value_name = "FILE")]
    key_files: Vec<PathBuf>,
}

/// What a message may be opened with.
#[derive(Debug)]
pub(crate) struct Openers {
    pub(crate) identities: Vec<Identity>,
    pub(crate) passwords: Vec<Passphrase>,
    pub(crate) shared_keys: Vec<SharedKey>,
    /// Where each of them comes from.
    key_files: Vec<PathBuf>,
}

impl OpenerArgs {
    /// Refuses a command line that names nothing to open a message with.
    pub(crate) fn require_some(&self) -> Result<(), CommandError> {
        let none = self.identities.files.is_empty()
            && self.message_passwords.is_empty()
            && self.key_files.is_empty();
        match none {
            true => Err(CommandError::usage(
                "nothing to decrypt with: give --identity FILE, or --password-file FILE for a message with a \
                 password, or --key-file FILE for one with a shared key",
            )),
            false => Ok(()),
        }
    }

    /// Reads all of it.
    pub(crate) fn load(&self, context: &Context, legacy: bool) -> Result<Openers, CommandError> {
        let passwords = self.message_passwords.iter();
        let (mut shared, mut key_files) = (Vec::new(), Vec::new());
        for file in &self.key_files {
            for key in shared_keys(context, file)? {
                shared.push(key);
                key_files.push(file.clone());
            }
        }
        Ok(Openers {
            identities: self.identities.load(context, legacy)?,
            passwords: passwords
                .map(|file| context.secret_file(file, "password"))
                .collect::<Result<_, _>>()?,
            shared_keys: shared,
            key_files,
        })
    }
}

impl Openers {
    /// Hands passwords and keys over to the options of a decryption.
    pub(crate) fn equip(&mut self, options: &mut DecryptOptions) {
        options.passwords = std::mem::take(&mut self.passwords);
        options.shared_keys = std::mem::take(&mut self.shared_keys);
    }

    /// Names what opened a message.
    pub(crate) fn name(&self, opened_by: &OpenedBy) -> String {
        match opened_by {
            OpenedBy::Identity(index) => self
                .identities
                .get(*index)
                .map(|identity| identity.certificate().subject().to_string())
                .unwrap_or_default(),
            OpenedBy::SharedKey { index, identifier } => {
                let file = self.key_files.get(*index).map(|file| file.display().to_string());
                let file = file.unwrap_or_default();
                match identifier.as_slice() {
                    [] => format!("shared key ({file})"),
                    named => format!("shared key {} ({file})", hex::encode(named)),
                }
            }
            _ => "password".to_owned(),
        }
    }
}

/// Reads a symmetric key: its octets, or a line of hexadecimal digits. Octets that happen to be 32 digits may be either:
/// both are tried.
fn shared_keys(context: &Context, path: &Path) -> Result<Vec<SharedKey>, CommandError> {
    let bytes = context.read(path, SHARED_KEY_LIMIT)?;
    let text = bytes.trim_ascii();
    let decoded = [32, 48, 64]
        .contains(&text.len())
        .then(|| hex::decode(text).ok())
        .flatten()
        .map(Zeroizing::new);
    let mut keys: Vec<_> = decoded.into_iter().map(SharedKey::new).collect();
    if keys.is_empty() || bytes.len() == 32 {
        keys.push(SharedKey::new(bytes));
    }
    keys.into_iter().collect::<Result<_, _>>().map_err(|error| {
        CommandError::bad_input(format!("{}: {error}", path.display()))
            .hint("the file holds the key as it is, or as 32, 48 or 64 hexadecimal digits")
    })
}

impl IdentityArgs {
    /// Reads all identities that the files hold.
    pub(crate) fn load(&self, context: &Context, legacy: bool) -> Result<Vec<Identity>, CommandError> {
        self.passwords.load(context, &self.files, legacy)
    }
}

impl OptionalIdentityArgs {
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

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
        let mut loose = Loose::default();
        for (number, file) in files.iter().enumerate() {
            let secret = if passwords == 1 {
                secrets.first()
            } else {
                secrets.get(number)
            };
            let parts = load(context, file, secret, legacy)?;
            if parts.are_complete() {
                found.extend(parts.into_identities()?);
            } else {
                loose.add(file, parts);
            }
        }
        found.extend(loose.into_identities()?);
        Ok(found)
    }
}

/// Files that need each other: keys here, their certificates there.
#[derive(Default)]
struct Loose(Vec<(String, IdentityParts)>);

impl Loose {
    fn add(&mut self, file: &Path, parts: IdentityParts) {
        self.0.push((file.display().to_string(), parts));
    }

    fn into_identities(self) -> Result<Vec<Identity>, CommandError> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = IdentityParts::default();
        for (_, parts) in &self.0 {
            all.add(parts.clone());
        }
        let found = all.into_identities().map_err(|error| {
            let hint = match &error {
                IdentityError::NoKey { .. } => {
                    "give the certificate's private key with another --identity FILE"
                }
                _ => MISSING_CERTIFICATE,
            };
            let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
            CommandError::from(error).context(names.join(", ")).hint(hint)
        })?;
        // A key that is given must not be left out in silence.
        let unused = self
            .0
            .iter()
            .find(|(_, parts)| parts.has_key() && !found.iter().any(|identity| parts.have_key_of(identity)));
        match unused {
            Some((name, _)) => Err(
                CommandError::from(IdentityError::NoCertificate { unread: Vec::new() })
                    .context(name)
                    .hint(MISSING_CERTIFICATE),
            ),
            None => Ok(found),
        }
    }
}

/// Reads the identities of one file.
pub(crate) fn read(
    context: &Context,
    path: &Path,
    password: Option<&Passphrase>,
) -> Result<Vec<Identity>, CommandError> {
    let parts = load(context, path, password, true)?;
    parts
        .into_identities()
        .map_err(|error| CommandError::from(error).context(path.display()))
}

/// Reads one file.
fn load(
    context: &Context,
    path: &Path,
    password: Option<&Passphrase>,
    legacy: bool,
) -> Result<IdentityParts, CommandError> {
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
) -> Result<IdentityParts, CommandError> {
    IdentityParts::read(bytes, password, ReadOptions { legacy })
        .map_err(|error| CommandError::from(error).context(path.display()))
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

/// Picks the certificate that answers to `signer` are to be encrypted to, where his own is for signatures only: of the
/// same address, valid now, the newest such.
pub(crate) fn encryption_beside<'a>(
    identities: &'a [Identity],
    signer: &Identity,
    now: DateTime<Utc>,
) -> Option<&'a Certificate> {
    if signer.can_encrypt() {
        return None;
    }
    let addresses = signer.certificate().emails();
    identities
        .iter()
        .filter(|identity| identity.can_encrypt() && identity.certificate().is_valid_at(now))
        .map(Identity::certificate)
        .filter(|certificate| certificate.emails().iter().any(|email| addresses.contains(email)))
        .max_by_key(|certificate| certificate.not_before())
}

const MISSING_CERTIFICATE: &str = "give the key's certificate with another --identity FILE";
/// No key is as long.
const SHARED_KEY_LIMIT: u64 = 1024;
