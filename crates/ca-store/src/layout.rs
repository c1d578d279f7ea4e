mod error;
mod keys;

use std::fs;
use std::path::{Path, PathBuf};

use identity::{Certificate, Passphrase, PrivateKey};
use zeroize::Zeroizing;

pub use error::LayoutError;

use crate::atomic::{self, FileError, Mode, Overwrite};
use crate::pending::{self, PENDING};
use crate::sqlite::{SqliteLedger, StoreError};
use crate::store_url::StoreUrl;

/// A CA directory that has been initialised: `ca-data/`, or what `--dir` names.
///
/// ```text
/// README.md .gitignore    the only files of a clone; they do not make a CA
/// version                 the layout's number
/// ca.db                   the ledger (SQLite), unless the store is elsewhere
/// policies/NAME.yaml      the policies that are in force
/// certs/ID.pem            each CA's certificate
/// keys/ID.key             each CA's key: encrypted PKCS#8, 0600
/// keys/ID.ocsp.key        the key of its OCSP responder, the same way
/// root-dir                where the root's key is, if it is not in keys/
/// publish/                certificates and revocation lists, as a web server is to serve them
/// staging/                keys of identities being issued: encrypted, 0600
/// unlock                  the passphrase of an unattended CA, 0600
/// ```
#[derive(Clone, Debug)]
pub struct CaDirectory {
    path: PathBuf,
    store: StoreUrl,
}

/// What a directory is, as far as this crate is concerned.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DirectoryState {
    /// Nothing is there, or nothing that belongs to a CA.
    Vacant,
    /// A CA lives there.
    Initialised,
    /// An `init` was interrupted before it was complete: nothing was issued, and the next `init`
    /// clears its remains away.
    Interrupted,
    /// A CA's files are there, but its ledger is not.
    LedgerMissing,
}

/// A policy file's name and text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyFile {
    /// The name without its directory, `class-1.yaml`.
    pub name: String,
    /// The text.
    pub text: String,
}

impl CaDirectory {
    /// Opens an initialised CA directory; `store` is where its ledger lives, by default
    /// [`StoreUrl::default_in`] the directory.
    ///
    /// # Errors
    /// [`LayoutError`] if no CA lives there, if its format is newer than this version knows, or if
    /// it cannot be read.
    pub fn open(path: &Path, store: Option<StoreUrl>) -> Result<Self, LayoutError> {
        let store = store.unwrap_or_else(|| StoreUrl::default_in(path));
        match Self::state(path, &store)? {
            DirectoryState::Initialised => {
                // Left by an init that was killed when all its work was done.
                let _ = atomic::remove(&path.join(PENDING));
                Ok(Self {
                    path: path.to_path_buf(),
                    store,
                })
            }
            DirectoryState::Interrupted => Err(LayoutError::Interrupted {
                path: path.to_path_buf(),
            }),
            DirectoryState::LedgerMissing => Err(LayoutError::LedgerMissing {
                path: path.to_path_buf(),
                ledger: store.path().to_path_buf(),
            }),
            DirectoryState::Vacant => Err(LayoutError::NotInitialised {
                path: path.to_path_buf(),
            }),
        }
    }

    /// Looks what is at `path`, changing nothing.
    ///
    /// # Errors
    /// [`LayoutError`] if it is no directory, another program's, a newer format's, or unreadable.
    pub fn state(path: &Path, store: &StoreUrl) -> Result<DirectoryState, LayoutError> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => {
                return Err(LayoutError::NotADirectory {
                    path: path.to_path_buf(),
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(DirectoryState::Vacant);
            }
            Err(error) => return Err(FileError::from_io("read", path, error).into()),
        }
        let format = read_format(path)?;
        let exists = |name: &str| path.join(name).symlink_metadata().is_ok();
        // The ledger is moved into place last: an interrupted init has left none.
        if exists(PENDING) && !pending::is_complete(path)? {
            return Ok(DirectoryState::Interrupted);
        }
        if exists(LEDGER) || (format.is_some() && store.path().exists()) {
            return match format {
                Some(_) => Ok(DirectoryState::Initialised),
                None => Err(LayoutError::NoVersion {
                    path: path.to_path_buf(),
                }),
            };
        }
        if format.is_some() {
            return Ok(DirectoryState::LedgerMissing);
        }
        if path.join("trust").is_dir() || path.join("contacts").is_dir() {
            return Err(LayoutError::IsProfile {
                path: path.to_path_buf(),
            });
        }
        for entry in OWN_ENTRIES {
            if exists(entry) {
                return Err(LayoutError::Foreign {
                    path: path.to_path_buf(),
                    entry,
                });
            }
        }
        Ok(DirectoryState::Vacant)
    }

    /// Returns the directory's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns where the ledger lives.
    pub fn store(&self) -> &StoreUrl {
        &self.store
    }

    /// Opens the ledger.
    ///
    /// # Errors
    /// [`StoreError`] if it is another program's, a newer version's, damaged, or not writable.
    pub fn ledger(&self) -> Result<SqliteLedger, StoreError> {
        SqliteLedger::open(self.store.path())
    }

    /// Returns the directory of the policies in force.
    pub fn policies_path(&self) -> PathBuf {
        self.path.join(POLICIES)
    }

    /// Reads the policies in force, sorted by name.
    ///
    /// # Errors
    /// [`LayoutError`] if the directory is missing or empty, or a file is unreadable, too large or
    /// not UTF-8.
    pub fn policies(&self) -> Result<Vec<PolicyFile>, LayoutError> {
        read_policies(&self.policies_path())
    }

    /// Returns where a CA's certificate is kept.
    ///
    /// # Errors
    /// [`LayoutError::BadId`] if the ID cannot be a file's name.
    pub fn certificate_path(&self, id: &str) -> Result<PathBuf, LayoutError> {
        Ok(self.path.join(CERTIFICATES).join(file_name(id, "pem")?))
    }

    /// Reads a CA's certificate.
    ///
    /// # Errors
    /// [`LayoutError`] if it is missing or damaged.
    pub fn certificate(&self, id: &str) -> Result<Certificate, LayoutError> {
        read_certificate(&self.certificate_path(id)?)
    }

    /// Reads the certificate of a recovery agent, a file in `agents/`.
    ///
    /// # Errors
    /// [`LayoutError`] if it is missing or damaged.
    pub fn agent(&self, file: &str) -> Result<Certificate, LayoutError> {
        let path = self.path.join(AGENTS).join(file);
        match read_certificate(&path) {
            Err(LayoutError::File(FileError::NotFound { .. } | FileError::DirectoryMissing { .. })) => {
                Err(LayoutError::AgentMissing { path })
            }
            other => other,
        }
    }

    /// Reads the certificate of an officer, a file in `officers/`.
    ///
    /// # Errors
    /// [`LayoutError`] if it is missing or damaged.
    pub fn officer(&self, file: &str) -> Result<Certificate, LayoutError> {
        read_certificate(&self.path.join(OFFICERS).join(file))
    }

    /// Returns the address that the CA writes from, if one was chosen.
    ///
    /// # Errors
    /// [`LayoutError`] if the record of it is unreadable.
    pub fn mail_from(&self) -> Result<Option<String>, LayoutError> {
        match atomic::read(&self.path.join(MAIL_FROM), SMALL) {
            Ok(line) => Ok(Some(String::from_utf8_lossy(&line).trim().to_owned())),
            Err(FileError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Chooses the address that the CA writes from.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be written.
    pub fn set_mail_from(&self, address: &str) -> Result<(), LayoutError> {
        let line = format!("{address}\n");
        let path = self.path.join(MAIL_FROM);
        Ok(atomic::write(
            &path,
            line.as_bytes(),
            Mode::Public,
            Overwrite::Replace,
        )?)
    }

    /// Keeps the request (PEM) for a CA's certificate that another CA is to sign, refusing to replace one; returns its place.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be written.
    pub fn save_request(&self, id: &str, pem: &str) -> Result<PathBuf, LayoutError> {
        let directory = self.path.join(REQUESTS);
        atomic::create_private_directory(&directory)?;
        let path = directory.join(file_name(id, "csr")?);
        atomic::write(&path, pem.as_bytes(), Mode::Public, Overwrite::Refuse)?;
        Ok(path)
    }

    /// Reads the requests that wait for an answer: each CA's identifier and the file's bytes, sorted.
    ///
    /// # Errors
    /// [`LayoutError`] if one cannot be read.
    pub fn requests(&self) -> Result<Vec<(String, Vec<u8>)>, LayoutError> {
        let directory = self.path.join(REQUESTS);
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(FileError::from_io("read", &directory, error).into()),
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|error| FileError::from_io("read", &directory, error))?
                .path();
            if path.extension().is_some_and(|extension| extension == "csr")
                && let Some(id) = path.file_stem().and_then(|stem| stem.to_str())
            {
                found.push((id.to_owned(), atomic::read(&path, SMALL)?.to_vec()));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Removes a request that was answered.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be removed.
    pub fn remove_request(&self, id: &str) -> Result<(), LayoutError> {
        let path = self.path.join(REQUESTS).join(file_name(id, "csr")?);
        atomic::remove(&path)?;
        Ok(())
    }

    /// Copies the encrypted key of a requested CA to where it is looked for under another identifier; does nothing if both
    /// are the same.
    ///
    /// # Errors
    /// [`LayoutError`] if it is missing or cannot be written.
    pub fn adopt_key(&self, requested: &str, id: &str) -> Result<(), LayoutError> {
        if requested == id {
            return Ok(());
        }
        let pem = atomic::read(&self.key_path(requested)?, SMALL)?;
        let path = self.path.join(KEYS).join(file_name(id, "key")?);
        Ok(atomic::write(&path, &pem, Mode::Secret, Overwrite::Replace)?)
    }

    /// Keeps the certificate of a further CA, refusing to replace one.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be written.
    pub fn save_certificate(&self, id: &str, certificate: &Certificate) -> Result<(), LayoutError> {
        write_certificate(&self.certificate_path(id)?, certificate)
    }

    /// Returns the destination under which keys are staged that have no file to go to, such as the
    /// key of a p12 written to standard output.
    ///
    /// # Errors
    /// [`LayoutError`] if the name cannot be a file's or the directory cannot be made.
    pub fn staging_destination(&self, name: &str) -> Result<PathBuf, LayoutError> {
        let directory = self.path.join(STAGING);
        atomic::create_private_directory(&directory)?;
        Ok(directory.join(file_name(name, "p12")?))
    }
}

/// The format of the directory that this version writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 1;

pub(crate) const CERTIFICATES: &str = "certs";
pub(crate) const KEYS: &str = "keys";
const AGENTS: &str = "agents";
const MAIL_FROM: &str = "mail-from";
const OFFICERS: &str = "officers";
pub(crate) const LEDGER: &str = "ca.db";
pub(crate) const POLICIES: &str = "policies";
/// The extension of responders' keys.
const RESPONDER_KEY: &str = "ocsp.key";
pub(crate) const REQUESTS: &str = "csr";
pub(crate) const ROOT_DIR: &str = "root-dir";
pub(crate) const STAGING: &str = "staging";
pub(crate) const UNLOCK: &str = "unlock";
pub(crate) const VERSION: &str = "version";

/// The names that `init` writes, the ledger aside.
pub(crate) const OWN_ENTRIES: [&str; 7] = [CERTIFICATES, KEYS, POLICIES, ROOT_DIR, STAGING, UNLOCK, VERSION];

/// No certificate, key or passphrase file is larger.
pub(crate) const SMALL: u64 = 1 << 20;

const VERSION_LINE: &str = "cachet CA directory, format ";

/// Returns the text of the `version` file.
pub(crate) fn version_text() -> String {
    format!("{VERSION_LINE}{FORMAT}\n")
}

/// Returns the directory's format; `None` if it has no `version` file of ours.
fn read_format(path: &Path) -> Result<Option<u32>, LayoutError> {
    let text = match atomic::read(&path.join(VERSION), SMALL) {
        Ok(text) => text,
        Err(FileError::NotFound { .. } | FileError::Other { .. } | FileError::NotAFile { .. }) => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let number = std::str::from_utf8(&text)
        .ok()
        .and_then(|text| text.strip_prefix(VERSION_LINE))
        .and_then(|number| number.trim_end().parse::<u32>().ok());
    match number {
        Some(found) if found > FORMAT => Err(LayoutError::Newer {
            path: path.to_path_buf(),
            found,
            known: FORMAT,
        }),
        number => Ok(number),
    }
}

/// Makes a file's name of an ID, refusing what could leave the directory or confuse a terminal.
pub(crate) fn file_name(id: &str, extension: &str) -> Result<String, LayoutError> {
    let sound = !id.is_empty()
        && id.len() <= 200
        && !id.starts_with('.')
        && !id.chars().any(|c| c == '/' || c == '\\' || c.is_control());
    if sound {
        Ok(format!("{id}.{extension}"))
    } else {
        Err(LayoutError::BadId {
            id: id.chars().take(200).collect(),
        })
    }
}

/// Encrypts a key for its file, `path`.
pub(crate) fn encrypt_key(
    path: &Path,
    key: &PrivateKey,
    passphrase: &Passphrase,
) -> Result<Zeroizing<String>, LayoutError> {
    key.to_encrypted_pkcs8_pem(passphrase)
        .map(Zeroizing::new)
        .map_err(|error| LayoutError::Key {
            path: path.to_path_buf(),
            reason: error.to_string(),
        })
}

pub(crate) fn write_certificate(path: &Path, certificate: &Certificate) -> Result<(), LayoutError> {
    let pem = identity::pem::encode("CERTIFICATE", certificate.der());
    Ok(atomic::write(
        path,
        pem.as_bytes(),
        Mode::Public,
        Overwrite::Refuse,
    )?)
}

fn read_certificate(path: &Path) -> Result<Certificate, LayoutError> {
    let damaged = |reason: String| LayoutError::Certificate {
        path: path.to_path_buf(),
        reason,
    };
    let bytes = atomic::read(path, SMALL)?;
    let mut certificates = identity::pem::certificates(&bytes).map_err(|error| damaged(error.to_string()))?;
    match (certificates.pop(), certificates.is_empty()) {
        (Some(certificate), true) => Ok(certificate),
        _ => Err(damaged("it must hold exactly one".to_owned())),
    }
}

/// Reads the `.yaml` and `.yml` files of a directory, sorted by name.
fn read_policies(path: &Path) -> Result<Vec<PolicyFile>, LayoutError> {
    let unusable = |path: &Path, reason| LayoutError::Policies {
        path: path.to_path_buf(),
        reason,
    };
    let failed = |error| FileError::from_io("read", path, error);
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let policy = matches!(file.extension().and_then(|e| e.to_str()), Some("yaml" | "yml"));
        if !policy || !file.is_file() {
            continue;
        }
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
            return Err(unusable(&file, "the file's name is not UTF-8"));
        };
        let text = atomic::read(&file, SMALL)?;
        let text =
            String::from_utf8(text.to_vec()).map_err(|_| unusable(&file, "the policy is not UTF-8 text"))?;
        files.push(PolicyFile {
            name: name.to_owned(),
            text,
        });
    }
    if files.is_empty() {
        return Err(unusable(path, "the directory holds no policy (NAME.yaml)"));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}
