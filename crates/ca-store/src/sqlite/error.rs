use std::path::{Path, PathBuf};

use ca_core::ledger::LedgerError;
use rusqlite::ErrorCode;

use crate::atomic::FileError;

/// Why a ledger could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process did not let go of the ledger in time.
    #[error("another process has been writing to the ledger {} for too long; try again when it is done", path.display())]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("the ledger {} is damaged ({reason}); restore it from a backup, and keep the damaged file for a repair with sqlite3 .recover", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The ledger was closed.
    #[error("the ledger {} is closed", path.display())]
    Closed {
        /// The database.
        path: PathBuf,
    },
    /// The file could not be created.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is another program's.
    #[error("{} is not a ledger of cachet, or is damaged beyond recognition; name the right file with --store sqlite:PATH, or restore it from a backup", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("cannot write to the ledger {}: no space left on the device; free some space and try again (nothing was changed)", path.display())]
    Full {
        /// The database.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("the ledger {} does not exist; make a CA with cachet init, or name the right file with --store sqlite:PATH", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The schema is a newer version's.
    #[error("the ledger {} has the schema {found}, this version of cachet knows up to {known}; use the newer cachet that wrote it", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// Any other failure.
    #[error("the ledger {} cannot be used: {reason}", path.display())]
    Other {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// A transaction failed, for all whose changes were in it.
    #[error("{reason}")]
    Shared {
        /// What went wrong.
        reason: String,
    },
    /// The file or its directory cannot be written.
    #[error("the ledger {} or its directory cannot be written; check who owns them and whether the file system is mounted read-only", path.display())]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
}

/// What went wrong within a transaction.
#[derive(Debug)]
pub(super) enum Failure {
    /// The ledger's rules forbid it.
    Refused(LedgerError),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Says in our words what SQLite reports.
pub(super) fn classify(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.to_path_buf();
    let reason = error.to_string();
    if matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
    ) {
        return StoreError::Damaged { path, reason };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { path },
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path, reason },
        Some(ErrorCode::NotADatabase) => StoreError::Foreign { path },
        Some(ErrorCode::SystemIoFailure) => StoreError::Other {
            path,
            reason: format!("{reason}; see whether the disk is full or failing, then try again"),
        },
        Some(ErrorCode::DiskFull) => StoreError::Full { path },
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            StoreError::ReadOnly { path }
        }
        _ => StoreError::Other { path, reason },
    }
}
