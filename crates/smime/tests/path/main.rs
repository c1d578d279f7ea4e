//! Path validation against public collections of verdicts.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads its corpus, tells how far it got, and stops at the first surprise"
)]

use std::path::PathBuf;

mod limbo;
mod pkits;
mod rfc9216;

/// The public test material; without it the test is skipped, and says so.
fn corpus(folder: &str) -> Option<PathBuf> {
    match std::env::var_os("CACHET_CORPUS") {
        Some(corpus) => Some(PathBuf::from(corpus).join(folder)),
        None => {
            println!("SKIPPED: set CACHET_CORPUS to the folder that holds {folder}");
            None
        }
    }
}
