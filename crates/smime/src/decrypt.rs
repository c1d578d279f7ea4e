//! Decrypting.

use std::io::{self, Read};

use const_oid::ObjectIdentifier;
use identity::identity::Identity;
use identity::{ContentCipher, ContentKey};

use crate::cms::key_management::{self, Opened};
use crate::cms::recipient::RecipientInfo;
use crate::cms::stream::BerStream;
use crate::cms::stream::enveloped::Envelope;
use crate::cms::{self, CmsError, oids};
use crate::mime::{Message, MimeError};
use crate::openpgp::is_open_pgp;
use crate::protected::ProtectedHeaders;
use crate::report::shorten;
use crate::source::streamed::{Entity, Streamed};
use crate::stream::StreamError;
use crate::{Held, Limits, Spool};

mod content;
mod entity;

use content::ContentError;
use entity::EntityWriter;

/// How to decrypt.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DecryptOptions {
    /// Admits content ciphers that are broken (3DES, RC2, DES).
    pub legacy: bool,
    /// Bounds on the input.
    pub limits: Limits,
}

/// What is known of a message that was decrypted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecryptReport {
    /// The content cipher.
    pub cipher: ContentCipher,
    /// Which of the identities opened it.
    pub identity: usize,
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
    /// None of the identities is a recipient.
    #[error("none of the given identities can open this message; it is for {}", recipients.join("; "))]
    NoMatchingRecipient {
        /// Issuer and serial number, or key identifier, of each recipient.
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
    /// A content cipher that is not known.
    #[error("the content cipher {oid} is unknown")]
    UnknownCipher {
        /// Its object identifier.
        oid: ObjectIdentifier,
    },
}

/// Decrypts `input` with whichever of `identities` it is for; the content waits in `spool` until all of it is sound.
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
    if content_type != oids::ENVELOPED_DATA && content_type != oids::AUTH_ENVELOPED_DATA {
        return Err(DecryptError::NotEncrypted {
            found: cms::content_type_name(content_type),
        });
    }
    let envelope = Envelope::read(&mut stream, content_type).map_err(failed)?;
    let cipher = envelope.cipher().ok_or(DecryptError::UnknownCipher {
        oid: envelope.algorithm.oid,
    })?;
    if cipher.is_weak() && !options.legacy {
        return Err(DecryptError::LegacyCipher { cipher });
    }
    let keys = keys(&envelope, cipher, identities)?;
    let mut output = EntityWriter::new(outer, &mut spool);
    let identity =
        content::decrypt(&envelope, cipher, stream, keys, &mut output).map_err(|error| match error {
            ContentError::Failed => DecryptError::DecryptionFailed,
            ContentError::Spool(error) => DecryptError::Io(error),
            ContentError::Stream(error) => failed(error),
        })?;
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
    let report = DecryptReport {
        cipher,
        identity,
        recipients: recipients(&envelope),
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
    let whole = entity.read_whole()?;
    let parts = Message::parse(&whole).multipart(limits).ok().flatten();
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

/// Opens the content key with every identity that is a recipient; each key comes with the identity's index.
///
/// An RSA key that does not fit gives a random content key (RFC 3218): only the content tells.
fn keys(
    envelope: &Envelope,
    cipher: ContentCipher,
    identities: &[Identity],
) -> Result<Vec<(usize, ContentKey)>, DecryptError> {
    let mut keys: Vec<(usize, ContentKey)> = Vec::new();
    let mut attempts = 0_usize;
    'attempts: for (index, identity) in identities.iter().enumerate() {
        for info in &envelope.recipients {
            if attempts >= MAX_ATTEMPTS {
                break 'attempts;
            }
            let Some(opened) = key_management::open(info, identity, cipher.key_len()) else {
                continue;
            };
            attempts += 1;
            if let Opened::Key(key) = opened {
                let key = ContentKey::from_bytes(key);
                if keys.iter().all(|(_, known)| known.as_bytes() != key.as_bytes()) {
                    keys.push((index, key));
                }
            }
        }
    }
    if attempts == 0 {
        return Err(DecryptError::NoMatchingRecipient {
            recipients: recipients(envelope),
        });
    }
    Ok(keys)
}

fn recipients(enveloped: &Envelope) -> Vec<String> {
    let mut names: Vec<_> = enveloped
        .recipients
        .iter()
        .flat_map(|r| r.recipients())
        .take(MOST_NAMED)
        .map(|id| shorten(&id.to_string()))
        .collect();
    let all: usize = enveloped.recipients.iter().map(|r| r.recipients().len()).sum();
    if all > names.len() {
        names.push(format!("{} more", all - names.len()));
    }
    let others = enveloped
        .recipients
        .iter()
        .filter(|r| matches!(r, RecipientInfo::Other))
        .count();
    if others > 0 {
        names.push(format!("{others} of another kind (a password, for one)"));
    }
    names
}

/// How many recipients are named.
const MOST_NAMED: usize = 100;

/// How many private key operations one message may cause: it could name the same recipient a thousand times.
const MAX_ATTEMPTS: usize = 16;
