//! Fixtures and peers for the tests of cachet.
//!
//! The end-to-end tests lie beside this crate (`tests/cli`, `tests/interop`) and are built as test targets of `ca-cli`, so that
//! Cargo hands them the binary it has just built. They run that binary hermetically in a [`Sandbox`] and let other people's
//! programs judge what it writes: [`openssl`], [`Nss`], [`Gpgsm`] and `keytool`, found through [`Peer`]. Public collections
//! of verdicts stand in [`corpus`].
#![allow(
    clippy::print_stderr,
    clippy::use_debug,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test stops at the first surprise, and a skipped peer is announced"
)]

pub mod corpus;
mod gpgsm;
mod memory;
mod message;
mod nss;
mod peers;
mod sandbox;
mod server;
mod small_disk;

pub use gpgsm::Gpgsm;
pub use memory::{PeakMemory, peak_memory};
pub use message::{SignedParts, base64_body, base64_lines, split_clear_signed};
pub use nss::Nss;
pub use peers::{
    Driver, Identity, Job, Linters, MatrixPeer, Outcome, Peer, Remark, Scope, Shown, bouncy_castle, keytool,
    matrix_peers, openssl, openssl_next, pkilint, python, python_program, run, thunderbird_shows,
    thunderbird_shows_with, zlint,
};
pub use sandbox::{Run, Sandbox};
pub use server::{Server, with_responder};
pub use small_disk::SmallDisk;
