//! Messages made and read here, judged by OpenSSL, NSS and GnuPG.
#![allow(clippy::disallowed_methods, reason = "the peers are programs that read files")]
#![allow(clippy::print_stderr, reason = "a skipped test says so loudly")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod corpus;
mod gpgsm;
mod large;
mod libraries;
mod nasty;
mod nss;
mod open;
mod openssl;
mod other_kinds;
mod own;
mod pki;
mod protected;
mod recipients;
mod robustness;
mod secrets;
mod streaming;
mod timing;
mod x25519;
