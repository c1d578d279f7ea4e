//! The keys of many identities, staged and removed together.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use identity::PrivateKey;
use identity::key::KeySealer;
use zeroize::Zeroizing;

use super::{StagedKey, StagingError, taken};
use crate::atomic::{self, Batch, FileError, Mode, Overwrite};
use crate::file_error::parent_of;
use crate::layout::{CaDirectory, STAGING};

impl StagedKey {
    /// Stages the keys of each destination as [`StagedKey::create`] does, and returns once all are on the disk, in the order
    /// of `wanted`.
    ///
    /// # Errors
    /// As [`StagedKey::create`]; then those before the one that fails may be staged, and an earlier run's stay as they were.
    pub fn create_all(
        directory: &CaDirectory,
        wanted: &[(&Path, &[PrivateKey])],
        sealer: &KeySealer,
    ) -> Result<Vec<Self>, StagingError> {
        atomic::create_private_directory(&directory.path().join(STAGING))?;
        let (notes, parts) = (Batch::default(), Batch::default());
        let mut all = Vec::with_capacity(wanted.len());
        for (destination, keys) in wanted {
            let staged = Self::of(directory, destination, keys)?;
            let mut text = Zeroizing::new(String::new());
            for key in *keys {
                let pem = sealer.seal(key).map_err(|error| StagingError::Key {
                    path: staged.path.clone(),
                    reason: error.to_string(),
                })?;
                text.push_str(&pem);
            }
            atomic::precheck(&staged.path, Overwrite::Refuse).map_err(taken)?;
            notes.add(
                &staged.note,
                &staged.note_text(),
                Mode::Secret,
                Overwrite::Replace,
            )?;
            parts
                .add(&staged.path, text.as_bytes(), Mode::Secret, Overwrite::Refuse)
                .map_err(taken)?;
            all.push(staged);
        }
        // Noted first: a note without its file is harmless, a file without its note would be lost.
        notes.publish()?;
        crate::failpoint!("staging.all-noted");
        parts.publish().map_err(taken)?;
        crate::failpoint!("staging.all-created");
        Ok(all)
    }

    /// Removes stagings, once their keys stand where they belong.
    ///
    /// # Errors
    /// [`FileError`] if one cannot be removed.
    pub fn remove_all(staged: &[Self]) -> Result<(), StagingError> {
        remove(staged.iter().map(|one| &one.path))?;
        crate::failpoint!("staging.all-removed");
        remove(staged.iter().map(|one| &one.note))?;
        Ok(())
    }
}

/// Removes files and makes that durable, once for each directory.
fn remove<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<(), FileError> {
    let mut directories = BTreeSet::new();
    for path in paths {
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(FileError::from_io("remove", path, error));
            }
            _ => directories.insert(parent_of(path).to_path_buf()),
        };
    }
    directories
        .iter()
        .try_for_each(|directory| atomic::sync_directory(directory))
}
