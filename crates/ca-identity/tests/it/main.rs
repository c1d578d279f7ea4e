//! The identity crate judged by OpenSSL, and its decoders fed with damaged input.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops at the first surprise, a skipped one says so"
)]

mod certificates;
mod ciphers;
mod damage;
mod identities;
mod keys;
mod ocsp;
mod openssl;
mod pkcs12;
mod requests;
mod secrets;
mod signatures;
mod transport;
