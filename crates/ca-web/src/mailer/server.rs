//! Which server, and how it is spoken with.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Security {
    /// Not at all.
    None,
    /// By STARTTLS (RFC 3207), without which nothing is sent.
    StartTls,
    /// By STARTTLS if the server offers it.
    StartTlsIfOffered,
    /// By TLS from the first octet (RFC 8314).
    Tls,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    host: String,
    port: u16,
    security: Security,
}

/// Why a text names no mail server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// It has parts that do not belong there.
    #[error(
        "the address of a mail server is smtp://HOST[:PORT] or smtps://HOST[:PORT], without anything else"
    )]
    Form,
    /// A name or password stands in it.
    #[error(
        "the address of the mail server holds a name or password, which others on this machine could read: give them with --user and --password-file"
    )]
    Secret,
    /// It names another protocol.
    #[error(
        "\"{scheme}\" is no protocol for handing over mail: write smtp://HOST (STARTTLS) or smtps://HOST (TLS)"
    )]
    Scheme {
        /// What it names.
        scheme: String,
    },
}

impl Server {
    /// Returns the name or number of the machine.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns how the connection is protected.
    pub fn security(&self) -> Security {
        self.security
    }

    /// Protects the connection otherwise; `smtps` stays TLS from the beginning.
    #[must_use]
    pub fn with_security(mut self, security: Security) -> Self {
        if self.security != Security::Tls {
            self.security = security;
        }
        self
    }

    /// Tells whether the server is this very machine, so that nobody stands in between.
    pub fn is_local(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self
                .host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for Server {
    type Err = ServerError;

    /// Reads `smtp://HOST[:PORT]` or `smtps://HOST[:PORT]`; by default the ports 587 (25 on this machine) and 465, and
    /// STARTTLS is demanded of other machines.
    fn from_str(text: &str) -> Result<Self, ServerError> {
        let (scheme, rest) = text.split_once("://").ok_or(ServerError::Form)?;
        let security = match scheme.to_ascii_lowercase().as_str() {
            "smtp" => Security::StartTls,
            "smtps" => Security::Tls,
            _ => {
                return Err(ServerError::Scheme {
                    scheme: scheme.chars().take(32).collect(),
                });
            }
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err(ServerError::Secret);
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or(ServerError::Form)?;
                (host, port.strip_prefix(':'))
            }
            None => match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        let sound = |c: char| c.is_ascii_alphanumeric() || ".-:_".contains(c);
        if host.is_empty() || host.len() > 253 || !host.chars().all(sound) {
            return Err(ServerError::Form);
        }
        let port = port
            .map(|port| port.parse::<u16>().map_err(|_| ServerError::Form))
            .transpose()?;
        let mut server = Self {
            host: host.to_owned(),
            port: 0,
            security,
        };
        if security == Security::StartTls && server.is_local() {
            server.security = Security::StartTlsIfOffered;
        }
        server.port = port.unwrap_or(match (security, server.is_local()) {
            (Security::Tls, _) => 465,
            (_, true) => 25,
            (_, false) => 587,
        });
        Ok(server)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read() {
        for (text, host, port, security) in [
            (
                "smtp://mail.example.org",
                "mail.example.org",
                587,
                Security::StartTls,
            ),
            (
                "smtps://mail.example.org/",
                "mail.example.org",
                465,
                Security::Tls,
            ),
            (
                "SMTP://mail.example.org:2525",
                "mail.example.org",
                2525,
                Security::StartTls,
            ),
            ("smtp://localhost", "localhost", 25, Security::StartTlsIfOffered),
            ("smtp://[::1]:26", "::1", 26, Security::StartTlsIfOffered),
            (
                "smtp://127.0.0.1:1025",
                "127.0.0.1",
                1025,
                Security::StartTlsIfOffered,
            ),
        ] {
            let server: Server = text.parse().unwrap();
            assert_eq!(
                (server.host(), server.port(), server.security()),
                (host, port, security),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_name_no_server() {
        for text in [
            "mail.example.org",
            "smtp://",
            "smtp://a b",
            "smtp://a:99999",
            "smtp://a/b",
            "smtp://[::1",
        ] {
            assert_eq!(text.parse::<Server>(), Err(ServerError::Form), "{text}");
        }
        assert_eq!("smtp://u:p@host".parse::<Server>(), Err(ServerError::Secret));
        assert!(matches!(
            "http://host".parse::<Server>(),
            Err(ServerError::Scheme { .. })
        ));
    }
}
