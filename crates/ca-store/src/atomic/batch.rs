//! Many files that are made durable together.
//!
//! ```text
//! written beside their targets, by any thread -> file systems flushed, once -> named, in their order -> directories flushed
//! ```
//!
//! A name is given only to what is on the disk, as for a single file, at the cost of two flushes for all.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::TempPath;

use super::{Mode, Overwrite, place, refuse_special, sync_directory};
use crate::file_error::{FileError, parent_of};

/// Files that appear under their names together, once all of them are on the disk.
///
/// ```
/// use ca_store::FileError;
/// use ca_store::atomic::{Batch, Mode, Overwrite};
///
/// let directory = tempfile::tempdir().unwrap();
/// let path = |name: &str| directory.path().join(name);
/// let batch = Batch::default();
/// batch.add(&path("a.p12"), b"secret", Mode::Secret, Overwrite::Refuse)?;
/// batch.add(&path("a.crt"), b"public", Mode::Public, Overwrite::Refuse)?;
/// assert!(!path("a.p12").exists());
/// batch.publish()?;
/// assert!(path("a.p12").exists() && path("a.crt").exists());
/// # Ok::<(), FileError>(())
/// ```
#[derive(Debug, Default)]
pub struct Batch {
    written: Mutex<Written>,
}

#[derive(Debug, Default)]
struct Written {
    files: Vec<Pending>,
    /// Opened before anything was written there: what fails to reach the disk since then is told through these.
    directories: BTreeMap<PathBuf, File>,
}

#[derive(Debug)]
struct Pending {
    temporary: TempPath,
    path: PathBuf,
    overwrite: Overwrite,
}

impl Batch {
    /// Writes a file that is to be at `path`; threads may do so at the same time.
    ///
    /// # Errors
    /// [`FileError`], naming the path and a remedy.
    pub fn add(&self, path: &Path, bytes: &[u8], mode: Mode, overwrite: Overwrite) -> Result<(), FileError> {
        let failed = |source| FileError::from_io("write", path, source);
        refuse_special(path, overwrite)?;
        let parent = parent_of(path);
        self.open(parent).map_err(failed)?;
        let mut temporary = tempfile::Builder::new()
            .prefix(PREFIX)
            .suffix(".tmp")
            .permissions(Permissions::from_mode(mode.bits()))
            .tempfile_in(parent)
            .map_err(failed)?;
        temporary.write_all(bytes).map_err(failed)?;
        let pending = Pending {
            temporary: temporary.into_temp_path(),
            path: path.to_path_buf(),
            overwrite,
        };
        self.lock().files.push(pending);
        Ok(())
    }

    /// Gives the files their names, in the order in which they were added, and returns once all are on the disk.
    ///
    /// # Errors
    /// [`FileError`] for the first that fails; those before it may have their names then, the others have not.
    pub fn publish(self) -> Result<(), FileError> {
        let Written { files, directories } =
            self.written.into_inner().unwrap_or_else(PoisonError::into_inner);
        flush(&files, &directories)?;
        crate::failpoint!("batch.written");
        for pending in files {
            let Pending {
                temporary,
                path,
                overwrite,
            } = pending;
            place(&temporary, &path, overwrite)?;
            // It has another name now: there is nothing to remove.
            let _ = temporary.keep();
            crate::failpoint!("batch.named");
        }
        directories
            .keys()
            .try_for_each(|directory| sync_directory(directory))
    }

    /// Removes what a batch that was killed has left in a directory. The caller sees to it that no other is being written
    /// there.
    ///
    /// # Errors
    /// [`FileError`] if the directory cannot be read, or a file in it not be removed.
    pub fn remove_leftovers(directory: &Path) -> Result<(), FileError> {
        let failed = |source| FileError::from_io("read", directory, source);
        for entry in fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(PREFIX.as_bytes())
            {
                let path = entry.path();
                fs::remove_file(&path).map_err(|source| FileError::from_io("remove", &path, source))?;
            }
        }
        Ok(())
    }

    fn open(&self, directory: &Path) -> std::io::Result<()> {
        let mut written = self.lock();
        if !written.directories.contains_key(directory) {
            let opened = File::open(directory)?;
            written.directories.insert(directory.to_path_buf(), opened);
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Flushes each file system once, or each file where the system cannot.
fn flush(files: &[Pending], directories: &BTreeMap<PathBuf, File>) -> Result<(), FileError> {
    let mut flushed = Vec::new();
    for (path, directory) in directories {
        let failed = |source| FileError::from_io("flush", path, source);
        let device = directory.metadata().map_err(failed)?.dev();
        if flushed.contains(&device) {
            continue;
        }
        match sync_file_system(directory) {
            Ok(true) => flushed.push(device),
            Ok(false) => return flush_each(files),
            Err(source) => return Err(failed(source)),
        }
    }
    Ok(())
}

fn flush_each(files: &[Pending]) -> Result<(), FileError> {
    files.iter().try_for_each(|pending| {
        File::open(&pending.temporary)
            .and_then(|file| file.sync_all())
            .map_err(|source| FileError::from_io("write", &pending.path, source))
    })
}

/// Returns false where there is no such call.
#[cfg(target_os = "linux")]
fn sync_file_system(directory: &File) -> std::io::Result<bool> {
    use rustix::io::Errno;
    match rustix::fs::syncfs(directory) {
        Ok(()) => Ok(true),
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_: &File) -> std::io::Result<bool> {
    Ok(false)
}

/// Temporaries of batches begin so, and of nothing else.
const PREFIX: &str = ".cachet-batch-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_write_and_nothing_has_a_name_before_all_is_flushed() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: usize| directory.path().join(format!("{name}.p12"));
        let batch = Batch::default();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (batch, path) = (&batch, &path);
                scope.spawn(move || {
                    for number in 0..10 {
                        let content = [number as u8; 100];
                        batch
                            .add(
                                &path(10 * thread + number),
                                &content,
                                Mode::Secret,
                                Overwrite::Refuse,
                            )
                            .unwrap();
                    }
                });
            }
        });
        assert!((0..40).all(|number| !path(number).exists()));
        batch.publish().unwrap();
        for number in 0..40 {
            assert_eq!(fs::read(path(number)).unwrap(), [(number % 10) as u8; 100]);
            assert_eq!(
                fs::metadata(path(number)).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 40);
    }

    #[test]
    fn nothing_is_replaced_unasked_and_nothing_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        let batch = Batch::default();
        batch.add(&path, b"new", Mode::Public, Overwrite::Refuse).unwrap();
        fs::write(&path, "old").unwrap();
        assert!(matches!(batch.publish(), Err(FileError::AlreadyExists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let batch = Batch::default();
        assert!(batch.add(&path, b"new", Mode::Public, Overwrite::Refuse).is_err());
        batch
            .add(&path, b"new", Mode::Public, Overwrite::Replace)
            .unwrap();
        batch.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        fs::write(directory.path().join(".cachet-batch-x.tmp"), "left").unwrap();
        Batch::remove_leftovers(directory.path()).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
