//! Public collections of verdicts, read in place at `CACHET_CORPUS`.

use std::path::PathBuf;

pub mod limbo;
pub mod pkits;

/// The folder of a collection; `None` tells the test to return, which has been said on standard error.
#[must_use]
pub fn corpus(folder: &str) -> Option<PathBuf> {
    match std::env::var_os("CACHET_CORPUS") {
        Some(corpus) => Some(PathBuf::from(corpus).join(folder)),
        None => {
            eprintln!("SKIPPED: set CACHET_CORPUS to the folder that holds {folder}");
            None
        }
    }
}
