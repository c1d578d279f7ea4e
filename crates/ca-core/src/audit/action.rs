//! The words of the log.

use std::fmt;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditAction {
    /// A certificate authority was initialised.
    Init,
    /// A CA certificate was recorded.
    AuthorityAdded,
    /// A CA certified the key of another one of the house.
    AuthorityCertified,
    /// A request was made for a CA's certificate that another CA is to sign.
    AuthorityRequested,
    /// A CA issues no more certificates.
    AuthorityRetired,
    /// A notice of expiry was written.
    NoticeGiven,
    /// A serial was reserved and the bytes to be signed recorded.
    CertificateReserved,
    /// A certificate was signed, verified and recorded.
    CertificateIssued,
    /// An intent was given up.
    CertificateAbandoned,
    /// The files of a certificate were handed out.
    CertificateCollected,
    /// A certificate was revoked.
    CertificateRevoked,
    /// A certificate on hold was made valid again.
    CertificateReleased,
    /// The certificate of an authority was revoked.
    AuthorityRevoked,
    /// A CRL number was reserved.
    CrlReserved,
    /// A CRL was signed, verified and recorded.
    CrlSigned,
    /// The serial of an OCSP responder's certificate was reserved and the bytes to be signed recorded.
    ResponderReserved,
    /// The certificate of an OCSP responder was signed, verified and recorded.
    ResponderIssued,
    /// A request was refused.
    RequestRefused,
    /// A private key of the certificate authority was unlocked.
    KeyUnlocked,
    /// The key of an encryption certificate was sealed to recovery agents and kept.
    KeyArchived,
    /// Recovery agents opened archived keys.
    KeysRecovered,
    /// A request for a certificate was made.
    RequestSubmitted,
    /// A new confirmation code was made for a request.
    RequestCodeSent,
    /// A confirmation code was given.
    MailboxConfirmed,
    /// Evidence was recorded for a request.
    EvidenceRecorded,
    /// An officer agreed to a request.
    RequestApproved,
    /// An officer refused a request.
    RequestRejected,
    /// A request was taken back.
    RequestWithdrawn,
    /// A request was not completed in time.
    RequestExpired,
    /// The certificates of a request were handed out.
    RequestCollected,
    /// The holder's passphrase was given for a certificate.
    HolderHeard,
    /// The copy of an identity document was handed to an officer.
    DocumentRead,
    /// The copy of an identity document was deleted.
    DocumentDeleted,
    /// A list of people was imported.
    PeopleImported,
    /// A checkpoint of this log was signed.
    CheckpointMade,
    /// A key that signs checkpoints was made.
    AuditKeyMade,
    /// A backup was written.
    BackedUp,
    /// The CA was restored from a backup.
    Restored,
    /// A setting or policy was changed.
    SettingChanged,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// As intended.
    Done,
    /// Something broke.
    Failed,
    /// A rule forbade it.
    Refused,
}

impl AuditAction {
    /// Returns the word that stands in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::AuthorityAdded => "authority-added",
            Self::AuthorityCertified => "authority-certified",
            Self::AuthorityRequested => "authority-requested",
            Self::AuthorityRetired => "authority-retired",
            Self::NoticeGiven => "notice-given",
            Self::CertificateReserved => "certificate-reserved",
            Self::CertificateIssued => "certificate-issued",
            Self::CertificateAbandoned => "certificate-abandoned",
            Self::CertificateCollected => "certificate-collected",
            Self::CertificateRevoked => "certificate-revoked",
            Self::CertificateReleased => "certificate-released",
            Self::AuthorityRevoked => "authority-revoked",
            Self::CrlReserved => "crl-reserved",
            Self::CrlSigned => "crl-signed",
            Self::ResponderReserved => "responder-reserved",
            Self::ResponderIssued => "responder-issued",
            Self::RequestRefused => "request-refused",
            Self::KeyUnlocked => "key-unlocked",
            Self::KeyArchived => "key-archived",
            Self::KeysRecovered => "keys-recovered",
            Self::RequestSubmitted => "request-submitted",
            Self::RequestCodeSent => "request-code-sent",
            Self::MailboxConfirmed => "mailbox-confirmed",
            Self::EvidenceRecorded => "evidence-recorded",
            Self::RequestApproved => "request-approved",
            Self::RequestRejected => "request-rejected",
            Self::RequestWithdrawn => "request-withdrawn",
            Self::RequestExpired => "request-expired",
            Self::RequestCollected => "request-collected",
            Self::HolderHeard => "holder-heard",
            Self::DocumentRead => "document-read",
            Self::DocumentDeleted => "document-deleted",
            Self::PeopleImported => "people-imported",
            Self::CheckpointMade => "checkpoint-made",
            Self::AuditKeyMade => "audit-key-made",
            Self::BackedUp => "backed-up",
            Self::Restored => "restored",
            Self::SettingChanged => "setting-changed",
        }
    }
}

impl Outcome {
    /// Returns the word that stands in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
