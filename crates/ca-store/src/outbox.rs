//! Messages that wait to be sent.

use std::path::PathBuf;

use crate::CaDirectory;
use crate::atomic::{self, FileError, Mode, Overwrite};

impl CaDirectory {
    /// Returns the directory of the messages that wait to be sent.
    pub fn outbox(&self) -> PathBuf {
        self.path().join(OUTBOX)
    }

    /// Returns the messages that wait to be sent, in the order of their names.
    ///
    /// # Errors
    /// [`FileError`] if the directory cannot be read.
    pub fn posted(&self) -> Result<Vec<PathBuf>, FileError> {
        let outbox = self.outbox();
        let failed = |error| FileError::from_io("read", &outbox, error);
        let entries = match std::fs::read_dir(&outbox) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut waiting = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "eml") {
                waiting.push(path);
            }
        }
        waiting.sort();
        Ok(waiting)
    }

    /// Keeps a message (RFC 5322) until it is sent, readable by the owner alone, and returns its file: `NAME.eml`, or
    /// `NAME-2.eml` and so on if there is one.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written.
    pub fn post(&self, name: &str, message: &[u8]) -> Result<PathBuf, FileError> {
        let outbox = self.outbox();
        atomic::create_private_directory(&outbox)?;
        let mut number = 1_u32;
        loop {
            let path = outbox.join(match number {
                1 => format!("{name}.eml"),
                _ => format!("{name}-{number}.eml"),
            });
            match atomic::write(&path, message, Mode::Secret, Overwrite::Refuse) {
                Ok(()) => return Ok(path),
                Err(FileError::AlreadyExists { .. }) if number < MOST_ALIKE => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

const OUTBOX: &str = "outbox";
const MOST_ALIKE: u32 = 10_000;
