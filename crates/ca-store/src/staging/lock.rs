use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::{StagingError, digest_name};
use crate::atomic::{self, FileError, Mode};
use crate::layout::{CaDirectory, STAGING};

/// Keeps other processes from issuing to the same destination until it is dropped.
///
/// Without it, a second run would find the first one's staged key before its certificate is on record, take it for the leftover of a
/// crash, and remove it. The lock ends with the process however that ends; its empty file in the CA's `staging/` then stays behind,
/// harmless, for the next run to take.
#[derive(Debug)]
pub struct StagingLock {
    path: PathBuf,
    /// Held open for its lock.
    _file: File,
}

impl StagingLock {
    /// Locks `destination` (`EMAIL.p12`), whose directory need not exist yet, waiting a while for another process.
    ///
    /// # Errors
    /// [`StagingError::Busy`] if another process still holds it, [`StagingError::File`].
    pub fn take(directory: &CaDirectory, destination: &Path) -> Result<Self, StagingError> {
        let staging = directory.path().join(STAGING);
        atomic::create_private_directory(&staging)?;
        let path = staging.join(digest_name(settled(destination)?.as_os_str(), LOCK));
        let failed = |error| FileError::from_io("lock", &path, error);
        for _ in 0..ATTEMPTS {
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(Mode::Secret.bits())
                .open(&path)
                .map_err(failed)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => std::thread::sleep(PAUSE),
                // Some network file systems know no locks; two runs for one destination at the same moment are rare enough to go on.
                Ok(()) | Err(_) => {
                    // Whoever held it before may have removed the file after it was opened here: that lock keeps nobody out.
                    let own = file.metadata().map_err(failed)?;
                    if fs::metadata(&path)
                        .is_ok_and(|found| (found.dev(), found.ino()) == (own.dev(), own.ino()))
                    {
                        return Ok(Self { path, _file: file });
                    }
                }
            }
        }
        Err(StagingError::Busy {
            path: destination.to_path_buf(),
        })
    }
}

impl Drop for StagingLock {
    fn drop(&mut self) {
        // While it is locked still, so that nobody else's is removed.
        let _ = fs::remove_file(&self.path);
    }
}

/// Spells a path in the one way that it has before its directories are made and after.
fn settled(path: &Path) -> Result<PathBuf, StagingError> {
    let absolute = std::path::absolute(path).map_err(|error| FileError::from_io("find", path, error))?;
    let mut missing: Vec<&OsStr> = absolute.file_name().into_iter().collect();
    let mut parent = absolute.parent();
    while let Some(directory) = parent {
        if let Ok(found) = fs::canonicalize(directory) {
            return Ok(missing
                .iter()
                .rev()
                .fold(found, |settled, name| settled.join(name)));
        }
        missing.extend(directory.file_name());
        parent = directory.parent();
    }
    Ok(absolute)
}

/// The extension of locks.
const LOCK: &str = "lock";

/// With the pause, half a minute, as for the ledger.
const ATTEMPTS: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);
