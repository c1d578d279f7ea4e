use std::io;
use std::path::PathBuf;

use crate::atomic::FileError;
use crate::sqlite::StoreError;

/// Why a backup could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A file grew or shrank while it was read.
    #[error("{} changed while it was read; make the backup again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// An entry is not one that a backup holds.
    #[error("the backup holds an entry that no backup of ours holds: {name}: {reason}")]
    Entry {
        /// Its name, as far as it can be shown.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It was written by a later version.
    #[error(
        "the backup has format {format}, written by cachet {program}; this version reads formats up to {newest}: restore it with a newer cachet"
    )]
    Format {
        /// Its format.
        format: u32,
        /// What wrote it.
        program: String,
        /// The newest that is read.
        newest: u32,
    },
    /// What it says of itself cannot be read.
    #[error("this is no backup of a CA: {reason}")]
    Head {
        /// Why.
        reason: String,
    },
    /// Something is not in it.
    #[error("the backup holds no {what}")]
    Lacks {
        /// What.
        what: &'static str,
    },
    /// The archive is damaged.
    #[error("the backup cannot be read: {source}")]
    Read {
        /// The operating system's words.
        #[source]
        source: io::Error,
    },
    /// The ledger could not be copied or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The archive could not be written.
    #[error("the backup cannot be written: {source}")]
    Write {
        /// The operating system's words.
        #[source]
        source: io::Error,
    },
}
