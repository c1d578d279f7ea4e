//! An address book of certificates: "she signed, so now I can encrypt to her".
//!
//! A [`Contact`] holds the certificates of one mail address and what its owner is known to read. It learns from
//! signed messages whose verdict is `valid` ([`lessons`]) and from certificates that its user imports. A certificate of
//! another issuer, or below another root, never takes the place of a known one unasked: that is a [`Conflict`].
//!
//! The types do no input or output: whoever keeps them writes them where he likes.
//!
//! ```
//! use smime::contacts::{Contact, NoCertificate, lessons};
//! use smime::{MemorySpool, VerifyOptions, verify};
//!
//! # let message = include_bytes!("../tests/data/signed.eml");
//! # let anchors = identity::pem::certificates(include_bytes!("../tests/data/root.pem"))?;
//! let now = "2027-01-01T00:00:00Z".parse()?;
//! let mut options = VerifyOptions::new(now);
//! options.anchors = &anchors;
//! let held = verify(&message[..], &options, MemorySpool::new())?;
//!
//! for lesson in lessons(held.report(), now)? {
//!     let mut alice = Contact::new(lesson.address.clone());
//!     alice.learn(&lesson, false)?;
//!     assert_eq!(alice.address().to_string(), "alice@example.org");
//!     assert_eq!(alice.certificates().len(), 1);
//!     // This certificate is for signing alone: answers to it cannot be encrypted.
//!     let found = alice.encryption_certificate(&lesson.address, now);
//!     assert!(matches!(found, Err(NoCertificate::SignsOnly { .. })));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::cmp::Reverse;
use std::fmt;

use chrono::{DateTime, Utc};
use identity::mailbox::Match;
use identity::{Certificate, ContentCipher, Mailbox};

use crate::cms::attributes::announced;
use crate::encrypt::unsuitable;
use crate::path::Purpose;
use crate::path::purpose::{extended_usage_allows, key_usage_allows};

mod conflict;
mod lesson;

pub use conflict::{Conflict, ConflictReason, Offer};
pub use lesson::{Lesson, NothingLearned, lessons};

/// How a certificate came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// From a signed message whose verdict was `valid`.
    Message,
    /// From a file that the user imported.
    File,
}

impl Source {
    /// Returns the stable lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::File => "file",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Message, Self::File]
            .into_iter()
            .find(|source| source.as_str() == name)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a contact's certificate is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Suitability {
    /// Mail can be encrypted to it.
    Encrypts,
    /// It only serves to verify signatures.
    SignsOnly {
        /// Why nothing can be encrypted to it.
        reasons: Vec<String>,
    },
    /// It has no use for mail.
    Useless {
        /// Why nothing can be encrypted to it, nor signed with it.
        reasons: Vec<String>,
    },
}

impl Suitability {
    /// Judges a certificate by its key and usages, whatever its issuer and validity.
    pub fn of(certificate: &Certificate) -> Self {
        let mut reasons = unsuitable(certificate);
        if reasons.is_empty() {
            return Self::Encrypts;
        }
        let purpose = Purpose::SmimeSign;
        if key_usage_allows(certificate, purpose) && extended_usage_allows(certificate, purpose) {
            return Self::SignsOnly { reasons };
        }
        reasons.push("it does not serve to sign mail either".to_owned());
        Self::Useless { reasons }
    }
}

/// The trusted root that a certificate was found to lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Root {
    /// Its subject (RFC 4514).
    pub subject: String,
    /// The SHA-256 digest of its SubjectPublicKeyInfo: a root that is issued anew with the same key stays the same.
    pub key_sha256: [u8; 32],
}

impl Root {
    /// Puts a root together that was kept somewhere.
    pub fn new(subject: String, key_sha256: [u8; 32]) -> Self {
        Self { subject, key_sha256 }
    }

    /// Describes a root certificate.
    pub fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject().to_string(),
            key_sha256: identity::digest::sha256(certificate.public_key().spki_der()),
        }
    }
}

/// A certificate of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// How it came to be known.
    pub source: Source,
    /// When.
    pub learned: DateTime<Utc>,
    /// The trusted root it led to at that moment; `None` if it led to none.
    pub root: Option<Root>,
}

impl KnownCertificate {
    /// Returns a certificate that became known in that way at that moment, and the trusted root it led to.
    pub fn new(certificate: Certificate, source: Source, learned: DateTime<Utc>, root: Option<Root>) -> Self {
        Self {
            certificate,
            source,
            learned,
            root,
        }
    }
}

/// What a contact's newest signed message says that its sender can read (sMIMECapabilities, RFC 8551 2.5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Announcement {
    /// The ciphers, the preferred one first.
    pub ciphers: Vec<ContentCipher>,
    /// When the message was signed, by the signer's clock but never later than it was read.
    pub signed_at: Option<DateTime<Utc>>,
}

impl Announcement {
    /// Returns what a message announced that was signed at that time.
    pub fn new(ciphers: Vec<ContentCipher>, signed_at: Option<DateTime<Utc>>) -> Self {
        Self { ciphers, signed_at }
    }
}

/// What [`Contact::learn`] changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Certificates that were not known before.
    pub added: Vec<Certificate>,
    /// Certificates that gave way: those of another issuer, when that was asked for.
    pub removed: Vec<Certificate>,
    /// Whether a newer announcement of ciphers was taken over.
    pub announcement: bool,
    /// Whether a known certificate was found to lead to a trusted root for the first time.
    pub proven: bool,
}

impl Change {
    /// Tells whether everything was known before.
    pub fn is_none(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && !self.announcement && !self.proven
    }
}

/// A mail address with its certificates and what its owner can read.
#[derive(Clone, Debug)]
pub struct Contact {
    address: Mailbox,
    certificates: Vec<KnownCertificate>,
    announcement: Option<Announcement>,
}

impl Contact {
    /// Returns a contact of which nothing is known yet.
    pub fn new(address: Mailbox) -> Self {
        Self::from_parts(address, Vec::new(), None)
    }

    /// Puts a contact together that was kept somewhere.
    pub fn from_parts(
        address: Mailbox,
        certificates: Vec<KnownCertificate>,
        announcement: Option<Announcement>,
    ) -> Self {
        let mut contact = Self {
            address,
            certificates,
            announcement,
        };
        contact.put_in_order();
        contact
    }

    /// Returns the address.
    pub fn address(&self) -> &Mailbox {
        &self.address
    }

    /// Returns the text by which an address is looked up: the canonical address, ASCII letters in lower case, since
    /// nearly every provider treats such addresses as the same.
    pub fn key(address: &Mailbox) -> String {
        address.canonical().to_ascii_lowercase()
    }

    /// Returns the certificates, the newest first.
    pub fn certificates(&self) -> &[KnownCertificate] {
        &self.certificates
    }

    /// Returns what the newest signed message announced.
    pub fn announcement(&self) -> Option<&Announcement> {
        self.announcement.as_ref()
    }

    /// Returns the ciphers that a certificate's owner is known to read: what a message announced, else what the
    /// certificate does (RFC 4262); empty if neither says anything.
    pub fn ciphers(&self, certificate: &Certificate) -> Vec<ContentCipher> {
        match &self.announcement {
            Some(announcement) => announcement.ciphers.clone(),
            None => announced(certificate),
        }
    }

    /// Finds the certificate to encrypt to: the newest that is valid at `now` and may be encrypted to. One that holds
    /// the very `address` goes before one whose local part differs in case.
    ///
    /// # Errors
    /// [`NoCertificate`] with the reason.
    pub fn encryption_certificate(
        &self,
        address: &Mailbox,
        now: DateTime<Utc>,
    ) -> Result<&KnownCertificate, NoCertificate> {
        let address_text = || self.address.to_string();
        let suitable: Vec<&KnownCertificate> = self
            .certificates
            .iter()
            .filter(|known| unsuitable(&known.certificate).is_empty())
            .collect();
        let valid = suitable
            .iter()
            .filter(|known| known.certificate.is_valid_at(now))
            .max_by_key(|known| {
                let exact = known.certificate.emails().iter().any(|email| {
                    Mailbox::parse(email).is_ok_and(|held| held.matches(address) == Match::Exact)
                });
                (exact, Reverse(age(&known.certificate)))
            });
        if let Some(found) = valid {
            return Ok(found);
        }
        if let Some(next) = suitable.iter().find(|known| now < known.certificate.not_before()) {
            return Err(NoCertificate::NotYetValid {
                address: address_text(),
                not_before: next.certificate.not_before(),
                serial: next.certificate.serial_hex(),
            });
        }
        if let Some(last) = suitable.iter().max_by_key(|known| known.certificate.not_after()) {
            return Err(NoCertificate::Expired {
                address: address_text(),
                not_after: last.certificate.not_after(),
                serial: last.certificate.serial_hex(),
            });
        }
        Err(match self.certificates.first() {
            Some(known) => NoCertificate::SignsOnly {
                address: address_text(),
                serial: known.certificate.serial_hex(),
                reasons: unsuitable(&known.certificate),
            },
            None => NoCertificate::Unknown {
                address: address_text(),
            },
        })
    }

    /// Takes over what a lesson says. With `replace`, certificates that it contradicts give way.
    ///
    /// # Errors
    /// [`Conflict`] if the lesson contradicts what is known; then nothing has changed.
    pub fn learn(&mut self, lesson: &Lesson, replace: bool) -> Result<Change, Conflict> {
        let mut change = Change::default();
        // What comes together belongs together.
        let contradiction = |known: &KnownCertificate| {
            if lesson
                .certificates
                .iter()
                .any(|own| own.certificate == known.certificate)
            {
                return None;
            }
            lesson
                .certificates
                .iter()
                .find_map(|offered| conflict::reason(known, offered).map(|reason| (offered, reason)))
        };
        if !replace {
            for known in &self.certificates {
                if let Some((offered, reason)) = contradiction(known) {
                    return Err(Conflict::new(&self.address, known, offered, reason));
                }
            }
        }
        let (kept, removed) = std::mem::take(&mut self.certificates)
            .into_iter()
            .partition::<Vec<_>, _>(|known| contradiction(known).is_none());
        self.certificates = kept;
        change.removed = removed.into_iter().map(|known| known.certificate).collect();
        for offered in &lesson.certificates {
            let known = self
                .certificates
                .iter_mut()
                .find(|known| known.certificate == offered.certificate);
            match known {
                None => {
                    self.certificates.push(offered.clone());
                    change.added.push(offered.certificate.clone());
                }
                Some(known) if known.root.is_none() && offered.root.is_some() => {
                    known.root = offered.root.clone();
                    change.proven = true;
                }
                Some(_) => {}
            }
        }
        if !change.removed.is_empty() {
            // It was the other holder who said so.
            self.announcement = None;
        }
        if let Some(new) = &lesson.announcement {
            // The newest message wins; one without a time tells nothing about what is known already.
            let newer = self
                .announcement
                .as_ref()
                .is_none_or(|known| new.signed_at > known.signed_at);
            if newer {
                change.announcement = self
                    .announcement
                    .as_ref()
                    .is_none_or(|known| known.ciphers != new.ciphers);
                self.announcement = Some(new.clone());
            }
        }
        self.put_in_order();
        Ok(change)
    }

    /// Forgets the certificate with a SHA-256 fingerprint and returns it.
    pub fn forget(&mut self, sha256: &[u8; 32]) -> Option<KnownCertificate> {
        let at = self
            .certificates
            .iter()
            .position(|known| known.certificate.fingerprint_sha256() == *sha256)?;
        Some(self.certificates.remove(at))
    }

    /// The newest first; the oldest are dropped when there are too many.
    fn put_in_order(&mut self) {
        self.certificates.sort_by_key(|known| age(&known.certificate));
        self.certificates.dedup_by(|a, b| a.certificate == b.certificate);
        self.certificates.truncate(MOST_CERTIFICATES);
    }
}

/// Why nothing can be encrypted to a contact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoCertificate {
    /// All of them have expired.
    #[error("the certificate of {address} (serial {serial}) expired on {}", not_after.to_rfc3339())]
    Expired {
        /// The contact's address.
        address: String,
        /// When the last one expired.
        not_after: DateTime<Utc>,
        /// Its serial number in hexadecimal.
        serial: String,
    },
    /// The only ones are not valid yet.
    #[error("the certificate of {address} (serial {serial}) is not valid before {}", not_before.to_rfc3339())]
    NotYetValid {
        /// The contact's address.
        address: String,
        /// When the newest begins.
        not_before: DateTime<Utc>,
        /// Its serial number in hexadecimal.
        serial: String,
    },
    /// All of them are for signing.
    #[error("the certificate of {address} (serial {serial}) cannot be encrypted to: {}", reasons.join(", and "))]
    SignsOnly {
        /// The contact's address.
        address: String,
        /// The serial number of the newest one in hexadecimal.
        serial: String,
        /// Why it cannot be encrypted to.
        reasons: Vec<String>,
    },
    /// There is none.
    #[error("no certificate of {address} is known")]
    Unknown {
        /// The contact's address.
        address: String,
    },
}

/// How many certificates of one address are kept.
const MOST_CERTIFICATES: usize = 32;

/// The newest certificate has the least; equal ones stand side by side.
fn age(certificate: &Certificate) -> (Reverse<DateTime<Utc>>, Reverse<DateTime<Utc>>, [u8; 32]) {
    (
        Reverse(certificate.not_before()),
        Reverse(certificate.not_after()),
        certificate.fingerprint_sha256(),
    )
}

#[cfg(test)]
mod tests;
