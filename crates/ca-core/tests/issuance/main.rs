//! Issuance from the shipped policies to certificates that OpenSSL accepts, and what happens when a step fails.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test binary, helpers included"
)]

mod archive;
mod bulk;
mod failures;
mod lifecycle;
mod nss;
mod openssl;
mod peer;
mod revocation;
mod shape;
mod support;
