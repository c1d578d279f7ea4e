//! From text or a message to the entity that is signed or encrypted.

use chrono::{DateTime, Utc};
use identity::Mailbox;

/// What a message is to say about itself when the input is plain text; header fields to add or replace when it is a
/// message.
#[derive(Clone, Debug, Default)]
pub struct Compose {
    /// The From address; by default the first address of the identity.
    pub from: Option<Mailbox>,
    /// The To addresses.
    pub to: Vec<Mailbox>,
    /// The Subject.
    pub subject: Option<String>,
    /// The Date; by default the signing time.
    pub date: Option<DateTime<Utc>>,
    /// The Message-ID with its angle brackets; by default a random one.
    pub message_id: Option<String>,
    /// Takes the input for text even if it opens with header fields.
    pub force_text: bool,
}

/// Tells whether an input that begins with `head` is a message: header fields, From, Subject, Date or MIME-Version
/// among them, and then an empty line. Otherwise it is text.
pub fn is_message(_head: &[u8]) -> bool {
    todo!()
}
