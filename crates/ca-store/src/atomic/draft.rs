//! Files that are written first and named later, or never.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{MOST_FLUSHED, Mode, Overwrite, precheck, sync_directory, unnamed};
use crate::file_error::{FileError, parent_of};

/// A file without a name beside where it is to be: what is in it can be judged before anybody else sees it, and nothing
/// is left of it if it is dropped or the program ends.
///
/// ```
/// use std::io::Write;
///
/// use ca_store::FileError;
/// use ca_store::atomic::{Draft, Mode, Overwrite};
///
/// let directory = tempfile::tempdir().unwrap();
/// let path = directory.path().join("message.eml");
/// // Not every system and file system has such files.
/// if let Some(draft) = Draft::create(&path, Mode::Public, Overwrite::Refuse)? {
///     draft.file().write_all(b"sound").unwrap();
///     assert!(!path.exists());
///     draft.publish()?;
///     assert_eq!(std::fs::read(&path).unwrap(), b"sound");
/// }
/// # Ok::<(), FileError>(())
/// ```
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: PathBuf,
    overwrite: Overwrite,
}

impl Draft {
    /// Begins a file that is to be at `path`; `None` where the file system has no files without a name.
    ///
    /// # Errors
    /// [`FileError`] if the target can be seen to be in the way already.
    pub fn create(path: &Path, mode: Mode, overwrite: Overwrite) -> Result<Option<Self>, FileError> {
        precheck(path, overwrite)?;
        Ok(unnamed::create(parent_of(path), mode).map(|file| Self {
            file,
            path: path.to_path_buf(),
            overwrite,
        }))
    }

    /// The file, to write to and to read back.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name, in one step, and returns once it is on the disk; a long one is not waited for (see
    /// [`MOST_FLUSHED`]).
    ///
    /// # Errors
    /// [`FileError`], naming the path and a remedy; then nothing has changed.
    pub fn publish(self) -> Result<(), FileError> {
        let failed = |source| FileError::from_io("write", &self.path, source);
        let flushed = self.file.metadata().map_err(failed)?.len() <= MOST_FLUSHED;
        if flushed {
            self.file.sync_all().map_err(failed)?;
        }
        crate::failpoint!("atomic.written");
        unnamed::name(&self.file, &self.path, self.overwrite).map_err(failed)?;
        match flushed {
            true => sync_directory(parent_of(&self.path)),
            // A name that is safe is worth nothing before its content is.
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_draft_is_nowhere_until_it_is_published() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("message.eml");
        let count = || fs::read_dir(directory.path()).unwrap().count();
        let draft = |overwrite| {
            let draft = Draft::create(&path, Mode::Secret, overwrite).unwrap()?;
            draft.file().write_all(b"new").unwrap();
            Some(draft)
        };
        let Some(dropped) = draft(Overwrite::Refuse) else {
            eprintln!("SKIPPED: no files without a name here");
            return;
        };
        assert_eq!(count(), 0);
        drop(dropped);
        assert_eq!(count(), 0);

        let late = draft(Overwrite::Refuse).unwrap();
        fs::write(&path, b"old").unwrap();
        assert!(matches!(late.publish(), Err(FileError::AlreadyExists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert!(Draft::create(&path, Mode::Secret, Overwrite::Refuse).is_err());

        draft(Overwrite::Replace).unwrap().publish().unwrap();
        assert_eq!((fs::read(&path).unwrap(), count()), (b"new".to_vec(), 1));
    }
}
