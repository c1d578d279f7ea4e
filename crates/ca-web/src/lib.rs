//! What cachet does over HTTP: a bounded client that asks for the standing of certificates, and a server that answers
//! such questions and hands out CRLs and the certificates of authorities.
//!
//! The client does nothing unless the caller asks for it, and what comes back is data to be judged by others. The server
//! is plain HTTP: everything that it says is signed (RFC 5280, 8).

pub mod fetch;
pub mod mailer;
pub mod ocsp;
pub mod publish;
pub mod server;
pub mod status;

pub use fetch::{FetchError, Fetcher};
pub use mailer::{MailError, Mailer, Outgoing};
pub use status::NetworkStatus;
