//! A mail user's own directory.

use std::path::Path;

/// Why a path cannot be a profile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    IsCaDirectory,
    NotADirectory,
}

/// Tells why `path` cannot be a profile; `None` if it is one or can become one.
pub(crate) fn fault(path: &Path) -> Option<Fault> {
    if path.join(crate::layout::VERSION).is_file() {
        Some(Fault::IsCaDirectory)
    } else if path.exists() && !path.is_dir() {
        Some(Fault::NotADirectory)
    } else {
        None
    }
}
