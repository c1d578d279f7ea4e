//! The mark of an `init` that is not complete, and how its remains are cleared away.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use identity::digest::{DigestAlgorithm, digest};

use crate::atomic::{self, FileError, Mode};
use crate::layout::{self, LEDGER, LayoutError, OWN_ENTRIES};

/// The file that marks a CA directory in the making.
///
/// It names what `init` makes outside the directory, before that is made: a line each with the
/// SHA-256 of the content (`*` for the ledger, which has no final content), a space, and the path.
#[derive(Debug)]
pub(crate) struct Marker {
    directory: PathBuf,
    path: PathBuf,
}

impl Marker {
    /// Marks a directory, after clearing away what an interrupted `init` left there.
    pub(crate) fn set(directory: &Path) -> Result<Self, LayoutError> {
        let marker = Self {
            directory: directory.to_path_buf(),
            path: directory.join(PENDING),
        };
        if marker.path.exists() {
            marker.clear()?;
            marker.remove()?;
        }
        marker.append(TITLE)?;
        atomic::sync_directory(directory)?;
        crate::failpoint!("init.marked");
        Ok(marker)
    }

    /// Notes the ledger that is about to be made.
    pub(crate) fn note_ledger(&self, path: &Path) -> Result<(), LayoutError> {
        self.note(ANY_CONTENT, path)
    }

    /// Notes a key that is about to be written elsewhere.
    pub(crate) fn note_key(&self, path: &Path, content: &[u8]) -> Result<(), LayoutError> {
        self.note(&fingerprint(content), path)
    }

    /// Removes the mark: the directory is complete, or nothing is left in it.
    pub(crate) fn remove(&self) -> Result<(), LayoutError> {
        atomic::remove(&self.path)?;
        Ok(())
    }

    /// Clears away everything, as far as possible: what cannot be removed now is still marked, and
    /// the next `init` tries again.
    pub(crate) fn abandon(&self, directory_too: bool) {
        if self.clear().and_then(|()| self.remove()).is_ok() && directory_too {
            let _ = fs::remove_dir(&self.directory);
        }
    }

    /// Removes what an `init` that did not complete has left behind, but for the mark itself.
    fn clear(&self) -> Result<(), LayoutError> {
        if is_complete(&self.directory)? {
            return Err(LayoutError::AlreadyInitialised {
                path: self.directory.clone(),
            });
        }
        for note in notes(&self.directory)? {
            if note.content == ANY_CONTENT {
                remove_database(&note.path)?;
            } else {
                remove_key(&note.path, &note.content)?;
            }
        }
        // Where it is now, should the directory have been moved meanwhile.
        remove_database(&self.directory.join(format!("{LEDGER}{BUILDING_SUFFIX}")))?;
        remove_temporaries(&self.directory, |_| true)?;
        for entry in OWN_ENTRIES {
            let entry = self.directory.join(entry);
            match entry.symlink_metadata() {
                Ok(found) if found.is_dir() => fs::remove_dir_all(&entry),
                Ok(_) => fs::remove_file(&entry),
                Err(_) => continue,
            }
            .map_err(|error| FileError::from_io("remove", &entry, error))?;
        }
        atomic::sync_directory(&self.directory)?;
        Ok(())
    }

    fn note(&self, content: &str, path: &Path) -> Result<(), LayoutError> {
        let absolute = std::path::absolute(path).map_err(|error| FileError::from_io("find", path, error))?;
        let mut line = format!("{content} ").into_bytes();
        line.extend_from_slice(absolute.as_os_str().as_bytes());
        line.push(b'\n');
        self.append(&line)
    }

    fn append(&self, line: &[u8]) -> Result<(), LayoutError> {
        let failed = |error| FileError::from_io("write", &self.path, error);
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(Mode::Secret.bits());
        let mut file = options.open(&self.path).map_err(failed)?;
        file.write_all(line).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(())
    }
}

/// Tells whether a marked directory holds a CA after all: its ledger stands in its place, and its
/// `init` was killed just before it removed the mark.
pub(crate) fn is_complete(directory: &Path) -> Result<bool, LayoutError> {
    if directory.join(LEDGER).exists() {
        return Ok(true);
    }
    Ok(notes(directory)?
        .into_iter()
        .filter(|note| note.content == ANY_CONTENT)
        .any(|note| {
            let building = note.path.as_os_str().as_bytes();
            let ledger = building.strip_suffix(BUILDING_SUFFIX.as_bytes());
            ledger.is_some_and(|ledger| Path::new(OsStr::from_bytes(ledger)).exists())
        }))
}

/// Marks an `init` that is not complete; holds what it has put outside the directory.
pub(crate) const PENDING: &str = "init-pending";

/// What a ledger's name is followed by until it is moved into place.
pub(crate) const BUILDING_SUFFIX: &str = ".new";

/// Something outside the directory that `init` made, or was about to.
struct Note {
    content: String,
    path: PathBuf,
}

fn notes(directory: &Path) -> Result<Vec<Note>, LayoutError> {
    let text = match atomic::read(&directory.join(PENDING), layout::SMALL) {
        Err(FileError::NotFound { .. }) => return Ok(Vec::new()),
        other => other?,
    };
    let note = |line: &[u8]| {
        let (content, path) = line.split_at(line.iter().position(|byte| *byte == b' ')?);
        let content = std::str::from_utf8(content).ok()?.to_owned();
        let path = PathBuf::from(OsStr::from_bytes(path.strip_prefix(b" ")?));
        Some(Note { content, path })
    };
    // A line that was cut short names something that was not made yet.
    let lines = text
        .split_inclusive(|byte| *byte == b'\n')
        .filter_map(|line| line.strip_suffix(b"\n"));
    Ok(lines
        .filter(|line| !line.starts_with(b"#"))
        .filter_map(note)
        .collect())
}

/// Removes a database and what SQLite keeps beside it.
fn remove_database(path: &Path) -> Result<(), LayoutError> {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        atomic::remove(Path::new(&name))?;
    }
    Ok(())
}

/// Removes the root's key that an interrupted `init` put elsewhere, or was about to: its own, not
/// one that happens to have the name.
fn remove_key(path: &Path, content: &str) -> Result<(), LayoutError> {
    let own =
        |path: &Path| atomic::read(path, layout::SMALL).is_ok_and(|found| fingerprint(&found) == content);
    if own(path) {
        atomic::remove(path)?;
    }
    path.parent()
        .map_or(Ok(()), |directory| remove_temporaries(directory, own))
}

/// Removes what a killed writer left in a directory.
fn remove_temporaries(directory: &Path, own: impl Fn(&Path) -> bool) -> Result<(), LayoutError> {
    // A medium that is not there holds nothing to remove.
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let temporary = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(atomic::TEMPORARY_PREFIX.as_bytes());
        if temporary && own(&entry.path()) {
            atomic::remove(&entry.path())?;
        }
    }
    Ok(())
}

fn fingerprint(bytes: &[u8]) -> String {
    hex::encode(digest(DigestAlgorithm::Sha256, bytes))
}

const TITLE: &[u8] = b"# cachet init is at work here, or was interrupted: run it again\n";

/// Stands for the digest of the ledger in the making, which has no final content.
const ANY_CONTENT: &str = "*";
