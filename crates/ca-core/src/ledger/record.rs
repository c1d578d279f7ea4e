//! What a ledger keeps.

use super::SerialNumber;
use crate::evidence::Evidence;
use crate::request::{CertificateUsage, Class};
use chrono::{DateTime, Utc};
use std::fmt;
use std::str::FromStr;

/// Facts about a ledger itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerMeta {
    /// The version of its schema.
    pub schema_version: u32,
    /// When it was made, in real time.
    pub created_at: DateTime<Utc>,
}

/// What a CA certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthorityKind {
    /// The self-signed trust anchor.
    Root,
    /// A CA that issues to people.
    Issuing,
}

/// A certificate of this certificate authority itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityRecord {
    /// Its name in file names and addresses: issuer name and eight hex digits of its subject key identifier.
    pub id: String,
    /// Its common name, for people.
    pub name: String,
    /// Root or issuing CA.
    pub kind: AuthorityKind,
    /// The identifier of the CA that signed it; `None` for a root.
    pub issuer: Option<String>,
    /// The classes it issues; empty for a root.
    pub classes: Vec<Class>,
    /// The certificate (DER).
    pub certificate: Vec<u8>,
    /// Where its private key lives: a file name within the CA directory, or another place described for people.
    pub key_location: String,
    /// The address under which CRLs and CA certificates are published, if any.
    pub base_url: Option<String>,
    /// Since when, in stated time, it issues no more certificates; it still signs its CRL.
    pub retired_at: Option<DateTime<Utc>>,
    /// When it was recorded, in real time.
    pub created_at: DateTime<Utc>,
    /// The moment it was made for.
    pub acted_at: DateTime<Utc>,
}

/// A certificate that is about to be signed: recorded before it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The reserved serial.
    pub serial: SerialNumber,
    /// The identifier of the issuing CA.
    pub authority: String,
    /// The class.
    pub class: Class,
    /// The policy's own object identifier, dotted.
    pub policy_oid: String,
    /// SHA-256 of the policy file as it was read.
    pub policy_sha256: [u8; 32],
    /// The subject (RFC 4514).
    pub subject: String,
    /// The name of the holder for searching; empty if the class puts none into the certificate.
    pub name: String,
    /// The addresses, each in its canonical form, the first being the main one.
    pub emails: Vec<String>,
    /// What the certificate is for.
    pub usage: CertificateUsage,
    /// The kind of its key ("rsa-2048").
    pub key: String,
    /// Its subject key identifier: finds the certificate for a staged key.
    pub key_id: [u8; 20],
    /// What was known of the holder.
    pub evidence: Vec<Evidence>,
    /// The first second of validity.
    pub not_before: DateTime<Utc>,
    /// The last second of validity (RFC 5280, 4.1.2.5: inclusive).
    pub not_after: DateTime<Utc>,
    /// The exact bytes to be signed (TBSCertificate, DER).
    pub tbs: Vec<u8>,
    /// Whether a second live certificate for the same address, class and usage is wanted.
    pub another: bool,
    /// Whether it is the authority's own, for the mail that it writes, and no person's.
    pub own_mail: bool,
    /// The certificate that it takes the place of.
    pub renews: Option<SerialNumber>,
    /// When it was recorded, in real time.
    pub created_at: DateTime<Utc>,
    /// The moment it was made for (`--now`).
    pub acted_at: DateTime<Utc>,
}

/// A certificate that was signed and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedRecord {
    /// Its serial.
    pub serial: SerialNumber,
    /// The certificate (DER). It is the intent's `tbs`, its signature algorithm repeated, and the signature.
    pub certificate: Vec<u8>,
    /// SHA-256 of the certificate.
    pub sha256: [u8; 32],
    /// When it was recorded, in real time.
    pub at: DateTime<Utc>,
}

/// The end of an intent that will never become a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abandonment {
    /// Its serial.
    pub serial: SerialNumber,
    /// Why.
    pub reason: String,
    /// When, in real time.
    pub at: DateTime<Utc>,
}

/// The moment at which a certificate's files stood where their holder can fetch them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Its serial.
    pub serial: SerialNumber,
    /// When, in real time.
    pub at: DateTime<Utc>,
}

/// The revocation of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Its serial.
    pub serial: SerialNumber,
    /// Why.
    pub reason: RevocationReason,
    /// From when on, in stated time.
    pub at: DateTime<Utc>,
    /// Since when the key may have been known to others, or the certificate not been right (RFC 5280, 5.3.2).
    pub invalidity_date: Option<DateTime<Utc>>,
    /// When it was recorded, in real time.
    pub recorded_at: DateTime<Utc>,
}

/// Why a certificate is revoked (RFC 5280, 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevocationReason {
    /// No reason given.
    Unspecified,
    /// The holder's key is known to others.
    KeyCompromise,
    /// The CA's key is known to others.
    CaCompromise,
    /// The holder's name or organization changed.
    AffiliationChanged,
    /// Another certificate takes its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// It is suspended and may become valid again.
    CertificateHold,
    /// The holder lost a right that the certificate states.
    PrivilegeWithdrawn,
    /// The key of an attribute authority is known to others.
    AaCompromise,
}

/// How a certificate stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// It never came to be.
    Abandoned,
    /// Its time is over.
    Expired,
    /// It is suspended.
    Held,
    /// Its time has not begun.
    NotYetValid,
    /// It is recorded but not signed.
    Pending,
    /// It is revoked.
    Revoked,
    /// It can be used.
    Valid,
}

/// Everything that is known of one serial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRecord {
    /// What was to be signed.
    pub intent: Intent,
    /// The signed certificate.
    pub issued: Option<IssuedRecord>,
    /// Why it never came to be.
    pub abandoned: Option<Abandonment>,
    /// Its revocation.
    pub revocation: Option<Revocation>,
    /// When its files were handed out, in real time.
    pub collected_at: Option<DateTime<Utc>>,
}

impl CertificateRecord {
    /// Makes the record of a new intent.
    pub fn new(intent: Intent) -> Self {
        Self {
            intent,
            issued: None,
            abandoned: None,
            revocation: None,
            collected_at: None,
        }
    }

    /// Returns how the certificate stands at a moment.
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        if self.abandoned.is_some() {
            Status::Abandoned
        } else if self.issued.is_none() {
            Status::Pending
        } else if let Some(revocation) = self.revocation.as_ref().filter(|r| r.at <= now) {
            if revocation.reason == RevocationReason::CertificateHold {
                Status::Held
            } else {
                Status::Revoked
            }
        } else if now < self.intent.not_before {
            Status::NotYetValid
        } else if now > self.intent.not_after {
            Status::Expired
        } else {
            Status::Valid
        }
    }

    /// Tells whether the certificate occupies its addresses: a second one of its class and usage needs a word.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        match self.status(now) {
            Status::Held | Status::NotYetValid | Status::Valid => true,
            // An intent whose time is over would be no use to anyone who resumed it.
            Status::Pending => now <= self.intent.not_after,
            Status::Abandoned | Status::Expired | Status::Revoked => false,
        }
    }

    /// Returns the serial.
    pub fn serial(&self) -> &SerialNumber {
        &self.intent.serial
    }

    /// Returns the certificate (DER) if it was signed.
    pub fn certificate(&self) -> Option<&[u8]> {
        self.issued.as_ref().map(|issued| issued.certificate.as_slice())
    }

    /// Returns the state that changes are judged by, as [`LedgerError::WrongState`](super::LedgerError) names it.
    pub fn state(&self) -> &'static str {
        match (&self.abandoned, &self.issued, &self.revocation) {
            (Some(_), _, _) => "abandoned",
            (None, None, _) => "pending",
            (None, Some(_), None) => "issued",
            (None, Some(_), Some(r)) if r.reason == RevocationReason::CertificateHold => "held",
            (None, Some(_), Some(_)) => "revoked",
        }
    }
}

/// Returns the form in which two addresses are compared: lower case, for nearly every provider treats local parts so.
pub fn address_key(email: &str) -> String {
    email.to_lowercase()
}

impl AuthorityKind {
    /// Returns the word that stands in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Issuing => "issuing",
        }
    }
}

impl Status {
    /// Returns the word that listings show.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
            Self::Held => "held",
            Self::NotYetValid => "not-yet-valid",
            Self::Pending => "pending",
            Self::Revoked => "revoked",
            Self::Valid => "valid",
        }
    }
}

impl RevocationReason {
    /// Returns the number of the reason in CRLs and OCSP answers (CRLReason, RFC 5280, 5.3.1).
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// Returns the reason in kebab-case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key-compromise",
            Self::CaCompromise => "ca-compromise",
            Self::AffiliationChanged => "affiliation-changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation-of-operation",
            Self::CertificateHold => "certificate-hold",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
            Self::AaCompromise => "aa-compromise",
        }
    }
}

/// A word that is none of a closed list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("\"{word}\" is none of {expected}")]
pub struct UnknownWord {
    /// What was given.
    pub word: String,
    /// The list.
    pub expected: String,
}

macro_rules! words {
    ($type:ident: $($variant:ident),+) => {
        impl $type {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| UnknownWord {
                    word: text.chars().take(48).collect(),
                    expected: Self::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

words!(AuthorityKind: Root, Issuing);
words!(Status: Valid, Pending, NotYetValid, Held, Revoked, Expired, Abandoned);
words!(
    RevocationReason: Unspecified,
    KeyCompromise,
    CaCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    CertificateHold,
    PrivilegeWithdrawn,
    AaCompromise
);
