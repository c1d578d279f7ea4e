//! What the store promises, seen from outside.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]
#![expect(clippy::unwrap_used, reason = "a test ends where its expectation does")]

mod contacts;
mod directory;
mod kill;
mod ledger;
mod staging;
mod support;
mod together;
mod trust;
