//! Path validation against public collections of verdicts.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads its corpus, tells how far it got, and stops at the first surprise"
)]

mod limbo;
#[path = "../../../../tests/judges/limbo.rs"]
mod limbo_judge;
mod pkits;
mod rfc9216;
