//! A request that was admitted.

use std::fmt;

use der::asn1::ObjectIdentifier;
use identity::{KeyAlgorithm, Mailbox, PublicKey};

use crate::evidence::Evidence;
use crate::policy::Profile;
use crate::request::{CertificateUsage, Class, Usage};

/// A request that its policy accepts: what issuance starts from. Only [`Profile::admit`] makes one.
#[derive(Clone, Debug)]
pub struct Approved {
    pub(super) profile: Profile,
    pub(super) emails: Vec<Mailbox>,
    pub(super) subject: Vec<(ObjectIdentifier, String)>,
    pub(super) key: ApprovedKey,
    pub(super) usage: Usage,
    pub(super) days: u32,
    pub(super) evidence: Vec<Evidence>,
    pub(super) notes: Vec<Note>,
}

/// Whose key is certified.
#[derive(Clone)]
#[non_exhaustive]
pub enum ApprovedKey {
    /// One to be made, one for each certificate.
    Generate(KeyAlgorithm),
    /// The holder's, one for each certificate: the authority need not see the private keys.
    Given(Vec<PublicKey>),
}

impl fmt::Debug for ApprovedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generate(algorithm) => write!(f, "Generate({algorithm})"),
            Self::Given(keys) => {
                let kinds: Vec<_> = keys.iter().map(|key| key.kind().to_string()).collect();
                write!(f, "Given({})", kinds.join(", "))
            }
        }
    }
}

/// Something the operator should know about an admitted request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The CSR asked for an attribute, an address or an extension that will not be in the certificate.
    Dropped {
        /// What, such as `the extension 2.5.29.15`.
        what: String,
        /// Why.
        why: String,
    },
    /// Who cannot read mail or signatures of such a key.
    FewReaders {
        /// The key.
        key: KeyAlgorithm,
    },
    /// The holder's name is known and does not stand in the certificate.
    NameLeftOut {
        /// The class, whose policy forbids it.
        class: Class,
    },
    /// The first address is too long for a common name, which is left out.
    NoCommonName {
        /// The address.
        email: String,
    },
    /// A value was taken from the CSR.
    Taken {
        /// The field, such as `given-name`.
        field: String,
        /// The value.
        value: String,
    },
    /// The key cannot be encrypted to, so that the certificate is for signing only.
    SigningOnly {
        /// The key.
        key: KeyAlgorithm,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dropped { what, why } => write!(f, "dropped from the CSR: {what} ({why})"),
            Self::FewReaders { key } => write!(
                f,
                "few mail programs read {key} signatures: OpenSSL 3.5 and GnuTLS do, Thunderbird, Gmail and GnuPG 2.2 do not; ask your partners first"
            ),
            Self::NameLeftOut { class } => write!(
                f,
                "the name stands in the request only: certificates of class {class} show none"
            ),
            Self::NoCommonName { email } => {
                write!(
                    f,
                    "no common name: {email} has more than 64 characters (RFC 5280, A.1)"
                )
            }
            Self::Taken { field, value } => write!(f, "taken from the CSR: {field} {value}"),
            Self::SigningOnly { key } => write!(f, "an {key} key signs only"),
        }
    }
}

impl Approved {
    /// Returns the policy that admitted it.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Returns the class.
    pub fn class(&self) -> Class {
        self.profile.class()
    }

    /// Returns the addresses: at least one, no two alike.
    pub fn emails(&self) -> &[Mailbox] {
        &self.emails
    }

    /// Returns the subject's attributes, the most significant first; empty if the certificate must have an empty
    /// subject and a critical subjectAltName (RFC 5280, 4.1.2.6).
    pub fn subject(&self) -> &[(ObjectIdentifier, String)] {
        &self.subject
    }

    /// Returns whose key is certified.
    pub fn key(&self) -> &ApprovedKey {
        &self.key
    }

    /// Returns the usage asked for.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Returns the certificates to be issued, in this order: two for a pair, else one.
    pub fn certificates(&self) -> &'static [CertificateUsage] {
        self.usage.certificates()
    }

    /// Returns the validity in days; [`crate::policy::ValidityPeriod::starting`] makes a period of it.
    pub fn days(&self) -> u32 {
        self.days
    }

    /// Returns the evidence, which goes on record.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Returns what the operator should know.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}
