//! What a ledger keeps of authorities that follow one another, and of notices about what ends.

use chrono::{DateTime, Utc};

/// A further certificate for the key of an authority on record, signed by another of them: a cross-certificate between
/// an old root and a new one (RFC 4210, 4.4), or an issuing CA's certificate under a new root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossCertificateRecord {
    /// Its name in file names and addresses: [`CrossCertificateRecord::id_for`].
    pub id: String,
    /// The identifier of the authority whose key it certifies.
    pub subject: String,
    /// The identifier of the authority that signed it.
    pub issuer: String,
    /// The certificate (DER).
    pub certificate: Vec<u8>,
    /// When it was recorded, in real time.
    pub created_at: DateTime<Utc>,
    /// The moment it was made for.
    pub acted_at: DateTime<Utc>,
}

impl CrossCertificateRecord {
    /// Returns the name of a certificate that `issuer` gave to `subject`: the subject's, and the digits that tell the
    /// issuer's key from others.
    pub fn id_for(subject: &str, issuer: &str) -> String {
        let digits = issuer.rsplit('-').next().unwrap_or(issuer);
        format!("{subject}-by-{digits}")
    }
}

/// A change to an authority on record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorityChange {
    /// Certificates that it issues from now on name this address (`None`: no address).
    BaseUrl {
        /// The identifier.
        id: String,
        /// The address.
        base_url: Option<String>,
    },
    /// It issues no more certificates from this moment on, in stated time. The first such moment stays.
    Retired {
        /// The identifier.
        id: String,
        /// The moment.
        at: DateTime<Utc>,
    },
}

impl AuthorityChange {
    /// Returns the identifier of the authority that it is about.
    pub fn id(&self) -> &str {
        match self {
            Self::BaseUrl { id, .. } | Self::Retired { id, .. } => id,
        }
    }
}

/// A notice that a certificate is about to end, given once for each period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRecord {
    /// What ends: a serial, or the identifier of an authority.
    pub subject: String,
    /// The period of notice, in seconds before the end.
    pub period: u64,
    /// When it was recorded, in real time.
    pub created_at: DateTime<Utc>,
    /// The moment it was given at.
    pub acted_at: DateTime<Utc>,
}
