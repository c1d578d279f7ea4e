//! Issuance from the shipped policies to certificates that OpenSSL accepts, and what happens when a step fails.

mod failures;
mod lifecycle;
mod openssl;
mod shape;
mod support;
