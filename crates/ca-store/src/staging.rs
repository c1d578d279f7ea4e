use std::ffi::OsString;
use std::path::{Path, PathBuf};

use identity::{Passphrase, PrivateKey};
use zeroize::Zeroizing;

use crate::atomic::{self, FileError, Mode, Overwrite};

/// Private keys that wait for their certificates, encrypted, beside the file they will go to.
///
/// A key made here is staged before its serial is reserved, and the staging is removed once the p12
/// stands: a crash in between leaves neither a certificate without key nor a key without trace. The
/// file is named `DESTINATION.part`, readable by its owner alone (0600), and holds encrypted PKCS#8
/// (PEM, one block for each key). It is encrypted under the passphrase of the issuing CA, which
/// every run that could finish the work needs anyway: a password made up for the p12 would have
/// been lost with the process.
#[derive(Debug, Eq, PartialEq)]
pub struct StagedKey {
    path: PathBuf,
}

impl StagedKey {
    /// Stages keys for `destination` (`EMAIL.p12`) and returns once they are on the disk.
    ///
    /// # Errors
    /// [`StagingError::AlreadyStaged`] if an earlier run left keys for that destination: those may
    /// belong to a certificate on record, so they are never replaced.
    pub fn create(
        destination: &Path,
        keys: &[PrivateKey],
        passphrase: &Passphrase,
    ) -> Result<Self, StagingError> {
        let path = Self::path_for(destination);
        let mut text = Zeroizing::new(String::new());
        for key in keys {
            let pem = key
                .to_encrypted_pkcs8_pem(passphrase)
                .map_err(|error| StagingError::Key {
                    path: path.clone(),
                    reason: error.to_string(),
                })?;
            text.push_str(&pem);
        }
        match atomic::write(&path, text.as_bytes(), Mode::Secret, Overwrite::Refuse) {
            Err(FileError::AlreadyExists { path }) => Err(StagingError::AlreadyStaged { path }),
            other => other.map_err(StagingError::File),
        }?;
        crate::failpoint!("staging.created");
        Ok(Self { path })
    }

    /// Returns what an earlier run staged for `destination`, if anything.
    pub fn find(destination: &Path) -> Option<Self> {
        let path = Self::path_for(destination);
        path.is_file().then_some(Self { path })
    }

    /// Names a staging by its own path, as the record of an unfinished certificate has it.
    pub fn at(path: &Path) -> Option<Self> {
        path.is_file().then(|| Self {
            path: path.to_path_buf(),
        })
    }

    /// Returns where keys for `destination` are staged: `DESTINATION.part`.
    pub fn path_for(destination: &Path) -> PathBuf {
        let mut name = OsString::from(destination);
        name.push(".part");
        PathBuf::from(name)
    }

    /// Returns the staging's path, as it goes on record.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Decrypts the staged keys, in the order in which they were given.
    ///
    /// # Errors
    /// [`StagingError::Key`] if the passphrase is wrong or the file is damaged.
    pub fn open(&self, passphrase: &Passphrase) -> Result<Vec<PrivateKey>, StagingError> {
        let damaged = |reason: String| StagingError::Key {
            path: self.path.clone(),
            reason,
        };
        let bytes = atomic::read(&self.path, crate::layout::SMALL)?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| damaged("it does not hold PEM text".to_owned()))?;
        let keys = blocks(text)
            .map(|pem| PrivateKey::from_pem(pem.as_bytes(), Some(passphrase)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| damaged(error.to_string()))?;
        if keys.is_empty() {
            return Err(damaged("it holds no key".to_owned()));
        }
        Ok(keys)
    }

    /// Removes the staging, once its keys stand where they belong.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be removed.
    pub fn remove(self) -> Result<(), StagingError> {
        crate::failpoint!("staging.remove");
        atomic::remove(&self.path)?;
        Ok(())
    }
}

/// Why keys could not be staged or recovered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StagingError {
    /// An earlier run left keys for that destination.
    #[error("{} holds the key of an earlier run that was interrupted, and was left as it is; run that command again to finish it, see cachet status, or delete the file if no certificate is wanted for it", path.display())]
    AlreadyStaged {
        /// The staging.
        path: PathBuf,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The keys could not be encrypted or decrypted.
    #[error("cannot use the staged key {}: {reason}; it is encrypted under the passphrase of the issuing CA", path.display())]
    Key {
        /// The staging.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Splits text into its PEM blocks.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    const BEGIN: &str = "-----BEGIN ";
    let starts: Vec<usize> = text.match_indices(BEGIN).map(|(at, _)| at).collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .filter_map(|(start, end)| text.get(start..end))
}
