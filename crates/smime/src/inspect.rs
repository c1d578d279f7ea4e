//! Looking at a message without any key: its MIME tree, and what its signatures and envelopes are made of.
//!
//! Nothing is judged here: who signed is what the message claims. [`crate::verify()`] tells whether it is true.

use std::io::{self, Read};

use crate::Limits;
use crate::cms::CmsError;
use crate::mime::MimeError;
use crate::stream::StreamError;

mod algorithm;
mod cms;
mod deflated;
mod recipient;
mod signer;
mod structure;
mod tree;

pub use structure::{
    CmsStructure, CompressedStructure, CrlStructure, EnvelopedStructure, RecipientKind, RecipientStructure,
    SignedStructure, SignerStructure,
};

/// What a message is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MessageStructure {
    /// The header fields that people read (From, To, Subject …), decoded and escaped, in their order.
    pub headers: Vec<(String, String)>,
    /// The outermost entity; CMS on its own is shown as one of type `application/pkcs7-mime`.
    pub root: Entity,
}

/// One MIME entity.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Entity {
    /// The media type ("multipart/signed"), escaped.
    pub content_type: String,
    /// Whether the entity names its media type itself; if not, `text/plain` is meant (RFC 2045 5.2).
    pub names_its_type: bool,
    /// The parameters of the media type, escaped.
    pub parameters: Vec<(String, String)>,
    /// The transfer encoding ("base64"), as named by the entity.
    pub encoding: String,
    /// How many octets stand before the entity: in the message or, inside a CMS structure, in its content.
    pub offset: u64,
    /// The length of the entity as it stands in the message, header included, in octets.
    pub size: u64,
    /// The length of its header, with the empty line that ends it, in octets.
    pub header_size: u64,
    /// The file name, from Content-Disposition or the media type, escaped.
    pub file_name: Option<String>,
    /// Whether these very octets are covered by a signature (sound or not).
    pub signed: bool,
    /// The parts of a multipart or the message in a `message/rfc822`.
    pub parts: Vec<Entity>,
    /// The CMS structure that the entity holds.
    pub cms: Option<CmsStructure>,
    /// Why the entity could not be looked into, where that is so.
    pub problem: Option<String>,
}

/// Why a message could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The CMS structure cannot be read.
    #[error("the CMS structure cannot be read: {0}")]
    Cms(#[from] CmsError),
    /// Reading the message failed.
    #[error("the message could not be read: {0}")]
    Io(#[source] io::Error),
    /// The header of the message cannot be read.
    #[error("the message cannot be read: {0}")]
    Mime(#[from] MimeError),
    /// There is neither a header nor CMS.
    #[error(
        "this is no message: it opens neither with a header field such as `From:` nor with a CMS structure"
    )]
    NoMessage,
    /// The message is longer than the limits allow.
    #[error("the message has more than {limit} octets")]
    TooLong {
        /// The limit in octets.
        limit: u64,
    },
}

impl InspectError {
    fn from_stream(error: StreamError, limits: &Limits) -> Self {
        match error {
            StreamError::Cms(error) => Self::Cms(error),
            StreamError::Io(error) => Self::Io(error),
            StreamError::Mime(error) => Self::Mime(error),
            StreamError::TooLong => Self::TooLong {
                limit: limits.max_input,
            },
        }
    }
}

/// Takes a message apart (MIME, or CMS on its own in PEM, DER or BER).
///
/// The message is read once, from its beginning to its end, and its contents are not kept: memory does not grow with
/// their length. Compressed contents are inflated as far as `limits` allow and looked into.
///
/// # Errors
/// [`InspectError`]; parts that cannot be read say so in [`Entity::problem`] instead.
///
/// # Example
/// ```
/// let mail = b"From: a@example.org\r\nContent-Type: text/plain\r\n\r\nHello\r\n";
/// let structure = smime::inspect::inspect(&mail[..], &smime::Limits::default())?;
/// assert_eq!(structure.root.content_type, "text/plain");
/// assert!(!structure.root.signed);
/// # Ok::<(), smime::inspect::InspectError>(())
/// ```
pub fn inspect(input: impl Read, limits: &Limits) -> Result<MessageStructure, InspectError> {
    let mut input = input;
    tree::message(&mut input, limits)
}
