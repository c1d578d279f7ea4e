//! Encrypting.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};

use chrono::{DateTime, Utc};
use identity::cipher::{CipherError, Encryptor};
use identity::mailbox::Match;
use identity::{Certificate, ContentCipher, ContentKey, DigestAlgorithm, KeyKind, Mailbox};

use crate::cms::attributes::announced;
use crate::cms::enveloped::NewEnvelope;
use crate::cms::{key_management, oids};
use crate::compose::{BLIND_NOTE, ComposeError, Entity};
use crate::mime::Header;
use crate::wrap::{SmimeType, write_pkcs7_mime};
use crate::{Compose, HeaderProtection, Limits};

/// How to encrypt.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EncryptOptions {
    /// The content cipher; by default AES-256-GCM if every recipient announces it, else AES-256-CBC.
    pub cipher: Option<ContentCipher>,
    /// What recipients are known to read, from messages they signed, by the SHA-256 fingerprint of their certificate:
    /// it counts in place of what the certificate announces (RFC 8551 2.7.1).
    pub learned: BTreeMap<[u8; 32], Vec<ContentCipher>>,
    /// RSAES-OAEP with this digest for RSA recipients in place of PKCS#1 v1.5.
    pub oaep: Option<DigestAlgorithm>,
    /// The moment at which the recipients' certificates must be valid.
    pub now: DateTime<Utc>,
    /// Header fields.
    pub compose: Compose,
    /// Bounds on the input.
    pub limits: Limits,
}

impl EncryptOptions {
    /// Returns the defaults at the moment `now`.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            cipher: None,
            learned: BTreeMap::new(),
            oaep: None,
            now,
            compose: Compose::default(),
            limits: Limits::default(),
        }
    }
}

/// One recipient of an encrypted message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recipient {
    /// The subject of the certificate.
    pub subject: String,
    /// The addresses of the certificate.
    pub emails: Vec<String>,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// How the content key is carried, such as `RSA PKCS#1 v1.5` or `ECDH P-256`.
    pub key_management: String,
}

/// What was encrypted, to whom, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EncryptReport {
    /// The content cipher.
    pub cipher: ContentCipher,
    /// The recipients.
    pub recipients: Vec<Recipient>,
    /// What the caller should tell: a To address without a certificate, for one.
    pub warnings: Vec<String>,
}

/// A certificate that nothing may be encrypted to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The addresses of the certificate, or its subject if it holds none.
    pub name: String,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// Why not.
    pub reason: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (serial {}): {}", self.name, self.serial, self.reason)
    }
}

/// Why nothing was encrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// The cipher is for reading only.
    #[error(
        "{cipher} is for reading old messages only; use aes-256-gcm, aes-128-gcm or aes-256-, 192-, 128-cbc"
    )]
    Cipher {
        /// The cipher.
        cipher: ContentCipher,
    },
    /// The library failed to encrypt.
    #[error("the content could not be encrypted: {0}")]
    Encryption(#[source] CipherError),
    /// The header fields cannot be written.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The input is longer than the limits allow.
    #[error("the input is longer than {limit} octets; raise the limit if it is meant to be")]
    InputTooLong {
        /// The limit in octets.
        limit: u64,
    },
    /// Reading or writing failed.
    #[error("reading the input or writing the message failed: {0}")]
    Io(#[from] io::Error),
    /// No recipient was given.
    #[error("no recipient was given; name at least one certificate")]
    NoRecipients,
    /// Some certificates may not be encrypted to: all of them are named.
    #[error("not encrypted: {}", join(refused))]
    Recipients {
        /// Each of them, with the reason.
        refused: Vec<Refused>,
    },
}

/// Encrypts `input` to `recipients` and writes a message that a mail program opens.
///
/// A message keeps its header fields outside, readable by all; its Content-* fields and its body go inside. Text
/// becomes a message with the fields that [`Compose`] names. What [`crate::sign()`] has written can be handed in as it is.
///
/// # Errors
/// See [`EncryptError`].
pub fn encrypt(
    input: impl Read,
    recipients: &[Certificate],
    options: &EncryptOptions,
    mut out: impl Write,
) -> Result<EncryptReport, EncryptError> {
    let mut unique: Vec<&Certificate> = Vec::new();
    for certificate in recipients {
        if !unique.contains(&certificate) {
            unique.push(certificate);
        }
    }
    if unique.is_empty() {
        return Err(EncryptError::NoRecipients);
    }
    let cipher = options.cipher.unwrap_or_else(|| default_cipher(&unique, options));
    if !cipher.can_encrypt() {
        return Err(EncryptError::Cipher { cipher });
    }
    let refuse = |certificate: &Certificate, reason: String| Refused {
        name: name(certificate),
        serial: certificate.serial_hex(),
        reason,
    };
    let refused: Vec<_> = unique
        .iter()
        .filter_map(|c| objection(c, options).map(|reason| refuse(c, reason)))
        .collect();
    if !refused.is_empty() {
        return Err(EncryptError::Recipients { refused });
    }

    let limits = &options.limits;
    let input = limits.read_all(input)?.ok_or(EncryptError::InputTooLong {
        limit: limits.max_input,
    })?;
    let mut compose = options.compose.clone();
    // Whatever was asked for, this message is encrypted (RFC 9788 5).
    compose.protect_headers = compose.protect_headers.map(|_| HeaderProtection::Encrypted);
    let Entity { outer, inner, notes } = compose.entity(&input, None, options.now, limits)?;
    drop(input);

    let key = ContentKey::generate(cipher).map_err(|e| EncryptError::Encryption(e.into()))?;
    let (mut infos, mut report) = (Vec::new(), Vec::new());
    let mut refused = Vec::new();
    for certificate in &unique {
        match key_management::seal(certificate, &key, options.oaep) {
            Ok((info, key_management)) => {
                infos.push(info);
                report.push(Recipient {
                    subject: certificate.subject().to_string(),
                    emails: certificate.emails(),
                    serial: certificate.serial_hex(),
                    key_management,
                });
            }
            Err(error) => refused.push(refuse(certificate, error.to_string())),
        }
    }
    if !refused.is_empty() {
        return Err(EncryptError::Recipients { refused });
    }

    let mut encryptor = Encryptor::new(cipher, &key).map_err(EncryptError::Encryption)?;
    let parameters = encryptor.parameters_der().to_vec();
    let mut ciphertext = Vec::with_capacity(inner.len() + 32);
    encryptor
        .update(&inner, &mut ciphertext)
        .map_err(EncryptError::Encryption)?;
    let tag = encryptor
        .finish(&[], &mut ciphertext)
        .map_err(EncryptError::Encryption)?;
    let smime_type = if tag.is_some() {
        SmimeType::AuthEnveloped
    } else {
        SmimeType::Enveloped
    };
    let envelope = NewEnvelope {
        cipher,
        parameters: &parameters,
        recipients: infos,
        ciphertext: &ciphertext,
        tag: tag.as_deref(),
    };
    write_pkcs7_mime(&outer, smime_type, &envelope.encode(), &mut out)?;
    Ok(EncryptReport {
        cipher,
        recipients: report,
        warnings: notes
            .into_iter()
            // What endangers a signature on its way does not endanger ciphertext.
            .filter(|note| note == BLIND_NOTE)
            .chain(warnings(&outer, &unique))
            .collect(),
    })
}

/// AES-256-GCM, or AES-128-GCM, if everyone announces it; else what everyone reads.
fn default_cipher(recipients: &[&Certificate], options: &EncryptOptions) -> ContentCipher {
    let announces =
        |certificate: &Certificate, cipher| match options.learned.get(&certificate.fingerprint_sha256()) {
            Some(learned) => learned.contains(&cipher),
            None => announced(certificate).contains(&cipher),
        };
    let all_announce = |cipher| recipients.iter().all(|c| announces(c, cipher));
    [ContentCipher::Aes256Gcm, ContentCipher::Aes128Gcm]
        .into_iter()
        .find(|cipher| all_announce(*cipher))
        .unwrap_or(ContentCipher::Aes256Cbc)
}

/// Why nothing may be encrypted to `certificate`, if so.
fn objection(certificate: &Certificate, options: &EncryptOptions) -> Option<String> {
    let mut reasons = unsuitable(certificate);
    if options.now < certificate.not_before() {
        reasons.push(format!(
            "it is not valid before {}",
            certificate.not_before().to_rfc3339()
        ));
    }
    if options.now > certificate.not_after() {
        reasons.push(format!("it expired on {}", certificate.not_after().to_rfc3339()));
    }
    (!reasons.is_empty()).then(|| {
        format!(
            "{}; ask for a current encryption certificate",
            reasons.join(", and ")
        )
    })
}

/// Why nothing may ever be encrypted to `certificate`: every reason, none if it may.
pub(crate) fn unsuitable(certificate: &Certificate) -> Vec<String> {
    let mut reasons = Vec::new();
    let kind = certificate.public_key().kind();
    let usage = certificate.key_usage();
    match kind {
        KeyKind::Rsa { .. } => {
            if usage.is_some_and(|u| !u.key_encipherment) {
                reasons.push("its key usage does not allow keyEncipherment".to_owned());
            }
        }
        kind if kind.is_key_agreement() => {
            if usage.is_some_and(|u| !u.key_agreement) {
                reasons.push("its key usage does not allow keyAgreement".to_owned());
            }
        }
        _ => reasons.push(format!("a {kind} key signs but cannot be encrypted to")),
    }
    // RFC 8550 4.4.4: an extended key usage must name emailProtection or any.
    let purposes = certificate.extended_key_usage();
    if purposes.is_some_and(|p| !p.contains(&oids::EMAIL_PROTECTION) && !p.contains(&oids::ANY_PURPOSE)) {
        reasons.push("its extended key usage does not allow emailProtection".to_owned());
    }
    reasons
}

/// To and Cc addresses that no certificate holds: these people will not be able to read the message.
fn warnings(outer: &Header, recipients: &[&Certificate]) -> Vec<String> {
    let held: Vec<_> = recipients
        .iter()
        .flat_map(|c| c.emails())
        .filter_map(|e| Mailbox::parse(&e).ok())
        .collect();
    let addresses = ["To", "Cc"].into_iter().flat_map(|name| outer.addresses(name));
    let unheld = addresses.filter(|address| {
        let address = Mailbox::parse(address).ok();
        !address.is_some_and(|a| held.iter().any(|h| h.matches(&a) != Match::No))
    });
    unheld
        .map(|a| {
            format!(
                "{a} is addressed, but no recipient's certificate holds that address: it cannot be read there"
            )
        })
        .collect()
}

fn name(certificate: &Certificate) -> String {
    match certificate.emails() {
        emails if emails.is_empty() => certificate.subject().to_string(),
        emails => emails.join(", "),
    }
}

fn join(refused: &[Refused]) -> String {
    refused
        .iter()
        .map(Refused::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
