//! Encrypting.

mod octets;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Seek, Write};

use chrono::{DateTime, Utc};
use identity::cipher::{CipherError, Encryptor};
use identity::mailbox::Match;
use identity::{
    Certificate, CertificateList, ContentCipher, ContentKey, DigestAlgorithm, KeyKind, Mailbox, Passphrase,
};

use crate::cms::attributes::announced;
use crate::cms::enveloped::NewEnvelope;
use crate::cms::{der, key_management, oids, password};
use crate::compose::{BLIND_NOTE, CR_NOTE, ComposeError, EntityError, Making, changed};
use crate::mime::{Base64Encoder, Header};
use crate::overlap::through;
use crate::path::{PathOptions, Revocation, build_and_validate};
use crate::report::Code;
use crate::wrap::{SmimeType, pkcs7_mime};
use crate::{Compose, HeaderProtection, Limits, MemorySpool, Spool};

pub use octets::encrypt_octets;

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
    /// Passwords that open the message too, each by itself (RFC 5652 6.2.4). OpenSSL, Bouncy Castle and newer gpgsm
    /// read such messages; mail programs do not.
    pub passwords: Vec<Passphrase>,
    /// The moment at which the recipients' certificates must be valid.
    pub now: DateTime<Utc>,
    /// Lists of revoked certificates: nothing is encrypted to a certificate on one of them.
    pub crls: Vec<CertificateList>,
    /// The certificates of issuers, with which the lists are verified.
    pub issuers: Vec<Certificate>,
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
            passwords: Vec::new(),
            now,
            crls: Vec::new(),
            issuers: Vec::new(),
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
    /// How many passwords open it too.
    pub passwords: usize,
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
    /// A password is empty.
    #[error("an empty password protects nothing; give a longer one")]
    EmptyPassword,
    /// No recipient was given.
    #[error("no recipient was given; name at least one certificate or password")]
    NoRecipients,
    /// No random octets could be had.
    #[error("no random octets could be had")]
    Random,
    /// Some certificates may not be encrypted to: all of them are named.
    #[error("not encrypted: {}", join(refused))]
    Recipients {
        /// Each of them, with the reason.
        refused: Vec<Refused>,
    },
}

impl From<EntityError> for EncryptError {
    fn from(error: EntityError) -> Self {
        match error {
            EntityError::Compose(error) => Self::Compose(error),
            EntityError::Io(error) => Self::Io(error),
            EntityError::TooLong { limit } => Self::InputTooLong { limit },
        }
    }
}

/// Encrypts `input` to `recipients` and writes a message that a mail program opens.
///
/// A message keeps its header fields outside, readable by all; its Content-* fields and its body go inside. Text
/// becomes a message with the fields that [`Compose`] names. What [`crate::sign()`] has written can be handed in as it is.
///
/// The input is kept in memory until it is written; [`encrypt_spooled`] is for one that is too long for that.
///
/// # Errors
/// See [`EncryptError`].
pub fn encrypt(
    input: impl Read,
    recipients: &[Certificate],
    options: &EncryptOptions,
    out: impl Write,
) -> Result<EncryptReport, EncryptError> {
    encrypt_spooled(input, recipients, options, MemorySpool::new(), out)
}

/// Encrypts as [`encrypt`] does, in constant memory: an input of more than 1 MiB waits in `spool`.
///
/// Nothing is written before all of the input was read. If writing fails then, what was written is worth nothing.
///
/// # Errors
/// See [`EncryptError`].
pub fn encrypt_spooled<S>(
    input: impl Read,
    recipients: &[Certificate],
    options: &EncryptOptions,
    spool: S,
    mut out: impl Write,
) -> Result<EncryptReport, EncryptError>
where
    S: Spool,
    S::Reader: Seek,
{
    let Addressed {
        unique,
        cipher,
        key,
        infos,
        report,
    } = address(recipients, options)?;
    let making = Making {
        default_from: None,
        now: options.now,
        limits: &options.limits,
        digest: None,
    };
    let mut compose = options.compose.clone();
    // Whatever was asked for, this message is encrypted (RFC 9788 5).
    compose.protect_headers = compose.protect_headers.map(|_| HeaderProtection::Encrypted);
    let mut entity = compose.entity(input, spool, &making)?;
    let encryptor = Encryptor::new(cipher, &key).map_err(EncryptError::Encryption)?;
    let parameters = encryptor.parameters_der().to_vec();
    let (smime_type, tag) = match cipher.is_authenticated() {
        true => (SmimeType::AuthEnveloped, true),
        false => (SmimeType::Enveloped, false),
    };
    let envelope = NewEnvelope {
        cipher,
        parameters: &parameters,
        recipients: infos,
    };
    let length = NewEnvelope::ciphertext_length(cipher, entity.length);
    let mut begin = pkcs7_mime(&entity.outer, smime_type);
    let mut base64 = Base64Encoder::default();
    base64.update(&envelope.begin(length), &mut begin);
    out.write_all(&begin)?;

    let sealing = Sealing {
        encryptor,
        ciphertext: Vec::new(),
        length: 0,
        base64,
        failed: None,
    };
    let ((), sealing) = through(
        entity.is_large(),
        sealing,
        Sealing::update,
        &mut |bytes| out.write_all(bytes),
        |sink| entity.write(sink),
    )?;
    let (written, end) = sealing.finish(tag)?;
    if written != length {
        return Err(changed().into());
    }
    out.write_all(&end)?;
    out.flush()?;
    let (outer, notes) = (entity.outer, entity.notes);
    Ok(EncryptReport {
        cipher,
        recipients: report,
        passwords: options.passwords.len(),
        warnings: notes
            .into_iter()
            // What endangers a signature on its way does not endanger ciphertext.
            .filter(|note| note == BLIND_NOTE || note == CR_NOTE)
            .chain(unique.iter().filter_map(|c| not_asked(c, options)))
            .chain(warnings(&outer, &unique))
            .collect(),
    })
}

/// A content key, and those who can open it.
struct Addressed<'a> {
    unique: Vec<&'a Certificate>,
    cipher: ContentCipher,
    key: ContentKey,
    infos: Vec<Vec<u8>>,
    report: Vec<Recipient>,
}

/// Makes a content key and seals it to everybody, or says to whom it cannot be.
fn address<'a>(
    recipients: &'a [Certificate],
    options: &EncryptOptions,
) -> Result<Addressed<'a>, EncryptError> {
    let mut unique: Vec<&Certificate> = Vec::new();
    for certificate in recipients {
        if !unique.contains(&certificate) {
            unique.push(certificate);
        }
    }
    if unique.is_empty() && options.passwords.is_empty() {
        return Err(EncryptError::NoRecipients);
    }
    if options.passwords.iter().any(Passphrase::is_empty) {
        return Err(EncryptError::EmptyPassword);
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

    for password in &options.passwords {
        let info = password::seal(password, &key);
        infos.push(info.ok_or(EncryptError::Random)?);
    }
    Ok(Addressed {
        unique,
        cipher,
        key,
        infos,
        report,
    })
}

/// Content on its way into an envelope.
struct Sealing {
    encryptor: Encryptor,
    ciphertext: Vec<u8>,
    /// Octets of ciphertext so far.
    length: u64,
    base64: Base64Encoder,
    failed: Option<CipherError>,
}

impl Sealing {
    /// Takes in content and appends lines of base64 to `out`.
    fn update(&mut self, content: &[u8], out: &mut Vec<u8>) {
        self.ciphertext.clear();
        if let Err(error) = self.encryptor.update(content, &mut self.ciphertext) {
            self.failed.get_or_insert(error);
        }
        self.length += self.ciphertext.len() as u64;
        self.base64.update(&self.ciphertext, out);
    }

    /// The length of the ciphertext, and the last lines: of the ciphertext and, if the cipher makes one, of its tag.
    fn finish(mut self, tag: bool) -> Result<(u64, Vec<u8>), EncryptError> {
        let mut rest = Vec::new();
        let made = match self.failed {
            Some(error) => Err(error),
            None => self.encryptor.finish(&[], &mut rest),
        };
        let made = made.map_err(EncryptError::Encryption)?;
        self.length += rest.len() as u64;
        if tag {
            rest.extend_from_slice(&der::octet_string(&made.unwrap_or_default()));
        }
        let mut end = Vec::new();
        self.base64.update(&rest, &mut end);
        self.base64.finish(&mut end);
        Ok((self.length, end))
    }
}

/// AES-256-GCM, or AES-128-GCM, if everyone announces it; else what everyone reads.
fn default_cipher(recipients: &[&Certificate], options: &EncryptOptions) -> ContentCipher {
    let announces =
        |certificate: &Certificate, cipher| match options.learned.get(&certificate.fingerprint_sha256()) {
            Some(learned) => learned.contains(&cipher),
            None => announced(certificate).contains(&cipher),
        };
    // A password announces nothing.
    let all_announce =
        |cipher| options.passwords.is_empty() && recipients.iter().all(|c| announces(c, cipher));
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
    if let Standing::Revoked(how) = standing(certificate, options) {
        reasons.push(how);
    }
    (!reasons.is_empty()).then(|| {
        format!(
            "{}; ask for a current encryption certificate",
            reasons.join(", and ")
        )
    })
}

/// What the given lists say of a certificate.
enum Standing {
    NotAsked,
    NotRevoked,
    /// No list of its issuer could be verified.
    Unknown,
    /// It was revoked: when, and by whose word.
    Revoked(String),
}

fn standing(certificate: &Certificate, options: &EncryptOptions) -> Standing {
    if options.crls.is_empty() {
        return Standing::NotAsked;
    }
    let mut path = PathOptions::new(options.now);
    path.crls = &options.crls;
    path.revocation = Revocation::Required;
    // An issuer is the end of the path: whether it is trusted is not asked, only what it says of its own.
    let judged = build_and_validate(certificate, &options.issuers, &[], &path);
    let revoked = judged
        .findings
        .iter()
        .find(|finding| finding.code == Code::Revoked);
    let open = [Code::RevocationUnknown, Code::UnknownIssuer];
    match revoked {
        Some(finding) => Standing::Revoked(finding.message.clone()),
        None if judged.findings.iter().any(|finding| open.contains(&finding.code)) => Standing::Unknown,
        None => Standing::NotRevoked,
    }
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
        _ => reasons.push(format!("its {kind} key signs, and cannot be encrypted to")),
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

/// Tells of a certificate that the given lists say nothing of.
fn not_asked(certificate: &Certificate, options: &EncryptOptions) -> Option<String> {
    matches!(standing(certificate, options), Standing::Unknown).then(|| {
        format!(
            "whether the certificate of {} was revoked is not known: no current list of its issuer {} was given, or \
             not the issuer's certificate",
            name(certificate),
            certificate.issuer()
        )
    })
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
