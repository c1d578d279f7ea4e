//! What cachet does over HTTP: so far a bounded client that asks for the standing of certificates.
//!
//! Nothing here is done unless the caller asks for it, and what comes back is data to be judged by others.

pub mod fetch;
pub mod status;

pub use fetch::{FetchError, Fetcher};
pub use status::NetworkStatus;
