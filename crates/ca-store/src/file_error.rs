use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why a file or directory could not be read or written; each message names the path and a remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The target exists and replacing it was not asked for.
    #[error("{} exists already and was left as it is; choose another name or ask for it to be overwritten", path.display())]
    AlreadyExists {
        /// The target.
        path: PathBuf,
    },
    /// A directory above the path does not exist.
    #[error("cannot {action} {}: the directory {} does not exist; create it first", path.display(), parent_of(path).display())]
    DirectoryMissing {
        /// What was being done, as a verb.
        action: &'static str,
        /// The path as given.
        path: PathBuf,
    },
    /// The file system or the quota is full.
    #[error("cannot {action} {}: no space left on the device or the quota is used up; free some space and try again (nothing was changed)", path.display())]
    NoSpace {
        /// What was being done, as a verb.
        action: &'static str,
        /// The path as given.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// Something along the path is a file where a directory is needed.
    #[error("cannot {action} {}: it, or what should be a directory above it, is a file; choose another path", path.display())]
    NotADirectory {
        /// What was being done, as a verb.
        action: &'static str,
        /// The path as given.
        path: PathBuf,
    },
    /// The path is a directory or a device where a file is needed.
    #[error("cannot {action} {}: it is {kind}, not a file; choose another name", path.display())]
    NotAFile {
        /// What was being done, as a verb.
        action: &'static str,
        /// The path as given.
        path: PathBuf,
        /// What it is, for people.
        kind: &'static str,
    },
    /// The file does not exist.
    #[error("{} does not exist; check the path", path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// Any other failure of the system.
    #[error("cannot {action} {}: {source}", path.display())]
    Other {
        /// What was being done, as a verb.
        action: &'static str,
        /// The path as given.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The system denies access.
    #[error("cannot {action} {}: permission denied; check who owns it and its directory, or choose another path", path.display())]
    PermissionDenied {
        /// What was being done, as a verb.
        action: &'static str,
        /// The path as given.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The file system is mounted read-only.
    #[error("cannot {action} {}: the file system is read-only; mount it writable or choose another path", path.display())]
    ReadOnlyFileSystem {
        /// What was being done, as a verb.
        action: &'static str,
        /// The path as given.
        path: PathBuf,
    },
    /// The file is larger than any file of its kind.
    #[error("{} is larger than {limit} bytes, the most that is read here; is it the right file?", path.display())]
    TooLarge {
        /// The path as given.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
}

impl FileError {
    /// Returns the path that could not be read or written.
    pub fn path(&self) -> &Path {
        match self {
            Self::AlreadyExists { path }
            | Self::DirectoryMissing { path, .. }
            | Self::NoSpace { path, .. }
            | Self::NotADirectory { path, .. }
            | Self::NotAFile { path, .. }
            | Self::NotFound { path }
            | Self::Other { path, .. }
            | Self::PermissionDenied { path, .. }
            | Self::ReadOnlyFileSystem { path, .. }
            | Self::TooLarge { path, .. } => path,
        }
    }

    /// Classifies an error of the system: `action` is a verb such as "write".
    pub fn from_io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            ErrorKind::AlreadyExists => Self::AlreadyExists { path },
            ErrorKind::NotFound if parent_of(&path).exists() => Self::NotFound { path },
            ErrorKind::NotFound => Self::DirectoryMissing { action, path },
            ErrorKind::NotADirectory => Self::NotADirectory { action, path },
            ErrorKind::IsADirectory => Self::NotAFile {
                action,
                path,
                kind: "a directory",
            },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoSpace { action, path, source },
            ErrorKind::PermissionDenied => Self::PermissionDenied { action, path, source },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnlyFileSystem { action, path },
            _ => Self::Other { action, path, source },
        }
    }
}

/// Returns the directory that holds `path`: `.` for a bare name.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}
