//! The ledger in SQLite.

mod connection;
mod error;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rusqlite::Connection;

pub use error::StoreError;
use error::classify;

/// The record of every certificate, in one SQLite file.
///
/// Several processes and threads may use it at once. A change that has been confirmed survives a
/// power failure.
#[derive(Debug)]
pub struct SqliteLedger {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
}

impl SqliteLedger {
    /// Opens a ledger that exists, bringing an older schema up to date.
    ///
    /// # Errors
    /// [`StoreError`] if it is missing, another program's, a newer version's, damaged, or not
    /// writable.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::new(path, connection::open(path)?))
    }

    /// Creates an empty ledger (0600), refusing to touch a file that exists.
    ///
    /// # Errors
    /// [`StoreError`] if it exists or cannot be written.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::new(path, connection::create(path)?))
    }

    /// Returns the database's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the file, after which every call fails.
    ///
    /// # Errors
    /// [`StoreError`] if what is left to write cannot be written.
    pub fn close(&mut self) -> Result<(), StoreError> {
        let slot = self
            .connection
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match slot.take() {
            Some(connection) => connection
                .close()
                .map_err(|(_, error)| classify(&self.path, error)),
            None => Ok(()),
        }
    }

    fn new(path: &Path, connection: Connection) -> Self {
        Self {
            path: path.to_path_buf(),
            connection: Mutex::new(Some(connection)),
        }
    }
}
