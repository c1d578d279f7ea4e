//! Unpacking a backup beside the place where it is to live, and moving it there.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, rename, renameat_with};
use rustix::io::Errno;

use super::{BackupError, BackupHead, HEAD};
use crate::atomic::{self, FileError, Mode, Overwrite};
use crate::layout::{CaDirectory, LEDGER, LayoutError, STAGING, VERSION};
use crate::store_url::StoreUrl;

/// A backup, unpacked beside the directory that it is to become; what is not [put in place](Extracted::put) is removed.
#[derive(Debug)]
pub struct Extracted {
    head: BackupHead,
    temporary: Option<tempfile::TempDir>,
    directory: CaDirectory,
}

impl Extracted {
    /// Unpacks an archive beside `destination`.
    ///
    /// # Errors
    /// [`BackupError`] if it is no backup, a newer version's, or damaged; [`BackupError::File`] if there is no room.
    pub fn read(archive: impl Read, destination: &Path) -> Result<Self, BackupError> {
        let parent = parent_of(destination);
        let temporary = tempfile::Builder::new()
            .prefix(UNPACKED)
            .tempdir_in(parent)
            .map_err(|error| FileError::from_io("create a directory in", parent, error))?;
        let root = temporary.path();
        // As `init` makes it.
        fs::set_permissions(root, fs::Permissions::from_mode(0o700))
            .map_err(|error| FileError::from_io("protect", root, error))?;
        atomic::create_private_directory(&root.join(STAGING))?;
        let mut archive = tar::Archive::new(archive);
        let broken = |source| BackupError::Read { source };
        let mut head = None;
        for entry in archive.entries().map_err(broken)? {
            let mut entry = entry.map_err(broken)?;
            let name = entry.path().map_err(broken)?.into_owned();
            if head.is_none() {
                head = Some(read_head(&name, &mut entry)?);
                continue;
            }
            check(&name, entry.header().entry_type())?;
            let path = root.join(&name);
            // What the web server serves is for all; nothing else is.
            let is_public = name.starts_with("publish");
            if let Some(above) = path.parent().filter(|above| *above != root) {
                match is_public {
                    true => atomic::create_public_directory(above)?,
                    false => atomic::create_private_directory(above)?,
                }
            }
            let open = entry.header().mode().is_ok_and(|mode| mode & 0o044 != 0);
            let mode = if open { Mode::Public } else { Mode::Secret };
            let declared = entry.header().size().map_err(broken)?;
            atomic::write_from(&path, &mut entry, mode, Overwrite::Refuse)?;
            let written = fs::metadata(&path).map(|found| found.len());
            if !written.is_ok_and(|length| length == declared) {
                return Err(BackupError::Entry {
                    name: shown(&name),
                    reason: "it ends too early",
                });
            }
        }
        let head = head.ok_or(BackupError::Head {
            reason: "it is empty".to_owned(),
        })?;
        for (file, what) in [(LEDGER, "ledger"), (VERSION, "version of the directory")] {
            if !root.join(file).is_file() {
                return Err(BackupError::Lacks { what });
            }
        }
        let directory = CaDirectory::open(root, None).map_err(|error| BackupError::Head {
            reason: error.to_string(),
        })?;
        directory.ledger()?.check_integrity()?;
        let ledger = root.join(LEDGER);
        fs::File::open(&ledger)
            .and_then(|file| file.sync_all())
            .map_err(|error| FileError::from_io("write", &ledger, error))?;
        Ok(Self {
            head,
            temporary: Some(temporary),
            directory,
        })
    }

    /// Finds what restores that were killed have left beside `destination`: an unpacked backup or, if the two had changed
    /// places already, the CA that stood there. This one, until it is put in its place, is among them.
    pub fn leftovers(destination: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(parent_of(destination))
            .into_iter()
            .flatten()
            .flatten();
        let mut found: Vec<_> = entries
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(UNPACKED))
            .map(|entry| entry.path())
            .collect();
        found.sort();
        found
    }

    /// Returns what the backup says of itself.
    pub fn head(&self) -> &BackupHead {
        &self.head
    }

    /// Returns the unpacked directory.
    pub fn directory(&self) -> &CaDirectory {
        &self.directory
    }

    /// Moves the directory, and the ledger if its place is elsewhere, to where they are to live. What stands there is
    /// moved aside, under the name that is returned.
    ///
    /// # Errors
    /// [`LayoutError`], [`FileError`] as [`BackupError::File`]: everything stands as before then.
    pub fn put(
        mut self,
        destination: &Path,
        store: &StoreUrl,
        mark: &str,
    ) -> Result<Option<PathBuf>, BackupError> {
        let elsewhere = *store != StoreUrl::default_in(destination);
        let from = self.directory.path().to_path_buf();
        let aside = match destination.symlink_metadata() {
            Err(_) => None,
            // One that is empty is nobody's.
            Ok(_) if fs::remove_dir(destination).is_ok() => None,
            Ok(_) => {
                let name = destination.file_name().unwrap_or_default().to_string_lossy();
                let to = destination.with_file_name(format!("{name}.before-{mark}"));
                if to.symlink_metadata().is_ok() {
                    return Err(FileError::AlreadyExists { path: to }.into());
                }
                Some(to)
            }
        };
        if elsewhere {
            copy(&from.join(LEDGER), store.path())?;
        }
        let exchanged = exchange(&from, destination, aside.is_some());
        if let Err(error) = exchanged {
            if elsewhere {
                // As before: the copy was made here a moment ago.
                let _ = atomic::remove(store.path());
            }
            return Err(error.into());
        }
        let moved = |error: Errno| FileError::from_io("move", destination, error.into());
        if let Some(temporary) = self.temporary.take() {
            // What is under that name now is what stood there before, if anything.
            let _ = temporary.keep();
        }
        crate::failpoint!("restore.exchanged");
        if elsewhere {
            atomic::remove(&destination.join(LEDGER))?;
        }
        if let Some(aside) = &aside {
            rename(&from, aside).map_err(moved)?;
        }
        if let Some(parent) = destination
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            atomic::sync_directory(parent)?;
        }
        Ok(aside)
    }
}

impl From<LayoutError> for BackupError {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::File(error) => Self::File(error),
            other => Self::Head {
                reason: other.to_string(),
            },
        }
    }
}

fn read_head(name: &Path, entry: &mut impl Read) -> Result<BackupHead, BackupError> {
    let bad = |reason: String| BackupError::Head { reason };
    if name != Path::new(HEAD) {
        return Err(bad(format!("it begins with {} instead of {HEAD}", shown(name))));
    }
    let mut text = Vec::new();
    entry
        .take(LARGEST_HEAD)
        .read_to_end(&mut text)
        .map_err(|source| BackupError::Read { source })?;
    // The rest of a later format's head may have another form.
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
        program: String,
    }
    let found: Format = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
    if found.format > BackupHead::FORMAT {
        return Err(BackupError::Format {
            format: found.format,
            program: found.program,
            newest: BackupHead::FORMAT,
        });
    }
    serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))
}

/// A name that leaves the directory, or a link, would write where nobody expects it.
fn check(name: &Path, kind: tar::EntryType) -> Result<(), BackupError> {
    let refuse = |reason| {
        Err(BackupError::Entry {
            name: shown(name),
            reason,
        })
    };
    if kind != tar::EntryType::Regular {
        return refuse("it is no file");
    }
    let inside = name
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    if !inside || name.components().count() == 0 {
        return refuse("its name leaves the directory");
    }
    Ok(())
}

fn shown(name: &Path) -> String {
    name.to_string_lossy()
        .chars()
        .take(100)
        .flat_map(char::escape_debug)
        .collect()
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Moves a directory to its place, in one stroke: if another stands there, there is a CA at every moment.
fn exchange(from: &Path, to: &Path, occupied: bool) -> Result<(), FileError> {
    let failed = |error: Errno| FileError::from_io("move", to, error.into());
    if !occupied {
        return rename(from, to).map_err(failed);
    }
    match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS) => Err(FileError::Other {
            action: "exchange",
            path: to.to_path_buf(),
            source: std::io::Error::other(
                "this file system cannot exchange two directories; move this one away first",
            ),
        }),
        other => other.map_err(failed),
    }
}

/// Across file systems, too. What stands there is never written over.
fn copy(from: &Path, to: &Path) -> Result<(), FileError> {
    let mut file = fs::File::open(from).map_err(|error| FileError::from_io("open", from, error))?;
    atomic::write_from(to, &mut file, Mode::Secret, Overwrite::Refuse)?;
    fs::File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| FileError::from_io("write", to, error))
}

const UNPACKED: &str = ".restore-";
const LARGEST_HEAD: u64 = 64 << 10;
