//! What can be wrong with a submission, and what is worth knowing of one that is right.

use chrono::{DateTime, Utc};

use super::examine::Times;

/// Why a mail does not count. The first of several is the most useful to mend: their order here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// No mail came.
    NothingReceived,
    /// The mail cannot be read at all.
    Unreadable { detail: String },
    /// Encrypted, and no identity was given to open it with: the instructor's affair.
    KeyNotGiven,
    /// Encrypted for others than the instructor.
    EncryptedForOthers { recipients: Vec<String> },
    /// Encrypted for the instructor, and damaged.
    DecryptionFailed,
    /// OpenPGP instead of S/MIME.
    OpenPgp,
    /// Nobody signed it.
    NotSigned,
    /// The text was changed after it was signed.
    Altered { by_list: bool },
    /// Only a part of what is shown is signed.
    PartlySigned { by_list: bool },
    /// The signature does not hold, or cannot be read.
    BadSignature { detail: String },
    /// Programs read the message differently.
    Ambiguous { detail: String },
    /// The sender cannot be told.
    UnclearSender,
    /// Signed with a certificate for another address.
    OtherAddress { certificate: String, from: String },
    /// The certificate is the student's, the address that the mail came from is not.
    OtherSender {
        certificate: String,
        from: String,
        by_list: bool,
    },
    /// Another certificate than the one on the list of students.
    OtherCertificate,
    /// The certificate vouches for itself.
    SelfSigned,
    /// The certificate of the issuing CA is missing from the mail.
    ChainIncomplete { issuer: String },
    /// Another CA issued the certificate.
    UnknownIssuer { issuer: String },
    /// The mail does not bring the certificate along.
    CertificateAbsent,
    /// The certificate was withdrawn.
    Revoked,
    /// The certificate had ended.
    Expired { until: Option<DateTime<Utc>> },
    /// The certificate had not begun.
    NotYetValid { from: Option<DateTime<Utc>> },
    /// Whether it was withdrawn could not be found out.
    RevocationUnknown,
    /// The certificate is for something else than signing mail.
    WrongPurpose,
    /// Something else is wrong with the certificate, or one above it.
    BadCertificate { detail: String },
    /// Of another class than the one asked for.
    WrongClass { found: Option<u8>, expected: u8 },
    /// A digest, key or algorithm that is too weak, or not known.
    Weak { detail: String },
    /// Encryption was asked for.
    NotEncrypted,
}

impl Fault {
    /// Returns the stable kebab-case word.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NothingReceived => "nothing-received",
            Self::Unreadable { .. } => "unreadable",
            Self::KeyNotGiven => "key-not-given",
            Self::EncryptedForOthers { .. } => "encrypted-for-others",
            Self::DecryptionFailed => "decryption-failed",
            Self::OpenPgp => "openpgp",
            Self::NotSigned => "not-signed",
            Self::Altered { .. } => "altered",
            Self::PartlySigned { .. } => "partly-signed",
            Self::BadSignature { .. } => "bad-signature",
            Self::Ambiguous { .. } => "ambiguous",
            Self::UnclearSender => "unclear-sender",
            Self::OtherAddress { .. } => "other-address",
            Self::OtherSender { .. } => "other-sender",
            Self::OtherCertificate => "other-certificate",
            Self::SelfSigned => "self-signed",
            Self::ChainIncomplete { .. } => "chain-incomplete",
            Self::UnknownIssuer { .. } => "unknown-issuer",
            Self::CertificateAbsent => "certificate-absent",
            Self::Revoked => "revoked",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::RevocationUnknown => "revocation-unknown",
            Self::WrongPurpose => "wrong-purpose",
            Self::BadCertificate { .. } => "bad-certificate",
            Self::WrongClass { .. } => "wrong-class",
            Self::Weak { .. } => "weak",
            Self::NotEncrypted => "not-encrypted",
        }
    }

    /// What the verification said, in its own words.
    pub(crate) fn detail(&self) -> Option<&str> {
        match self {
            Self::Unreadable { detail }
            | Self::BadSignature { detail }
            | Self::Ambiguous { detail }
            | Self::BadCertificate { detail }
            | Self::Weak { detail } => Some(detail),
            _ => None,
        }
    }
}

/// What is worth knowing, and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remark {
    /// No server's date is there: the sender's own clock was believed.
    SendersClock,
    /// No date can be read at all: lateness cannot be told.
    NoDate,
    /// The clocks of the last server, the sender and the signer say different things.
    ClocksDiffer(Times),
    /// The certificate has ended since the mail arrived.
    ExpiredSince,
    /// One certificate, or its key, is used by several senders.
    SharedCertificate { senders: Vec<String> },
    /// Signed over what was encrypted already.
    SignedCiphertext,
    /// Encrypted with a cipher that protects nothing.
    WeakCipher,
}

impl Remark {
    /// Tells whether it matters only where mails are due.
    pub(crate) fn is_about_lateness(&self) -> bool {
        matches!(self, Self::SendersClock | Self::NoDate)
    }

    /// Returns the stable kebab-case word.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::SendersClock => "senders-clock",
            Self::NoDate => "no-date",
            Self::ClocksDiffer(_) => "clocks-differ",
            Self::ExpiredSince => "expired-since",
            Self::SharedCertificate { .. } => "shared-certificate",
            Self::SignedCiphertext => "signed-ciphertext",
            Self::WeakCipher => "weak-cipher",
        }
    }
}
