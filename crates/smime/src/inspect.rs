//! Looking at a message without any key: its MIME tree, and what its signatures and envelopes are made of.
//!
//! Nothing is judged here: who signed is what the message claims. [`crate::verify()`] tells whether it is true.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use identity::{Certificate, ContentCipher, DigestAlgorithm};

use crate::Limits;
use crate::cms::CmsError;

mod algorithm;
mod cms;
mod tree;

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
    /// The parameters of the media type, escaped.
    pub parameters: Vec<(String, String)>,
    /// The transfer encoding ("base64"), as named by the entity.
    pub encoding: String,
    /// The length of the entity as it stands in the message, header included, in octets.
    pub size: u64,
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

/// A CMS structure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CmsStructure {
    /// EnvelopedData or AuthEnvelopedData.
    Enveloped(EnvelopedStructure),
    /// A content type that is not looked into, by name or object identifier.
    Other(String),
    /// SignedData.
    Signed(SignedStructure),
}

impl CmsStructure {
    /// Returns the stable name of the kind: `signed-data`, `enveloped-data`, `authenticated-enveloped-data` or
    /// another type's name.
    pub fn kind(&self) -> &str {
        match self {
            Self::Enveloped(enveloped) if enveloped.authenticated => "authenticated-enveloped-data",
            Self::Enveloped(_) => "enveloped-data",
            Self::Other(name) => name,
            Self::Signed(_) => "signed-data",
        }
    }
}

/// A SignedData (RFC 5652 5).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedStructure {
    /// The CMSVersion.
    pub version: u32,
    /// The name of the type of the content ("data").
    pub content_type: String,
    /// The signed content, taken for a MIME entity; `None` if it stands elsewhere (detached).
    pub content: Option<Box<Entity>>,
    /// The digest algorithms announced in front, by name or object identifier.
    pub digests: Vec<String>,
    /// The signers.
    pub signers: Vec<SignerStructure>,
    /// The certificates sent along.
    pub certificates: Vec<Certificate>,
    /// How many certificates could not be read, or are of another kind.
    pub other_certificates: usize,
    /// How many revocation lists are sent along.
    pub crls: usize,
}

/// One SignerInfo, as the message has it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignerStructure {
    /// The CMSVersion.
    pub version: u32,
    /// How the signer's certificate is named: issuer and serial number, or key identifier; escaped.
    pub identifier: String,
    /// The certificate it names, if it is sent along.
    pub certificate: Option<Certificate>,
    /// The digest algorithm, by name or object identifier.
    pub digest: String,
    /// The signature scheme, for people.
    pub signature: String,
    /// Whether the digest is too weak to rely on.
    pub weak: bool,
    /// The time the signer claims.
    pub signing_time: Option<DateTime<Utc>>,
    /// The signed attributes by name or object identifier; empty if there are none.
    pub signed_attributes: Vec<String>,
    /// The unsigned attributes by name or object identifier.
    pub unsigned_attributes: Vec<String>,
    /// The ciphers that the signer says he reads.
    pub capabilities: Vec<ContentCipher>,
}

/// An EnvelopedData (RFC 5652 6) or AuthEnvelopedData (RFC 5083).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EnvelopedStructure {
    /// Whether changes to the content are noticed (AuthEnvelopedData).
    pub authenticated: bool,
    /// The name of the type of what is inside.
    pub content_type: String,
    /// The content cipher, by name or object identifier.
    pub cipher: String,
    /// Whether the cipher is too weak to rely on.
    pub weak: bool,
    /// The length of the encrypted content in octets.
    pub size: u64,
    /// Whom it is for.
    pub recipients: Vec<RecipientStructure>,
}

/// One recipient of an envelope.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecipientStructure {
    /// How the recipient's certificate is named; escaped, empty for a recipient that has none.
    pub identifier: String,
    /// How the content key reaches the recipient.
    pub key_management: String,
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
    /// The message is longer than the limits allow.
    #[error("the message has more than {limit} octets")]
    TooLong {
        /// The limit in octets.
        limit: u64,
    },
}

/// Takes a message apart (MIME, or CMS on its own in PEM, DER or BER).
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
    let message = limits
        .read_all(input)
        .map_err(InspectError::Io)?
        .ok_or(InspectError::TooLong {
            limit: limits.max_input,
        })?;
    tree::message(&message, limits)
}

/// Names a digest for people.
fn digest_name(oid: &const_oid::ObjectIdentifier) -> String {
    DigestAlgorithm::from_oid(oid).map_or_else(|| oid.to_string(), |digest| digest.to_string())
}
