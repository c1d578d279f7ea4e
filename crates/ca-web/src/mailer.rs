//! Outgoing mail: a message is handed to a mail server (RFC 5321), or it is said why not.

mod error;
mod outgoing;
mod server;

use std::time::Duration;

use identity::Passphrase;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, SmtpTransport, Transport};

pub use error::MailError;
pub use outgoing::{Outgoing, OutgoingError};
pub use server::{Security, Server, ServerError};

/// What proves to a mail server who sends.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Passphrase,
}

/// A mail server that messages are handed to.
pub struct Mailer {
    server: Server,
    transport: SmtpTransport,
}

impl Mailer {
    /// Prepares to speak with a server; nothing is sent yet.
    ///
    /// `roots` are further certificates (PEM) by which the server may prove who it is, besides those that the system
    /// trusts.
    ///
    /// # Errors
    /// [`MailError::Unprotected`] for a password that would travel unencrypted to another machine,
    /// [`MailError::Roots`].
    pub fn new(server: Server, login: Option<&Login>, roots: &[Vec<u8>]) -> Result<Self, MailError> {
        if login.is_some() && server.security() != Security::Tls && !server.is_local() {
            // STARTTLS is demanded where it is not implied, so that nobody on the way can talk the two out of it.
            if server.security() != Security::StartTls {
                return Err(MailError::Unprotected {
                    server: server.to_string(),
                });
            }
        }
        let tls = match server.security() {
            Security::None => Tls::None,
            security => {
                let parameters = parameters(&server, roots)?;
                match security {
                    Security::Tls => Tls::Wrapper(parameters),
                    Security::StartTls => Tls::Required(parameters),
                    _ => Tls::Opportunistic(parameters),
                }
            }
        };
        let mut builder = SmtpTransport::builder_dangerous(server.host())
            .port(server.port())
            .timeout(Some(PATIENCE))
            .tls(tls);
        if let Some(login) = login {
            let password = login.password.as_str().to_owned();
            builder = builder.credentials(Credentials::new(login.user.clone(), password));
        }
        Ok(Self {
            transport: builder.build(),
            server,
        })
    }

    /// Hands a message over; when this returns, the server is responsible for it.
    ///
    /// A server that refuses one of the recipients gets nothing for the others either.
    ///
    /// # Errors
    /// [`MailError`] with what the server said.
    pub fn send(&self, message: &Outgoing) -> Result<(), MailError> {
        let address = |text: &String| {
            text.parse::<Address>().map_err(|_| MailError::Address {
                address: text.clone(),
            })
        };
        let to = message.to().iter().map(address).collect::<Result<Vec<_>, _>>()?;
        let from = address(&message.from().to_owned())?;
        let envelope = Envelope::new(Some(from), to).map_err(|_| MailError::NoRecipient)?;
        // The library ends the last line itself; one that is ended already would be followed by an empty one.
        let octets = message.octets();
        let octets = octets.strip_suffix(b"\r\n").unwrap_or(octets);
        self.transport
            .send_raw(&envelope, octets)
            .map(drop)
            .map_err(|error| error::explain(&self.server, &error))
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailer({})", self.server)
    }
}

fn parameters(server: &Server, roots: &[Vec<u8>]) -> Result<TlsParameters, MailError> {
    let refused = |error: lettre::transport::smtp::Error| MailError::Roots {
        reason: error.to_string(),
    };
    let mut builder =
        TlsParameters::builder(server.host().to_owned()).certificate_store(CertificateStore::Default);
    for root in roots {
        builder = builder.add_root_certificate(Certificate::from_pem(root).map_err(refused)?);
    }
    builder.build_rustls().map_err(refused)
}

/// How long a server may keep silent.
const PATIENCE: Duration = Duration::from_secs(60);
