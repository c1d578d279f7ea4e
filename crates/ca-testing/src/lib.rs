//! For tests: a certificate authority in memory.
//!
//! [`TestCa`] makes identities for the tests of programs that sign, encrypt or check mail. It issues as the product does,
//! by a policy and through every lint, with the records in memory and no password worth guessing.
//!
//! Nothing here is for production: the crate reads the clock, keeps no record and panics at the first surprise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test stops at the first surprise"
)]

pub mod flawed;
mod test_ca;

pub use test_ca::{Issue, NotIssued, TEST_P12_ITERATIONS, TestCa};
