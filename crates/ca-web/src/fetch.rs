//! Fetching small things from strangers' servers: little data, little time, and no way into the reader's own network.
//!
//! The addresses stand in certificates, so whoever is certified chooses them. Only plain HTTP is spoken: what is
//! fetched is signed, and a TLS connection would need certificates checked to check certificates (RFC 5280, 8). A
//! proxy in the environment is not used.

use std::net::IpAddr;
use std::time::Duration;

use ureq::Agent;
use ureq::unversioned::transport::DefaultConnector;

mod public;
mod resolve;

pub use public::is_public;

/// Bounds on what a stranger's server can make this program do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchLimits {
    /// How long one fetch may take, from looking up the name to the last octet.
    pub total_time: Duration,
    /// How many redirects are followed.
    pub redirects: u32,
    /// Admits addresses in private networks and this machine itself.
    pub private_addresses: bool,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            total_time: Duration::from_secs(10),
            redirects: 3,
            private_addresses: false,
        }
    }
}

/// Why something could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The connection failed, or what came over it is no HTTP.
    #[error("the connection failed: {reason}")]
    Connection {
        /// What the system or the protocol says.
        reason: String,
    },
    /// The server's name has no address.
    #[error("the name {host} has no address")]
    HostNotFound {
        /// The name.
        host: String,
    },
    /// The server is in a private network, or is this machine.
    #[error("{host} has the private address {address}: admit such servers with --allow-private-addresses")]
    PrivateAddress {
        /// The server's name.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// The server answered with an error.
    #[error("the server answered with status {code}")]
    Status {
        /// The HTTP status code.
        code: u16,
    },
    /// It took too long.
    #[error("no answer within {} s", limit.as_secs())]
    TooSlow {
        /// How long was waited.
        limit: Duration,
    },
    /// What came is too long.
    #[error("the answer is longer than {limit} octets")]
    TooLong {
        /// How much is read.
        limit: usize,
    },
    /// The server sent this program on too often.
    #[error("more than {limit} redirects")]
    TooManyRedirects {
        /// How many are followed.
        limit: u32,
    },
    /// The address is not one of plain HTTP.
    #[error("only http:// addresses are fetched from")]
    UnsupportedScheme,
}

/// A client for HTTP with limits.
#[derive(Clone, Debug)]
pub struct Fetcher {
    agent: Agent,
    limits: FetchLimits,
}

impl Fetcher {
    /// Makes a client; nothing is connected yet.
    pub fn new(limits: FetchLimits) -> Self {
        let config = Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(limits.total_time))
            .max_redirects(limits.redirects)
            .max_response_header_size(16 << 10)
            .max_idle_connections(0)
            .user_agent(concat!("cachet/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = resolve::Guarded::new(limits.private_addresses);
        Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), resolver),
            limits,
        }
    }

    /// Fetches what is at `url`, up to `longest` octets.
    ///
    /// # Errors
    /// [`FetchError`] if it could not be had within the limits.
    pub fn get(&self, url: &str, longest: usize) -> Result<Vec<u8>, FetchError> {
        check_scheme(url)?;
        let answer = self.agent.get(url).call();
        self.body(answer, longest)
    }

    /// Sends `body` to `url` and returns what comes back, up to `longest` octets.
    ///
    /// # Errors
    /// [`FetchError`] if it could not be had within the limits.
    pub fn post(
        &self,
        url: &str,
        content_type: &str,
        body: &[u8],
        longest: usize,
    ) -> Result<Vec<u8>, FetchError> {
        check_scheme(url)?;
        let answer = self.agent.post(url).content_type(content_type).send(body);
        self.body(answer, longest)
    }

    fn body(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
        longest: usize,
    ) -> Result<Vec<u8>, FetchError> {
        answer
            .and_then(|mut answer| {
                let limit = u64::try_from(longest).unwrap_or(u64::MAX);
                answer.body_mut().with_config().limit(limit).read_to_vec()
            })
            .map_err(|error| self.explain(error, longest))
    }

    fn explain(&self, error: ureq::Error, longest: usize) -> FetchError {
        match error {
            ureq::Error::StatusCode(code) => FetchError::Status { code },
            ureq::Error::Timeout(_) => FetchError::TooSlow {
                limit: self.limits.total_time,
            },
            ureq::Error::BodyExceedsLimit(_) => FetchError::TooLong { limit: longest },
            ureq::Error::TooManyRedirects => FetchError::TooManyRedirects {
                limit: self.limits.redirects,
            },
            ureq::Error::TlsRequired => FetchError::UnsupportedScheme,
            // What the resolver has to say.
            ureq::Error::Other(error) => match error.downcast::<FetchError>() {
                Ok(error) => *error,
                Err(error) => FetchError::Connection {
                    reason: error.to_string(),
                },
            },
            other => FetchError::Connection {
                reason: other.to_string(),
            },
        }
    }
}

fn check_scheme(url: &str) -> Result<(), FetchError> {
    match url.split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") => Ok(()),
        _ => Err(FetchError::UnsupportedScheme),
    }
}
