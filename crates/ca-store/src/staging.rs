mod all;
mod lock;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use identity::digest::{DigestAlgorithm, digest};
use identity::{Passphrase, PrivateKey};
use zeroize::Zeroizing;

use crate::atomic::{self, FileError, Mode, Overwrite};
use crate::layout::{self, CaDirectory, STAGING};

pub use lock::StagingLock;

/// Private keys that wait for their certificates, encrypted, beside the file they will go to.
///
/// A key made here is staged before its serial is reserved, and the staging is removed once the p12
/// stands: a crash in between leaves neither a certificate without key nor a key without trace. The
/// file is named `DESTINATION.part`, readable by its owner alone (0600), and holds encrypted PKCS#8
/// (PEM, one block for each key). It is encrypted under the passphrase of the issuing CA, which
/// every run that could finish the work needs anyway: a password made up for the p12 would have
/// been lost with the process.
///
/// A note in the CA's `staging/` says where the file is and which keys it holds, by their subject
/// key identifiers: with them an unfinished certificate on record finds its key.
#[derive(Debug, Eq, PartialEq)]
pub struct StagedKey {
    path: PathBuf,
    note: PathBuf,
    key_ids: Vec<[u8; 20]>,
}

impl StagedKey {
    /// Stages keys for `destination` (`EMAIL.p12`) and returns once they are on the disk.
    ///
    /// # Errors
    /// [`StagingError::AlreadyStaged`] if an earlier run left keys for that destination: those may
    /// belong to a certificate on record, so they are never replaced.
    pub fn create(
        directory: &CaDirectory,
        destination: &Path,
        keys: &[PrivateKey],
        passphrase: &Passphrase,
    ) -> Result<Self, StagingError> {
        let staged = Self::of(directory, destination, keys)?;
        atomic::precheck(&staged.path, Overwrite::Refuse).map_err(taken)?;
        let text = staged.encrypt(keys, passphrase)?;
        // Noted first: a note without its file is harmless, a file without its note would be lost.
        atomic::create_private_directory(&directory.path().join(STAGING))?;
        atomic::write(
            &staged.note,
            &staged.note_text(),
            Mode::Secret,
            Overwrite::Replace,
        )?;
        crate::failpoint!("staging.noted");
        atomic::write(&staged.path, text.as_bytes(), Mode::Secret, Overwrite::Refuse).map_err(taken)?;
        crate::failpoint!("staging.created");
        Ok(staged)
    }

    /// Returns what an earlier run staged for `destination`, if anything.
    ///
    /// # Errors
    /// [`StagingError`] if the destination's directory does not exist.
    pub fn find(directory: &CaDirectory, destination: &Path) -> Result<Option<Self>, StagingError> {
        let named = Self::named(directory, destination)?;
        if !named.path.is_file() {
            return Ok(None);
        }
        // Without its note (an `--out` that moved) the keys are as good; only their names are unknown.
        Ok(Some(
            read_note(&named.note)?
                .filter(|noted| noted.path == named.path)
                .unwrap_or(named),
        ))
    }

    /// Returns everything that is staged, wherever it stands.
    ///
    /// # Errors
    /// [`StagingError`] if the notes cannot be read.
    pub fn all(directory: &CaDirectory) -> Result<Vec<Self>, StagingError> {
        let notes = directory.path().join(STAGING);
        let failed = |error| FileError::from_io("read", &notes, error);
        let mut found = Vec::new();
        for entry in fs::read_dir(&notes).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension() == Some(OsStr::new(NOTE))
                && let Some(staged) = read_note(&path)?
                && staged.path.is_file()
            {
                found.push(staged);
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// Returns the staging's path: `DESTINATION.part`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the file that the keys are to go to.
    pub fn destination(&self) -> PathBuf {
        self.path.with_extension("")
    }

    /// Returns the subject key identifiers of the keys, in their order; empty if the note is lost.
    pub fn key_ids(&self) -> &[[u8; 20]] {
        &self.key_ids
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
        let bytes = atomic::read(&self.path, layout::SMALL)?;
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
        crate::failpoint!("staging.removed");
        atomic::remove(&self.note)?;
        Ok(())
    }

    /// Names the files of a destination, by its directory's true path however that is spelt.
    fn named(directory: &CaDirectory, destination: &Path) -> Result<Self, StagingError> {
        let parent = crate::file_error::parent_of(destination);
        let parent = fs::canonicalize(parent)
            .map_err(|error| FileError::from_io("stage a key beside", destination, error))?;
        let mut path = parent
            .join(destination.file_name().unwrap_or_default())
            .into_os_string();
        path.push(PART);
        let note = directory.path().join(STAGING).join(digest_name(&path, NOTE));
        Ok(Self {
            path: PathBuf::from(path),
            note,
            key_ids: Vec::new(),
        })
    }

    fn encrypt(
        &self,
        keys: &[PrivateKey],
        passphrase: &Passphrase,
    ) -> Result<Zeroizing<String>, StagingError> {
        let mut text = Zeroizing::new(String::new());
        for key in keys {
            let pem = key
                .to_encrypted_pkcs8_pem(passphrase)
                .map_err(|error| StagingError::Key {
                    path: self.path.clone(),
                    reason: error.to_string(),
                })?;
            text.push_str(&pem);
        }
        Ok(text)
    }

    fn of(directory: &CaDirectory, destination: &Path, keys: &[PrivateKey]) -> Result<Self, StagingError> {
        let key_ids = keys
            .iter()
            .map(|key| key.public_key().subject_key_identifier())
            .collect();
        Ok(Self {
            key_ids,
            ..Self::named(directory, destination)?
        })
    }

    /// The key identifiers in one line, then the path.
    fn note_text(&self) -> Vec<u8> {
        let ids: Vec<String> = self.key_ids.iter().map(hex::encode).collect();
        let mut text = ids.join(" ").into_bytes();
        text.push(b'\n');
        text.extend_from_slice(self.path.as_os_str().as_bytes());
        text
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
    /// Another process is issuing to that destination.
    #[error("another process is issuing to {}; wait until it is done, or choose another --out", path.display())]
    Busy {
        /// The destination.
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
    /// A note cannot be read.
    #[error("the note {} is damaged: it should name a staged key; the key itself is a file EMAIL.p12.part where its p12 was to go", path.display())]
    Note {
        /// The note.
        path: PathBuf,
    },
}

/// Keys that are staged already may belong to a certificate on record.
fn taken(error: FileError) -> StagingError {
    match error {
        FileError::AlreadyExists { path } => StagingError::AlreadyStaged { path },
        error => StagingError::File(error),
    }
}

/// Names a file of `staging/` after a path.
fn digest_name(path: &OsStr, extension: &str) -> String {
    let digest = hex::encode(digest(DigestAlgorithm::Sha256, path.as_bytes()));
    format!("{}.{extension}", digest.get(..32).unwrap_or(&digest))
}

/// Reads a note; `None` if another process has removed it.
fn read_note(note: &Path) -> Result<Option<StagedKey>, StagingError> {
    let text = match atomic::read(note, layout::SMALL) {
        Err(FileError::NotFound { .. }) => return Ok(None),
        other => other?,
    };
    let damaged = || StagingError::Note {
        path: note.to_path_buf(),
    };
    let line = text.iter().position(|byte| *byte == b'\n').ok_or_else(damaged)?;
    let (ids, path) = text.split_at(line);
    let key_ids = std::str::from_utf8(ids)
        .map_err(|_| damaged())?
        .split_ascii_whitespace()
        .map(|id| {
            hex::decode(id)
                .ok()
                .and_then(|id| id.try_into().ok())
                .ok_or_else(damaged)
        })
        .collect::<Result<_, _>>()?;
    let path = PathBuf::from(OsStr::from_bytes(path.get(1..).unwrap_or_default()));
    Ok(Some(StagedKey {
        path,
        note: note.to_path_buf(),
        key_ids,
    }))
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

/// What a destination's name is followed by while its keys are staged.
const PART: &str = ".part";

/// The extension of notes.
const NOTE: &str = "note";
