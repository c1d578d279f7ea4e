//! Private keys, each encrypted, and the passphrase of an unattended CA.

use std::path::PathBuf;

use identity::{Passphrase, PrivateKey};

use super::{CaDirectory, KEYS, LayoutError, RESPONDER_KEY, ROOT_DIR, SMALL, UNLOCK, encrypt_key, file_name};
use crate::atomic::{self, FileError, Mode, Overwrite};

impl CaDirectory {
    /// Returns where a CA's key is kept: in `keys/`, or where `--root-dir` put the root's.
    ///
    /// # Errors
    /// [`LayoutError`] if the ID cannot be a file's name or the record of the place is unreadable.
    pub fn key_path(&self, id: &str) -> Result<PathBuf, LayoutError> {
        let name = file_name(id, "key")?;
        let inside = self.path.join(KEYS).join(&name);
        if inside.exists() {
            return Ok(inside);
        }
        match self.root_dir()? {
            Some(elsewhere) => Ok(elsewhere.join(name)),
            None => Ok(inside),
        }
    }

    /// Returns where the root's key is kept, if that is not `keys/`.
    ///
    /// # Errors
    /// [`LayoutError`] if the record of it is unreadable.
    pub fn root_dir(&self) -> Result<Option<PathBuf>, LayoutError> {
        let record = self.path.join(ROOT_DIR);
        match atomic::read(&record, SMALL) {
            Ok(bytes) => {
                use std::os::unix::ffi::OsStrExt;
                let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
                Ok(Some(PathBuf::from(std::ffi::OsStr::from_bytes(line))))
            }
            Err(FileError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Decrypts a CA's key.
    ///
    /// # Errors
    /// [`LayoutError::KeyMissing`] if it is not where it should be (a root's medium is not there),
    /// [`LayoutError::Key`] if the passphrase is wrong or the file damaged.
    pub fn key(&self, id: &str, passphrase: &Passphrase) -> Result<PrivateKey, LayoutError> {
        let path = self.key_path(id)?;
        let pem = match atomic::read(&path, SMALL) {
            Err(FileError::NotFound { path } | FileError::DirectoryMissing { path, .. }) => {
                return Err(LayoutError::KeyMissing {
                    id: id.to_owned(),
                    path,
                });
            }
            other => other?,
        };
        PrivateKey::from_pem(&pem, Some(passphrase)).map_err(|error| LayoutError::Key {
            path,
            reason: error.to_string(),
        })
    }

    /// Encrypts and keeps the key of a further CA, refusing to replace one.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be encrypted or written.
    pub fn save_key(&self, id: &str, key: &PrivateKey, passphrase: &Passphrase) -> Result<(), LayoutError> {
        let path = self.path.join(KEYS).join(file_name(id, "key")?);
        let pem = encrypt_key(&path, key, passphrase)?;
        Ok(atomic::write(
            &path,
            pem.as_bytes(),
            Mode::Secret,
            Overwrite::Refuse,
        )?)
    }

    /// Encrypts and keeps the key of a further root, beside the others or where `--root-dir` put the first; returns the
    /// place.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be encrypted or written.
    pub fn save_root_key(
        &self,
        id: &str,
        key: &PrivateKey,
        passphrase: &Passphrase,
    ) -> Result<PathBuf, LayoutError> {
        let directory = self.root_dir()?.unwrap_or_else(|| self.path.join(KEYS));
        let path = directory.join(file_name(id, "key")?);
        let pem = encrypt_key(&path, key, passphrase)?;
        atomic::write(&path, pem.as_bytes(), Mode::Secret, Overwrite::Refuse)?;
        Ok(path)
    }

    /// Decrypts the key of an authority's OCSP responder; `None` if there is none.
    ///
    /// # Errors
    /// [`LayoutError::Key`] if the passphrase is wrong or the file damaged.
    pub fn responder_key(
        &self,
        id: &str,
        passphrase: &Passphrase,
    ) -> Result<Option<PrivateKey>, LayoutError> {
        let path = self.path.join(KEYS).join(file_name(id, RESPONDER_KEY)?);
        let pem = match atomic::read(&path, SMALL) {
            Err(FileError::NotFound { .. } | FileError::DirectoryMissing { .. }) => return Ok(None),
            other => other?,
        };
        match PrivateKey::from_pem(&pem, Some(passphrase)) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(LayoutError::Key {
                path,
                reason: error.to_string(),
            }),
        }
    }

    /// Encrypts and keeps the key of an authority's OCSP responder in the place of the one before.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be encrypted or written.
    pub fn save_responder_key(
        &self,
        id: &str,
        key: &PrivateKey,
        passphrase: &Passphrase,
    ) -> Result<(), LayoutError> {
        let path = self.path.join(KEYS).join(file_name(id, RESPONDER_KEY)?);
        let pem = encrypt_key(&path, key, passphrase)?;
        Ok(atomic::write(
            &path,
            pem.as_bytes(),
            Mode::Secret,
            Overwrite::Replace,
        )?)
    }

    /// Returns the passphrase of an unattended CA; `None` if it is not unattended.
    ///
    /// # Errors
    /// [`LayoutError`] if the file is there but unreadable, or readable by others.
    pub fn unlock(&self) -> Result<Option<Passphrase>, LayoutError> {
        let path = self.path.join(UNLOCK);
        match atomic::read(&path, SMALL) {
            Ok(line) => Passphrase::from_secret_file_line(&line)
                .map(Some)
                .map_err(|error| LayoutError::Unlock {
                    path,
                    reason: error.to_string(),
                }),
            Err(FileError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
