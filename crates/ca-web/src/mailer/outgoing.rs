//! A message as it is handed over.

use smime::mime::{Header, canonicalize};
use zeroize::Zeroizing;

/// A message with those it is for.
pub struct Outgoing {
    from: String,
    to: Vec<String>,
    octets: Zeroizing<Vec<u8>>,
}

/// Why a text cannot be handed over as a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutgoingError {
    /// An address that mail cannot be sent to or from.
    #[error("the {field} \"{address}\" is not an address")]
    Address {
        /// The header field, or `recipient` or `sender`.
        field: &'static str,
        /// What stands there.
        address: String,
    },
    /// There is no From.
    #[error("the message says not who it is from: name the sender with --from")]
    NoSender,
    /// There is nobody it is for.
    #[error("the message names nobody in To, Cc or Bcc: name the recipients with --to")]
    NoRecipient,
    /// There is no header.
    #[error("this is no message: it does not begin with header fields and an empty line")]
    NotMessage,
    /// Too many recipients.
    #[error("the message has {count} recipients, more than {maximum}: send it in parts")]
    TooMany {
        /// How many.
        count: usize,
        /// The most.
        maximum: usize,
    },
}

impl Outgoing {
    /// Prepares a message (RFC 5322). It goes from `from`, or the address in Sender or From; to `to`, or all in To, Cc and
    /// Bcc. Bcc is not sent along (RFC 5322, 3.6.3); lines end in CRLF.
    ///
    /// # Errors
    /// [`OutgoingError`].
    pub fn new(message: &[u8], from: Option<&str>, to: &[String]) -> Result<Self, OutgoingError> {
        let message = Zeroizing::new(canonicalize(message).to_vec());
        if !smime::is_message(message.get(..HEADER.min(message.len())).unwrap_or_default()) {
            return Err(OutgoingError::NotMessage);
        }
        let (header, body) = Header::split(&message);
        let sender = match from {
            Some(from) => Some(from.to_owned()),
            None => ["Sender", "From"]
                .into_iter()
                .find_map(|name| header.addresses(name).into_iter().next()),
        };
        let from = sound("sender", &sender.ok_or(OutgoingError::NoSender)?)?;
        let mut recipients: Vec<String> = Vec::new();
        let named = to.iter().cloned().map(|one| ("recipient", one));
        let listed = ["To", "Cc", "Bcc"]
            .into_iter()
            .flat_map(|name| header.addresses(name).into_iter().map(move |one| (name, one)))
            .filter(|_| to.is_empty());
        for (field, address) in named.chain(listed) {
            let address = sound(field, &address)?;
            if !recipients.contains(&address) {
                recipients.push(address);
            }
        }
        if recipients.is_empty() {
            return Err(OutgoingError::NoRecipient);
        }
        if recipients.len() > MOST_RECIPIENTS {
            return Err(OutgoingError::TooMany {
                count: recipients.len(),
                maximum: MOST_RECIPIENTS,
            });
        }
        let mut octets = Zeroizing::new(Vec::with_capacity(message.len()));
        for field in header.fields() {
            if !field.is("Bcc") && !field.is("Resent-Bcc") {
                octets.extend_from_slice(field.raw());
            }
        }
        octets.extend_from_slice(b"\r\n");
        octets.extend_from_slice(body);
        Ok(Self {
            from,
            to: recipients,
            octets,
        })
    }

    /// Returns whom it is from, for the envelope.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// Returns whom it is for.
    pub fn to(&self) -> &[String] {
        &self.to
    }

    /// Returns what is sent.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({} octets, for {})", self.octets.len(), self.to.len())
    }
}

/// The ASCII form that every server takes.
fn sound(field: &'static str, address: &str) -> Result<String, OutgoingError> {
    identity::Mailbox::parse(address)
        .map(|mailbox| mailbox.canonical())
        .map_err(|_| OutgoingError::Address {
            field,
            address: address.chars().take(100).collect(),
        })
}

/// RFC 5321, 4.5.3.1.8: what every server takes.
const MOST_RECIPIENTS: usize = 100;
/// Where a header must have ended.
const HEADER: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcc_is_for_the_envelope_alone() {
        let text = b"From: A <a@example.org>\nTo: b@example.org,\n c@example.org\nBcc: secret@example.org\n  , b@example.org\nSubject: x\n\nBcc: in the body\n";
        let message = Outgoing::new(text, None, &[]).unwrap();
        assert_eq!(message.from(), "a@example.org");
        assert_eq!(
            message.to(),
            ["b@example.org", "c@example.org", "secret@example.org"]
        );
        assert_eq!(
            String::from_utf8_lossy(message.octets()),
            "From: A <a@example.org>\r\nTo: b@example.org,\r\n c@example.org\r\nSubject: x\r\n\r\nBcc: in the body\r\n"
        );
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let refused = |text: &[u8]| Outgoing::new(text, None, &[]).unwrap_err();
        assert_eq!(refused(b"Hello\n"), OutgoingError::NotMessage);
        assert_eq!(
            refused(b"To: b@example.org\nSubject: x\n\n"),
            OutgoingError::NoSender
        );
        assert_eq!(refused(b"From: b@example.org\n\n"), OutgoingError::NoRecipient);
        assert!(matches!(
            refused(b"From: b@example.org\nTo: nobody\n\n"),
            OutgoingError::Address { field: "To", .. }
        ));
    }
}
