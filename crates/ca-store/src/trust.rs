use std::fs;
use std::path::{Path, PathBuf};

use identity::Certificate;

use crate::atomic::{self, FileError, Mode, Overwrite};
use crate::profile::{self, Fault};

/// The roots that a mail user trusts: the `trust/` directory of a profile, one PEM file per root,
/// named by its SHA-256 fingerprint.
///
/// Each change is one file made or removed, so that several processes can work at once.
#[derive(Clone, Debug)]
pub struct TrustStore {
    directory: PathBuf,
}

/// A root in a [`TrustStore`].
#[derive(Clone, Debug)]
pub struct TrustedRoot {
    /// The certificate.
    pub certificate: Certificate,
    /// The file that holds it.
    pub path: PathBuf,
}

/// What [`TrustStore::add`] did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Added {
    /// The root is trusted from now on.
    Added,
    /// It was trusted before.
    AlreadyThere,
}

impl TrustStore {
    /// Names the trust store of a profile; nothing is created before the first root is added.
    ///
    /// # Errors
    /// [`TrustError`] if the profile is a CA directory or no directory at all.
    pub fn open(profile: &Path) -> Result<Self, TrustError> {
        let path = profile.to_path_buf();
        match profile::fault(profile) {
            Some(Fault::IsCaDirectory) => Err(TrustError::IsCaDirectory { path }),
            Some(Fault::NotADirectory) => Err(TrustError::NotADirectory { path }),
            None => Ok(Self {
                directory: profile.join("trust"),
            }),
        }
    }

    /// Returns the directory that holds the roots.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Reads all roots, sorted by file name.
    ///
    /// # Errors
    /// [`TrustError`] if a file is unreadable or does not hold the root that its name promises: a
    /// trust store that has been tampered with is not used in part.
    pub fn list(&self) -> Result<Vec<TrustedRoot>, TrustError> {
        let failed = |error| FileError::from_io("read", &self.directory, error);
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let mut roots = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "pem")
                && let Some(root) = read_root(path)?
            {
                roots.push(root);
            }
        }
        roots.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(roots)
    }

    /// Trusts a root from now on. Whether it deserves it is for the caller to ask.
    ///
    /// # Errors
    /// [`TrustError`] if it cannot be written.
    pub fn add(&self, certificate: &Certificate) -> Result<Added, TrustError> {
        atomic::create_private_directory(&self.directory)?;
        let path = self.directory.join(file_name(certificate));
        let pem = identity::pem::encode("CERTIFICATE", certificate.der());
        match atomic::write(&path, pem.as_bytes(), Mode::Public, Overwrite::Refuse) {
            Ok(()) => Ok(Added::Added),
            Err(FileError::AlreadyExists { .. }) => Ok(Added::AlreadyThere),
            Err(error) => Err(error.into()),
        }
    }

    /// Ceases to trust the one root that `selector` names as [`Self::find`] reads it, and returns it.
    ///
    /// # Errors
    /// As [`Self::find`]; [`TrustError`] if it cannot be removed.
    pub fn remove(&self, selector: &str) -> Result<TrustedRoot, TrustError> {
        let root = self.find(selector)?;
        atomic::remove(&root.path)?;
        Ok(root)
    }

    /// Finds the one root that `selector` names: by the first eight or more digits of its SHA-256
    /// fingerprint (colons and spaces count for nothing), by its common name, or by its whole
    /// subject, letters' case aside.
    ///
    /// # Errors
    /// [`TrustError::Unknown`] if it names none, [`TrustError::Ambiguous`] if it names several.
    pub fn find(&self, selector: &str) -> Result<TrustedRoot, TrustError> {
        let given = selector.to_owned();
        let mut named: Vec<TrustedRoot> = self.list()?;
        named.retain(|root| names(selector, &root.certificate));
        match (named.pop(), named.is_empty()) {
            (None, _) => Err(TrustError::Unknown { given }),
            (Some(root), true) => Ok(root),
            (Some(root), false) => {
                named.push(root);
                let fingerprints = named
                    .iter()
                    .map(|r| hex::encode(r.certificate.fingerprint_sha256()));
                Err(TrustError::Ambiguous {
                    given,
                    fingerprints: fingerprints.collect(),
                })
            }
        }
    }
}

/// Why the trusted roots could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// Several roots are meant.
    #[error("\"{}\" names {} trusted roots; name one by its fingerprint: {}", given.escape_debug(), fingerprints.len(), fingerprints.join(", "))]
    Ambiguous {
        /// The selector as given.
        given: String,
        /// The fingerprints of all that match.
        fingerprints: Vec<String>,
    },
    /// A file does not hold what it should.
    #[error("{} {reason}; remove the file and add the root again with cachet trust add", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, after "the file".
        reason: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The profile given is a CA directory.
    #[error("{} is a CA directory, not a mail user's profile; choose another with --profile", path.display())]
    IsCaDirectory {
        /// The path.
        path: PathBuf,
    },
    /// The profile given is not a directory.
    #[error("{} is not a directory; choose another profile with --profile", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// No root is meant.
    #[error("no trusted root has the name or fingerprint \"{}\"; cachet trust list shows all", given.escape_debug())]
    Unknown {
        /// The selector as given.
        given: String,
    },
}

/// Reads a root; `None` if another process has removed it meanwhile.
fn read_root(path: PathBuf) -> Result<Option<TrustedRoot>, TrustError> {
    let bytes = match atomic::read(&path, crate::layout::SMALL) {
        Err(FileError::NotFound { .. }) => return Ok(None),
        other => other?,
    };
    let mut certificates = identity::pem::certificates(&bytes).map_err(|error| TrustError::Damaged {
        path: path.clone(),
        reason: format!("cannot be read: {error}"),
    })?;
    match (certificates.pop(), certificates.is_empty()) {
        (Some(certificate), true) if path.ends_with(file_name(&certificate)) => {
            Ok(Some(TrustedRoot { certificate, path }))
        }
        _ => Err(TrustError::Damaged {
            path,
            reason: "does not hold the one root whose fingerprint is its name".to_owned(),
        }),
    }
}

fn file_name(certificate: &Certificate) -> String {
    format!("{}.pem", hex::encode(certificate.fingerprint_sha256()))
}

fn names(selector: &str, certificate: &Certificate) -> bool {
    let digits: String = selector
        .chars()
        .filter(|c| !matches!(c, ':' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let fingerprint = hex::encode(certificate.fingerprint_sha256());
    if digits.len() >= 8 && fingerprint.starts_with(&digits) {
        return true;
    }
    let wanted = selector.to_lowercase();
    let subject = certificate.subject();
    subject.to_string().to_lowercase() == wanted
        || subject
            .common_name()
            .is_some_and(|name| name.to_lowercase() == wanted)
}
