//! What we write is read by OpenSSL, NSS, gpgsm and keytool, and theirs by us, for each key type that the peer knows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test stops at the first surprise, and what is skipped is announced"
)]

mod authority;
mod chains;
mod clients;
mod containers;
mod fixtures;
mod foreign_identity;
mod from_peers;
mod lab;
mod linters;
mod matrix;
mod revocation;
mod thunderbird;
mod to_peers;
mod verdicts;
