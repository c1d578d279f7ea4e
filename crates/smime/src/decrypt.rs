//! Decrypting.

use std::io::{self, Read};

use const_oid::ObjectIdentifier;
use identity::identity::Identity;
use identity::{ContentCipher, KeyKind, Passphrase};

use crate::cms::stream::BerStream;
use crate::cms::stream::enveloped::{Envelope, EnvelopeKind};
use crate::cms::{self, CmsError};
use crate::mime::{Message, MimeError};
use crate::open::LayerKind;
use crate::openpgp::is_open_pgp;
use crate::protected::ProtectedHeaders;
use crate::source::streamed::{Entity, Streamed};
use crate::stream::StreamError;
use crate::{Held, Limits, Spool};

mod content;
mod entity;
mod keys;

use content::ContentError;
use entity::EntityWriter;
pub use keys::{OpenedBy, SharedKey, SharedKeyLength};

/// How to decrypt.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DecryptOptions {
    /// Admits content ciphers that are broken (3DES, RC2, DES). An RSA key below 2048 bits is admitted when its identity is
    /// read.
    pub legacy: bool,
    /// Bounds on the input.
    pub limits: Limits,
    /// Passwords that the message may be for (RFC 5652 6.2.4).
    pub passwords: Vec<Passphrase>,
    /// Symmetric keys that the message may be for (RFC 5652 6.2.3), or be encrypted with (EncryptedData, RFC 5652 8).
    pub shared_keys: Vec<SharedKey>,
}

/// What is known of a message that was decrypted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecryptReport {
    /// What it is: [`LayerKind::AuthEnveloped`], [`LayerKind::Encrypted`] or [`LayerKind::Enveloped`].
    pub kind: LayerKind,
    /// The content cipher.
    pub cipher: ContentCipher,
    /// What opened it.
    pub opened_by: OpenedBy,
    /// Whom the message is for.
    pub recipients: Vec<String>,
    /// What is inside: `data`, as S/MIME has it, or another content type.
    pub content_type: String,
    /// Codes of what is to be known, such as `not-authenticated`.
    pub findings: Vec<&'static str>,
    /// The header fields inside the encryption (RFC 9788), when the message protects its header and is not signed as
    /// well (else verifying the content tells them).
    pub protected_headers: Option<ProtectedHeaders>,
}

/// Why nothing was decrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// The message could not be decrypted; nothing more is said, so that nobody can probe the key with it.
    #[error("the message could not be decrypted: it is damaged, or was made for another key")]
    DecryptionFailed,
    /// The input is longer than the limits allow.
    #[error("the input is longer than {limit} octets; raise the limit if it is meant to be")]
    InputTooLong {
        /// The limit in octets.
        limit: u64,
    },
    /// Reading or writing failed.
    #[error("reading the message or holding its content failed: {0}")]
    Io(#[from] io::Error),
    /// The content cipher is broken, and legacy ciphers were not admitted.
    #[error(
        "the message is encrypted with {cipher}, which protects nothing today; admit legacy ciphers to read it"
    )]
    LegacyCipher {
        /// The cipher.
        cipher: ContentCipher,
    },
    /// The CMS structure cannot be read.
    #[error("the encrypted message cannot be read: {0}")]
    Malformed(#[from] CmsError),
    /// The MIME structure cannot be read.
    #[error("the encrypted message cannot be read: {0}")]
    Mime(#[from] MimeError),
    /// Nothing that was given belongs to a recipient.
    #[error("nothing that was given can open this message; it is for {}", recipients.join("; "))]
    NoMatchingRecipient {
        /// Whom it is for: a certificate by issuer and serial number or key identifier, a password, a shared key.
        recipients: Vec<String>,
    },
    /// The message is not encrypted.
    #[error("the message is not encrypted: it is {found}")]
    NotEncrypted {
        /// What it is.
        found: String,
    },
    /// It is an OpenPGP message.
    #[error("this is OpenPGP (RFC 3156), not S/MIME: use an OpenPGP program such as gpg")]
    OpenPgp,
    /// The message asks for too much work before a password is known to be wrong.
    #[error(
        "the message asks for {iterations} rounds of key derivation for each password; \
         no more than {maximum} are made for one message"
    )]
    TooMuchWork {
        /// The rounds that it asks for.
        iterations: u32,
        /// The most that are made.
        maximum: u64,
    },
    /// A content cipher that is not known.
    #[error("the content cipher {oid} is unknown")]
    UnknownCipher {
        /// Its object identifier.
        oid: ObjectIdentifier,
    },
}

/// Decrypts `input` with whichever of `identities`, or of the passwords and keys in `options`, it is for; the content
/// waits in `spool` until all of it is sound.
///
/// The input is a message, or CMS on its own in DER, BER or PEM. The content is the inner MIME entity; the outer header
/// fields of a message are kept before its own but for Content-* and for those that the entity brings itself.
///
/// # Errors
/// See [`DecryptError`].
pub fn decrypt<S: Spool>(
    input: impl Read,
    identities: &[Identity],
    options: &DecryptOptions,
    mut spool: S,
) -> Result<Held<DecryptReport, S>, DecryptError> {
    let limits = &options.limits;
    let failed = |error| DecryptError::from_stream(error, limits);
    let (outer, cms) = match Streamed::detect(input, limits).map_err(failed)? {
        Streamed::Cms(cms) => (None, cms),
        Streamed::Mime(entity) => {
            let outer = entity.begin().header().clone();
            match entity.pkcs7_mime().map_err(failed)? {
                Ok(cms) => (Some(outer), cms),
                Err(other) if is_open_pgp(&other.content_type(), other.begin().body()) => {
                    return Err(DecryptError::OpenPgp);
                }
                Err(other) => {
                    return Err(DecryptError::NotEncrypted {
                        found: describe(other, limits).map_err(failed)?,
                    });
                }
            }
        }
    };
    let (mut stream, content_type) = BerStream::content_info(cms).map_err(failed)?;
    let kind = EnvelopeKind::of(content_type).ok_or_else(|| DecryptError::NotEncrypted {
        found: cms::content_type_name(content_type),
    })?;
    let envelope = Envelope::read(&mut stream, kind).map_err(failed)?;
    let cipher = envelope.cipher().ok_or(DecryptError::UnknownCipher {
        oid: envelope.algorithm.oid,
    })?;
    if cipher.is_weak() && !options.legacy {
        return Err(DecryptError::LegacyCipher { cipher });
    }
    let candidates = keys::candidates(&envelope, cipher, identities, options)?;
    let mut output = EntityWriter::new(outer, &mut spool);
    let opened_by = content::decrypt(&envelope, cipher, stream, candidates, &mut output).map_err(
        |error| match error {
            ContentError::Failed => DecryptError::DecryptionFailed,
            ContentError::Spool(error) => DecryptError::Io(error),
            ContentError::Stream(error) => failed(error),
        },
    )?;
    let (protected_headers, differences) = output.finish()?;

    let mut findings: Vec<&'static str> = differences.iter().map(|found| found.code.as_str()).collect();
    findings.sort_unstable();
    findings.dedup();
    if !cipher.is_authenticated() {
        findings.push("not-authenticated");
    }
    if cipher.is_weak() {
        findings.push("weak-cipher");
    }
    if matches!(opened_by, OpenedBy::Identity(index) if identities.get(index).is_some_and(has_short_key)) {
        findings.push("weak-key");
    }
    let report = DecryptReport {
        kind: match kind {
            EnvelopeKind::AuthEnveloped => LayerKind::AuthEnveloped,
            EnvelopeKind::Encrypted => LayerKind::Encrypted,
            EnvelopeKind::Enveloped => LayerKind::Enveloped,
        },
        cipher,
        opened_by,
        recipients: keys::recipients(&envelope, cipher),
        content_type: cms::content_type_name(envelope.content_type),
        findings,
        protected_headers,
    };
    Ok(Held::new(report, spool, true))
}

impl DecryptError {
    fn from_stream(error: StreamError, limits: &Limits) -> Self {
        match error {
            StreamError::Cms(error) => Self::Malformed(error),
            StreamError::Io(error) => Self::Io(error),
            StreamError::Mime(error) => Self::Mime(error),
            StreamError::TooLong => Self::InputTooLong {
                limit: limits.max_input,
            },
        }
    }
}

/// What a message is that is not encrypted as a whole.
///
/// An encrypted part among others is not opened: parts put around it could send its content away (EFAIL).
fn describe(entity: Entity<'_>, limits: &Limits) -> Result<String, StreamError> {
    let content_type = entity.content_type();
    if content_type.kind() != "multipart" {
        return Ok(content_type.to_string());
    }
    // The first parts will do: this is for people.
    let begin = entity.read_beginning(DESCRIBED)?;
    let parts = Message::parse(&begin).multipart(limits).ok().flatten();
    Ok(
        match parts.is_some_and(|m| m.parts().iter().any(|p| p.content_type().is_pkcs7_mime())) {
            true => {
                format!(
                    "{content_type} with an encrypted or signed part among others; such a part is not opened"
                )
            }
            false => content_type.to_string(),
        },
    )
}

fn has_short_key(identity: &Identity) -> bool {
    matches!(identity.key().public_key().kind(), KeyKind::Rsa { bits: ..2048 })
}

/// How much of the body of a message that is not encrypted is read to say what it is.
const DESCRIBED: u64 = 1 << 20;
