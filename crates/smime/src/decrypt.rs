//! Decrypting.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use const_oid::ObjectIdentifier;
use identity::cipher::Decryptor;
use identity::identity::Identity;
use identity::{ContentCipher, ContentKey};
use zeroize::Zeroizing;

use crate::cms::enveloped::Enveloped;
use crate::cms::key_management::{self, Opened};
use crate::cms::recipient::RecipientInfo;
use crate::cms::{self, CmsError, oids};
use crate::compose::is_content_field;
use crate::mime::{Header, Message, MimeError};
use crate::report::shorten;
use crate::source::{Source, pkcs7_mime};
use crate::{Held, Limits, Spool};

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
    let input = limits.read_all(input)?.ok_or(DecryptError::InputTooLong {
        limit: limits.max_input,
    })?;
    let (outer, cms) = match Source::detect(&input) {
        Source::Cms(cms) => (None, cms),
        Source::Mime(message) => match pkcs7_mime(&message)? {
            Some(cms) => (Some(message.header().clone()), Cow::Owned(cms)),
            None => {
                return Err(DecryptError::NotEncrypted {
                    found: describe(&message, limits),
                });
            }
        },
    };
    let content_type = cms::content_type(&cms)?;
    if content_type != oids::ENVELOPED_DATA && content_type != oids::AUTH_ENVELOPED_DATA {
        return Err(DecryptError::NotEncrypted {
            found: cms::content_type_name(content_type),
        });
    }
    let enveloped = Enveloped::from_ber(&cms)?;
    let cipher = enveloped.cipher().ok_or(DecryptError::UnknownCipher {
        oid: enveloped.algorithm.oid,
    })?;
    if cipher.is_weak() && !options.legacy {
        return Err(DecryptError::LegacyCipher { cipher });
    }
    let (identity, content) = open(&enveloped, cipher, identities)?;

    write_entity(outer, &content, &mut spool)?;
    let mut findings = Vec::new();
    if !cipher.is_authenticated() {
        findings.push("not-authenticated");
    }
    if cipher.is_weak() {
        findings.push("weak-cipher");
    }
    let report = DecryptReport {
        cipher,
        identity,
        recipients: recipients(&enveloped),
        content_type: cms::content_type_name(enveloped.content_type),
        findings,
    };
    Ok(Held::new(report, spool, true))
}

/// What a message is that is not encrypted as a whole.
///
/// An encrypted part among others is not opened: parts put around it could send its content away (EFAIL).
fn describe(message: &Message<'_>, limits: &Limits) -> String {
    let content_type = message.content_type();
    let parts = message.multipart(limits).ok().flatten();
    match parts.is_some_and(|m| m.parts().iter().any(|p| p.content_type().is_pkcs7_mime())) {
        true => {
            format!("{content_type} with an encrypted or signed part among others; such a part is not opened")
        }
        false => content_type.to_string(),
    }
}

/// Tries every identity that is a recipient; returns its index and the content.
fn open(
    enveloped: &Enveloped<'_>,
    cipher: ContentCipher,
    identities: &[Identity],
) -> Result<(usize, Zeroizing<Vec<u8>>), DecryptError> {
    let mut matched = false;
    let mut attempts = 0_usize;
    for (index, identity) in identities.iter().enumerate() {
        for info in &enveloped.recipients {
            if attempts >= MAX_ATTEMPTS {
                return Err(DecryptError::DecryptionFailed);
            }
            let Some(opened) = key_management::open(info, identity, cipher.key_len()) else {
                continue;
            };
            matched = true;
            attempts += 1;
            if let Opened::Key(key) = opened
                && let Some(content) = decrypt_content(enveloped, cipher, ContentKey::from_bytes(key))
            {
                return Ok((index, content));
            }
        }
    }
    if matched {
        return Err(DecryptError::DecryptionFailed);
    }
    Err(DecryptError::NoMatchingRecipient {
        recipients: recipients(enveloped),
    })
}

fn decrypt_content(
    enveloped: &Enveloped<'_>,
    cipher: ContentCipher,
    key: ContentKey,
) -> Option<Zeroizing<Vec<u8>>> {
    // An authenticated cipher in an EnvelopedData, or the reverse, is an attempt to lose the tag.
    if cipher.is_authenticated() != enveloped.authenticated {
        return None;
    }
    let parameters = enveloped.algorithm.parameters.as_deref()?;
    let mut decryptor = Decryptor::new(cipher, &key, parameters).ok()?;
    // Reserved in full, so that no copy is left behind by growing.
    let mut content = Zeroizing::new(Vec::with_capacity(enveloped.ciphertext.len() + 64));
    decryptor.update(&enveloped.ciphertext, &mut content).ok()?;
    decryptor
        .finish(
            &enveloped.authenticated_attributes,
            enveloped.tag.as_deref(),
            &mut content,
        )
        .ok()?;
    Some(content)
}

fn recipients(enveloped: &Enveloped<'_>) -> Vec<String> {
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

/// Writes the outer header, if any, and the inner entity.
fn write_entity(outer: Option<Header>, content: &[u8], spool: &mut impl Write) -> io::Result<()> {
    if let Some(outer) = outer {
        let (inner, _, complete) = Header::split_at_empty_line(content);
        // Bare text may open with words and a colon too: only fields that make an entity count.
        let is_entity = complete
            && inner
                .fields()
                .iter()
                .any(|f| is_content_field(f) || MESSAGE_FIELDS.iter().any(|name| f.is(name)));
        // What the entity says of itself was encrypted, and so weighs more than what stands outside.
        let (kept, _) =
            outer.partition(|f| !(is_content_field(f) || is_entity && inner.get(f.name()).is_some()));
        spool.write_all(&kept.canonical().to_bytes())?;
        if !is_entity && !content.starts_with(b"\r\n") && !content.starts_with(b"\n") {
            // Bare content: the default Content-Type holds.
            spool.write_all(b"\r\n")?;
        }
    }
    spool.write_all(content)?;
    spool.flush()
}

/// How many recipients are named.
const MOST_NAMED: usize = 100;

const MESSAGE_FIELDS: [&str; 4] = ["From", "Subject", "Date", "MIME-Version"];

/// How many private key operations one message may cause: it could name the same recipient a thousand times.
const MAX_ATTEMPTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(content: &[u8]) -> String {
        let outer = Header::split(b"From: a@b\nSubject: out\nContent-Type: application/pkcs7-mime\n\n").0;
        let mut out = Vec::new();
        write_entity(Some(outer), content, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn outer_fields_stand_before_the_entity() {
        const OUTER: &str = "From: a@b\r\nSubject: out\r\n";
        let entity = "Content-Type: text/html\r\n\r\nx";
        assert_eq!(written(entity.as_bytes()), format!("{OUTER}{entity}"));
        assert_eq!(written(b"\r\nno fields"), format!("{OUTER}\r\nno fields"));
        for bare in ["Dear Bob,\n\ntext", "Note: this\r\n\r\nis text", ""] {
            assert_eq!(written(bare.as_bytes()), format!("{OUTER}\r\n{bare}"));
        }
        assert_eq!(
            written(b"Subject: in\r\n\r\nx"),
            "From: a@b\r\nSubject: in\r\n\r\nx"
        );
    }
}
