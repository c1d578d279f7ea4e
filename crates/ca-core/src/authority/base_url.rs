//! Where an authority publishes.

use std::fmt;
use std::str::FromStr;

/// The address under which CRLs, CA certificates and, if any, the OCSP responder are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

/// A text that cannot be a base URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("\"{given}\" cannot be the base URL: {reason}; give for example http://pki.example.org")]
pub struct BaseUrlError {
    /// The beginning of what was given.
    pub given: String,
    /// What is wrong.
    pub reason: &'static str,
}

impl BaseUrl {
    /// Returns the address of an authority's CRL.
    pub fn crl(&self, authority_id: &str) -> String {
        format!("{}/crl/{authority_id}.crl", self.0)
    }

    /// Returns the address of an authority's delta CRL.
    pub fn delta_crl(&self, authority_id: &str) -> String {
        format!("{}/crl/{authority_id}.delta.crl", self.0)
    }

    /// Returns the address of an authority's certificate.
    pub fn ca_certificate(&self, authority_id: &str) -> String {
        format!("{}/ca/{authority_id}.crt", self.0)
    }

    /// Returns the address of the OCSP responder.
    pub fn ocsp(&self) -> String {
        format!("{}/ocsp", self.0)
    }

    /// Returns the URL without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let refuse = |reason| {
            Err(BaseUrlError {
                given: text.chars().take(128).collect(),
                reason,
            })
        };
        // CRLs and certificates are signed themselves; over https, fetching them could need them first.
        let rest = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"));
        let Some(rest) = rest.map(|rest| rest.trim_end_matches('/')) else {
            return refuse("it begins with neither http:// nor https://");
        };
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        if host.is_empty() {
            return refuse("it names no host");
        }
        if text.len() > LONGEST {
            return refuse("it is longer than 512 bytes");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("it holds blanks, control characters or characters outside ASCII");
        }
        if text.contains(['?', '#', '@', '"', '<', '>', '\\']) {
            return refuse("it holds a query, a fragment, a user name or a quote");
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const LONGEST: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_addresses() {
        let base: BaseUrl = "http://pki.example.org:8080/ca/".parse().unwrap();
        assert_eq!(
            base.crl("root-0a"),
            "http://pki.example.org:8080/ca/crl/root-0a.crl"
        );
        assert_eq!(
            base.ca_certificate("root-0a"),
            "http://pki.example.org:8080/ca/ca/root-0a.crt"
        );
        assert_eq!(base.ocsp(), "http://pki.example.org:8080/ca/ocsp");
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "pki.example.org",
            "ftp://a",
            "http://",
            "http:///x",
            "http://a b",
            "http://ä",
            "http://a\n",
        ] {
            assert!(text.parse::<BaseUrl>().is_err(), "{text:?}");
        }
        assert!(
            format!("http://{}", "a".repeat(10_000_000))
                .parse::<BaseUrl>()
                .unwrap_err()
                .to_string()
                .len()
                < 512
        );
    }
}
