//! What a backup holds: a CA's directory as a tar archive, with the ledger as it stood at one moment.
//!
//! ```text
//! backup.json     what it is: format, program, CA, moment
//! ca.db           the ledger, wherever it lives
//! version, keys/…, certs/…, policies/…, publish/…, unlock, …
//! ```
//!
//! The ledger comes first: whatever it tells of has its files by then, since they are written before their record is. The archive is not
//! encrypted and bears no checksum of its own: both is the business of the envelope that it travels in.

mod error;
mod extract;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub use error::BackupError;
pub use extract::Extracted;

use crate::atomic::{FileError, TEMPORARY_PREFIX};
use crate::layout::{CaDirectory, LEDGER};
use crate::sqlite::SqliteLedger;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHead {
    /// The number of the archive's format.
    pub format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// The name of the CA, for people.
    pub ca: String,
    /// When it was made (RFC 3339).
    pub created_at: String,
    /// The number of entries that the audit log had.
    pub audit_entries: u64,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupSummary {
    /// How many files, the ledger included.
    pub files: u64,
    /// Their octets.
    pub octets: u64,
    /// What was left out because it is neither a file nor a directory: links, sockets.
    pub skipped: Vec<PathBuf>,
}

impl BackupHead {
    /// The format that this version writes, and the newest that it reads.
    pub const FORMAT: u32 = 1;
}

/// Writes the archive of a CA's directory while the CA goes on working; `head` is asked of the ledger as it stands in the archive.
///
/// # Errors
/// [`BackupError`].
pub fn write<W: Write, E>(
    directory: &CaDirectory,
    head: impl FnOnce(&SqliteLedger) -> Result<BackupHead, E>,
    out: W,
) -> Result<(W, BackupHead, BackupSummary), E>
where
    E: From<BackupError>,
{
    let root = directory.path();
    remove_leftovers(root);
    let ledger = directory.ledger().map_err(BackupError::from)?;
    let temporary = tempfile::Builder::new()
        .prefix(SNAPSHOT)
        .tempdir_in(root)
        .map_err(|error| BackupError::from(FileError::from_io("create a snapshot in", root, error)))?;
    let path = temporary.path().join(LEDGER);
    ledger.snapshot(&path).map_err(BackupError::from)?;
    crate::failpoint!("backup.snapshot");
    let snapshot = SqliteLedger::open(&path).map_err(BackupError::from)?;
    snapshot.check_integrity().map_err(BackupError::from)?;
    let head = head(&snapshot)?;
    drop(snapshot);
    let mut archive = Archive {
        builder: tar::Builder::new(out),
        summary: BackupSummary::default(),
    };
    let text = serde_json::to_vec_pretty(&head).map_err(|error| BackupError::Head {
        reason: error.to_string(),
    })?;
    archive.append(HEAD, &path, text.len() as u64, 0o600, text.as_slice())?;
    archive.file(LEDGER, &path)?;
    archive.directory(root, Path::new(""), directory.store().path())?;
    let out = archive
        .builder
        .into_inner()
        .map_err(|source| BackupError::Write { source })?;
    Ok((out, head, archive.summary))
}

/// A backup in the making.
struct Archive<W: Write> {
    builder: tar::Builder<W>,
    summary: BackupSummary,
}

impl<W: Write> Archive<W> {
    fn directory(&mut self, root: &Path, below: &Path, ledger: &Path) -> Result<(), BackupError> {
        let at = root.join(below);
        let failed = |error| FileError::from_io("read", &at, error);
        let mut names = fs::read_dir(&at)
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        names.sort();
        for name in names {
            let inside = below.join(&name);
            let path = root.join(&inside);
            let text = name.to_string_lossy();
            if text.starts_with(TEMPORARY_PREFIX)
                || text.starts_with(SNAPSHOT)
                || is_of_ledger(&path, ledger)
                || below.as_os_str().is_empty() && text == HEAD
            {
                continue;
            }
            match path.symlink_metadata() {
                // What was there a moment ago and is gone was not meant to stay.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(FileError::from_io("read", &path, error).into()),
                Ok(found) if found.is_dir() => self.directory(root, &inside, ledger)?,
                Ok(found) if found.is_file() => self.file(&inside, &path)?,
                Ok(_) => self.summary.skipped.push(inside),
            }
        }
        Ok(())
    }

    fn file(&mut self, name: impl AsRef<Path>, path: &Path) -> Result<(), BackupError> {
        use std::os::unix::fs::PermissionsExt as _;

        let file = match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(|error| FileError::from_io("open", path, error))?,
        };
        let found = file
            .metadata()
            .map_err(|error| FileError::from_io("read", path, error))?;
        // The snapshot was made with whatever mode the process makes files.
        let mode = match name.as_ref() == Path::new(LEDGER) {
            true => 0o600,
            false => found.permissions().mode() & 0o777,
        };
        self.append(name, path, found.len(), mode, file)
    }

    fn append(
        &mut self,
        name: impl AsRef<Path>,
        path: &Path,
        length: u64,
        mode: u32,
        content: impl Read,
    ) -> Result<(), BackupError> {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(length);
        header.set_mode(mode);
        header.set_mtime(0);
        let mut content = Counted {
            content: content.take(length),
            octets: 0,
        };
        self.builder
            .append_data(&mut header, name, &mut content)
            .map_err(|source| BackupError::Write { source })?;
        if content.octets != length {
            return Err(BackupError::Changed {
                path: path.to_path_buf(),
            });
        }
        self.summary.files += 1;
        self.summary.octets += length;
        Ok(())
    }
}

/// Counts what is read.
struct Counted<R> {
    content: R,
    octets: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.octets += count as u64;
        Ok(count)
    }
}

/// Tells whether a file is the ledger, or belongs to it.
fn is_of_ledger(path: &Path, ledger: &Path) -> bool {
    let (Some(name), Some(base)) = (path.file_name(), ledger.file_name()) else {
        return false;
    };
    let (name, base) = (name.to_string_lossy(), base.to_string_lossy());
    path.parent() == ledger.parent()
        && name
            .strip_prefix(base.as_ref())
            .is_some_and(|rest| ["", "-wal", "-shm", "-journal"].contains(&rest))
}

/// A snapshot of a backup that was killed is worth nothing; one of today may be another's at work.
fn remove_leftovers(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let old = entry
            .metadata()
            .and_then(|found| found.modified())
            .is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > STALE));
        if old && entry.file_name().to_string_lossy().starts_with(SNAPSHOT) {
            // The next one tries again.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

const HEAD: &str = "backup.json";
const SNAPSHOT: &str = ".backup-";
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
