//! CMS structures as they are shown.

use chrono::{DateTime, Utc};
use identity::Certificate;

use super::Entity;

/// A CMS structure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CmsStructure {
    /// CompressedData.
    Compressed(CompressedStructure),
    /// EnvelopedData, AuthEnvelopedData or EncryptedData.
    Enveloped(EnvelopedStructure),
    /// A content type that is not looked into, by name or object identifier.
    Other(String),
    /// SignedData.
    Signed(SignedStructure),
}

impl CmsStructure {
    /// Returns the stable name of the kind: `signed-data`, `enveloped-data`, `authenticated-enveloped-data`,
    /// `encrypted-data`, `compressed-data` or another type's name.
    pub fn kind(&self) -> &str {
        match self {
            Self::Compressed(_) => "compressed-data",
            Self::Enveloped(enveloped) if enveloped.authenticated => "authenticated-enveloped-data",
            Self::Enveloped(enveloped) if enveloped.shared_key => "encrypted-data",
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
    /// The signed content, taken for a MIME entity; `None` if it stands elsewhere (detached) or there is none.
    pub content: Option<Box<Entity>>,
    /// The digest algorithms announced in front, by name or object identifier.
    pub digests: Vec<String>,
    /// The signers; none in a message that only carries certificates.
    pub signers: Vec<SignerStructure>,
    /// How many signers are not shown, there being too many.
    pub more_signers: usize,
    /// The certificates sent along.
    pub certificates: Vec<Certificate>,
    /// How many certificates could not be read, are of another kind, or are too many to be shown.
    pub other_certificates: usize,
    /// The revocation lists sent along.
    pub crls: Vec<CrlStructure>,
    /// How many revocation lists could not be read or are too many to be shown.
    pub other_crls: usize,
}

/// A certificate revocation list (RFC 5280 5) that a message carries.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CrlStructure {
    /// The issuer's name.
    pub issuer: String,
    /// When it was made.
    pub this_update: DateTime<Utc>,
    /// When the next one is due.
    pub next_update: Option<DateTime<Utc>>,
    /// How many certificates it revokes.
    pub entries: usize,
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
    /// The length of the signature in octets.
    pub signature_size: usize,
    /// Whether the digest is too weak to rely on.
    pub weak: bool,
    /// The digest of the content as the signed attributes have it.
    pub message_digest: Option<Vec<u8>>,
    /// The time the signer claims.
    pub signing_time: Option<DateTime<Utc>>,
    /// Whether the signed attribute signingCertificate or its V2 (RFC 5035) names the certificate found; `None` if
    /// there is no such attribute, or no certificate to compare it with.
    pub certificate_bound: Option<bool>,
    /// The certificate that answers are to be encrypted to (RFC 8551 2.5.3); escaped.
    pub key_preference: Option<String>,
    /// The signed attributes by name or object identifier; empty if there are none.
    pub signed_attributes: Vec<String>,
    /// The unsigned attributes by name or object identifier.
    pub unsigned_attributes: Vec<String>,
    /// The algorithms that the signer says he reads, by name or object identifier, in his order.
    pub capabilities: Vec<String>,
    /// Who signed this signature (RFC 5652 11.4).
    pub countersigners: Vec<SignerStructure>,
}

/// An EnvelopedData (RFC 5652 6), AuthEnvelopedData (RFC 5083) or EncryptedData (RFC 5652 8).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EnvelopedStructure {
    /// Whether changes to the content are noticed (AuthEnvelopedData).
    pub authenticated: bool,
    /// Whether the content key is shared already and the message names no recipient (EncryptedData).
    pub shared_key: bool,
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
    /// How many recipients are not shown, there being too many.
    pub more_recipients: usize,
}

/// One recipient of an envelope.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecipientStructure {
    /// What the recipient needs in order to open the envelope.
    pub kind: RecipientKind,
    /// How the recipient's certificate or key is named; escaped, empty for a recipient that has none.
    pub identifier: String,
    /// How the content key reaches the recipient, with its algorithms.
    pub key_management: String,
    /// The sender's key of a key agreement: "ephemeral P-256 key", or how his certificate is named.
    pub originator: Option<String>,
}

/// The kinds of RecipientInfo (RFC 5652 6.2, RFC 9629).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipientKind {
    /// KeyTransRecipientInfo: an RSA key.
    KeyTransport,
    /// KeyAgreeRecipientInfo: a Diffie-Hellman key.
    KeyAgreement,
    /// KEKRecipientInfo: a secret key distributed beforehand.
    KeyEncryptionKey,
    /// PasswordRecipientInfo.
    Password,
    /// KEMRecipientInfo: a key of a key encapsulation mechanism.
    KeyEncapsulation,
    /// Another kind.
    Other,
}

impl RecipientKind {
    /// Returns the stable name: `key-transport`, `key-agreement`, `key-encryption-key`, `password`,
    /// `key-encapsulation` or `other`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyTransport => "key-transport",
            Self::KeyAgreement => "key-agreement",
            Self::KeyEncryptionKey => "key-encryption-key",
            Self::Password => "password",
            Self::KeyEncapsulation => "key-encapsulation",
            Self::Other => "other",
        }
    }
}

/// A CompressedData (RFC 3274).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompressedStructure {
    /// The compression, by name or object identifier.
    pub algorithm: String,
    /// What is inside, inflated; `None` if it could not be.
    pub content: Option<Box<Entity>>,
}
