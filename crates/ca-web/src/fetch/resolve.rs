//! From a server's name to addresses that may be connected to. The client connects to these very addresses: a name that
//! means something else a moment later changes nothing.

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::{FetchError, is_public};

/// Gives public addresses only, unless all are admitted; asked anew for each redirect.
#[derive(Debug)]
pub(super) struct Guarded {
    private_addresses: bool,
    inner: DefaultResolver,
}

impl Guarded {
    pub(super) fn new(private_addresses: bool) -> Self {
        Self {
            private_addresses,
            inner: DefaultResolver::default(),
        }
    }
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let refuse = |error: FetchError| Error::Other(Box::new(error));
        if uri.scheme_str() != Some("http") {
            return Err(refuse(FetchError::UnsupportedScheme));
        }
        let host = uri.host().unwrap_or_default();
        let found = match self.inner.resolve(uri, config, timeout) {
            Err(Error::HostNotFound | Error::Io(_)) => {
                return Err(refuse(FetchError::HostNotFound {
                    host: host.to_owned(),
                }));
            }
            other => other?,
        };
        let mut admitted = self.empty();
        for address in found.iter() {
            if self.private_addresses || is_public(address.ip()) {
                admitted.push(*address);
            }
        }
        match found.iter().next() {
            Some(first) if admitted.is_empty() => Err(refuse(FetchError::PrivateAddress {
                host: host.to_owned(),
                address: first.ip(),
            })),
            _ => Ok(admitted),
        }
    }
}
