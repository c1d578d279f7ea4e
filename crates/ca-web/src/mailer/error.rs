use super::Server;

/// Why a message was not handed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// An address that cannot stand in the envelope.
    #[error("{address} cannot be written to by this program")]
    Address {
        /// The address.
        address: String,
    },
    /// The server cannot be reached, or went away.
    #[error("{server} cannot be spoken with: {reason}")]
    Connection {
        /// The server.
        server: String,
        /// What went wrong.
        reason: String,
    },
    /// There is nobody it is for.
    #[error("the message is for nobody")]
    NoRecipient,
    /// The server said no.
    #[error("{server} answered {code}: {answer}")]
    Refused {
        /// The server.
        server: String,
        /// The reply code (RFC 5321, 4.2).
        code: u16,
        /// What it said.
        answer: String,
        /// Whether the same may be taken later (4yz).
        transient: bool,
    },
    /// A certificate by which the server may prove itself cannot be used.
    #[error("the certificates that mail servers are recognised by cannot be used: {reason}")]
    Roots {
        /// Why.
        reason: String,
    },
    /// The server does not prove who it is, or cannot do TLS.
    #[error("no protected connection to {server}: {reason}")]
    Tls {
        /// The server.
        server: String,
        /// What went wrong.
        reason: String,
    },
    /// A password would travel in the open.
    #[error("the password for {server} would travel without encryption")]
    Unprotected {
        /// The server.
        server: String,
    },
}

impl MailError {
    /// Says what to do about it.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Refused { code, transient, .. } => Some(match code {
                421 | 450 | 451 => {
                    "the server is busy or defers mail from strangers: try again in some minutes"
                }
                452 => "the server is out of room: try again later",
                454 | 530 => {
                    "the server wants a name and password: give them with --user and --password-file"
                }
                432 | 534 | 538 => {
                    "the server wants another way of signing in; ask its operator for an app password"
                }
                535 => "the name or the password is wrong; some servers want an app password",
                501 | 553 => "the server does not take this sender or recipient: look at --from and --to",
                550 | 551 => {
                    "the server does not know a recipient, or does not take mail from here: look at --from, --to and --user"
                }
                552 => "the message is too long for the server, or the mailbox is full",
                554 => "the server refuses the message or the sender; its answer says why",
                _ if *transient => "try again later",
                _ => "look at --from, --to and --user; the server's answer says more",
            }),
            Self::Connection { .. } => {
                Some("look at the name and port of the server, and at the network between")
            }
            Self::Tls { .. } => Some(
                "for a server with a certificate of its own name its root with --smtp-ca FILE; smtps:// is TLS from the beginning, smtp:// is STARTTLS",
            ),
            Self::Unprotected { .. } => Some("use smtps://, or leave --starttls at required"),
            _ => None,
        }
    }
}

/// Says in our words what the library reports.
pub(super) fn explain(server: &Server, error: &lettre::transport::smtp::Error) -> MailError {
    let server = server.to_string();
    let reason = chain(error);
    if let Some(code) = error.status() {
        let answer: String = std::error::Error::source(error)
            .map_or(reason, ToString::to_string)
            .chars()
            .filter(|c| !c.is_control())
            .take(500)
            .collect();
        return MailError::Refused {
            server,
            code: code.to_string().parse().unwrap_or(0),
            answer,
            transient: error.is_transient(),
        };
    }
    if error.is_tls() || reason.contains("TLS") || reason.contains("certificate") {
        return MailError::Tls { server, reason };
    }
    MailError::Connection { server, reason }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let further = error.to_string();
        if !text.contains(&further) {
            text.push_str(": ");
            text.push_str(&further);
        }
        next = error.source();
    }
    text.chars().filter(|c| !c.is_control()).take(500).collect()
}
