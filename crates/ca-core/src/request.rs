//! What is asked for: the certificate request of one person, from flags, a form, a roster row or a CSR.

use std::fmt;
use std::str::FromStr;

use identity::{CertificateRequest, KeyAlgorithm, Mailbox, PublicKey};

use crate::policy::SubjectField;

/// A level of assurance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The holder controls the mailbox.
    One,
    /// The mailbox, the name and, if named, the organization have been checked.
    Two,
    /// As class 2, and the holder has been seen in person.
    Three,
}

/// A class that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no class \"{given}\": use 1 (mailbox), 2 (name and organization) or 3 (seen in person)")]
pub struct UnknownClass {
    /// The beginning of the value as given.
    pub given: String,
}

impl Class {
    /// All classes in ascending order.
    pub const ALL: [Self; 3] = [Self::One, Self::Two, Self::Three];

    /// Returns the class of a number, 1 to 3.
    pub fn from_number(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            3 => Some(Self::Three),
            _ => None,
        }
    }

    /// Returns the number, 1 to 3.
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, UnknownClass> {
        Self::ALL
            .into_iter()
            .find(|class| class.to_string() == text)
            .ok_or_else(|| UnknownClass {
                given: text.chars().take(32).collect(),
            })
    }
}

/// What the certificates asked for are to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Usage {
    /// One certificate for signing and encrypting.
    Dual,
    /// One certificate for signing.
    Sign,
    /// One certificate for being encrypted to.
    Encrypt,
    /// Two certificates, one for signing and one for being encrypted to, each with its own key.
    Pair,
}

impl Usage {
    /// All usages, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Dual, Self::Sign, Self::Encrypt, Self::Pair];

    /// Returns the certificates that such a request yields, in the order of issuance.
    pub fn certificates(self) -> &'static [CertificateUsage] {
        match self {
            Self::Dual => &[CertificateUsage::Dual],
            Self::Sign => &[CertificateUsage::Sign],
            Self::Encrypt => &[CertificateUsage::Encrypt],
            Self::Pair => &[CertificateUsage::Sign, CertificateUsage::Encrypt],
        }
    }

    /// Tells whether one of the certificates is to be encrypted to.
    pub fn encrypts(self) -> bool {
        self != Self::Sign
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dual => "dual",
            Self::Sign => "sign",
            Self::Encrypt => "encrypt",
            Self::Pair => "pair",
        })
    }
}

/// A usage that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no usage \"{given}\": use dual, sign, encrypt or pair")]
pub struct UnknownUsage {
    /// The beginning of the value as given.
    pub given: String,
}

impl FromStr for Usage {
    type Err = UnknownUsage;

    fn from_str(text: &str) -> Result<Self, UnknownUsage> {
        Self::ALL
            .into_iter()
            .find(|usage| usage.to_string() == text)
            .ok_or_else(|| UnknownUsage {
                given: text.chars().take(32).collect(),
            })
    }
}

/// What one certificate is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CertificateUsage {
    /// Signing and encrypting.
    Dual,
    /// Signing.
    Sign,
    /// Being encrypted to.
    Encrypt,
}

impl CertificateUsage {
    /// Tells whether the certificate's key signs.
    pub fn signs(self) -> bool {
        self != Self::Encrypt
    }

    /// Tells whether mail is encrypted to the certificate's key.
    pub fn encrypts(self) -> bool {
        self != Self::Sign
    }
}

impl fmt::Display for CertificateUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dual => "dual",
            Self::Sign => "sign",
            Self::Encrypt => "encrypt",
        })
    }
}

impl FromStr for CertificateUsage {
    type Err = UnknownUsage;

    fn from_str(text: &str) -> Result<Self, UnknownUsage> {
        match text {
            "dual" => Ok(Self::Dual),
            "sign" => Ok(Self::Sign),
            "encrypt" => Ok(Self::Encrypt),
            _ => Err(UnknownUsage {
                given: text.chars().take(32).collect(),
            }),
        }
    }
}

/// Where the public key comes from.
#[derive(Clone)]
#[non_exhaustive]
pub enum KeySource {
    /// The holder's certification request; only its signature proves that he has the private key.
    Csr(Box<CertificateRequest>),
    /// A public key that is already at hand, as when a certificate is renewed.
    Existing(PublicKey),
    /// The public keys of a pair that is renewed, in the order of [`Usage::certificates`].
    ExistingPair(Box<[PublicKey; 2]>),
    /// A key to be made by the authority: this one, or the policy's default.
    Generate(Option<KeyAlgorithm>),
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Csr(csr) => write!(f, "Csr({})", csr.public_key().kind()),
            Self::Existing(key) => write!(f, "Existing({})", key.kind()),
            Self::ExistingPair(keys) => {
                let [first, second] = keys.as_ref();
                write!(f, "ExistingPair({}, {})", first.kind(), second.kind())
            }
            Self::Generate(Some(algorithm)) => write!(f, "Generate({algorithm})"),
            Self::Generate(None) => f.write_str("Generate(default)"),
        }
    }
}

/// A request for the certificate (or the pair) of one person.
///
/// Nothing in it has been checked but the form of the addresses: [`crate::policy::Profile::admit`] does the rest.
#[derive(Clone, Debug)]
pub struct Request {
    /// The level of assurance.
    pub class: Class,
    /// The addresses, the first being the one the certificate is known by. Empty: those of the CSR.
    pub emails: Vec<Mailbox>,
    /// Given name.
    pub given_name: Option<String>,
    /// Middle name; it stands in the common name only.
    pub middle_name: Option<String>,
    /// Surname.
    pub surname: Option<String>,
    /// Legal name of the organization.
    pub organization: Option<String>,
    /// Registration number of the organization (organizationIdentifier).
    pub organization_id: Option<String>,
    /// Country, two letters (ISO 3166).
    pub country: Option<String>,
    /// Town.
    pub locality: Option<String>,
    /// The key.
    pub key: KeySource,
    /// The usage; `None` for the policy's default, or signing where the key cannot do more.
    pub usage: Option<Usage>,
    /// The validity in days; `None` for the policy's default.
    pub days: Option<u32>,
    /// Whether first, middle and last name are on record elsewhere, so that a policy that forbids them leaves them out of
    /// the certificate rather than refuse the request.
    pub name_on_record: bool,
}

impl Request {
    /// Starts a request with one address, everything else being absent or the policy's default.
    pub fn new(class: Class, email: Mailbox) -> Self {
        Self {
            class,
            emails: vec![email],
            given_name: None,
            middle_name: None,
            surname: None,
            organization: None,
            organization_id: None,
            country: None,
            locality: None,
            key: KeySource::Generate(None),
            usage: None,
            days: None,
            name_on_record: false,
        }
    }

    /// Returns the value of a subject field, if it is filled.
    pub fn field(&self, field: SubjectField) -> Option<&str> {
        match field {
            SubjectField::GivenName => self.given_name.as_deref(),
            SubjectField::MiddleName => self.middle_name.as_deref(),
            SubjectField::Surname => self.surname.as_deref(),
            SubjectField::Organization => self.organization.as_deref(),
            SubjectField::OrganizationId => self.organization_id.as_deref(),
            SubjectField::Country => self.country.as_deref(),
            SubjectField::Locality => self.locality.as_deref(),
        }
    }

    /// Fills or empties a subject field.
    pub fn set_field(&mut self, field: SubjectField, value: Option<String>) {
        *match field {
            SubjectField::GivenName => &mut self.given_name,
            SubjectField::MiddleName => &mut self.middle_name,
            SubjectField::Surname => &mut self.surname,
            SubjectField::Organization => &mut self.organization,
            SubjectField::OrganizationId => &mut self.organization_id,
            SubjectField::Country => &mut self.country,
            SubjectField::Locality => &mut self.locality,
        } = value;
    }
}
