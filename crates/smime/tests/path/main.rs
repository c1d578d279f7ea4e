//! Path validation against public collections of verdicts.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads its corpus, tells how far it got, and stops at the first surprise"
)]

mod differential;
mod hostile;
mod limbo;
#[path = "../../../../tests/judges/limbo.rs"]
mod limbo_judge;
mod made;
mod names;
mod openssl;
mod pkits;
mod rfc8550;
mod rfc9216;
