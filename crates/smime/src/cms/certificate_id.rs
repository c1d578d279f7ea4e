//! How CMS names a certificate: SignerIdentifier and RecipientIdentifier.

use identity::{Certificate, DistinguishedName};

use super::CmsError;
use super::ber::{INTEGER, SEQUENCE, Value, structure};
use super::der;

/// How a signer's, or a recipient's, certificate is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CertificateId {
    /// The issuer's name (DER) and the serial number (content octets of the INTEGER).
    IssuerAndSerial { issuer: Vec<u8>, serial: Vec<u8> },
    /// The subject key identifier.
    SubjectKeyIdentifier(Vec<u8>),
}

impl CertificateId {
    /// Reads IssuerAndSerialNumber (a SEQUENCE) or the key identifier under `[0]`.
    pub(crate) fn read(value: &Value<'_>) -> Result<Self, CmsError> {
        const NAME: &str = "certificate identifier";
        if value.is(0x80) {
            return Ok(Self::SubjectKeyIdentifier(value.octets()?.into_owned()));
        }
        if value.tag != SEQUENCE {
            return Err(structure(
                NAME,
                "it is neither issuer and serial number nor a key identifier",
            ));
        }
        let mut fields = value.children();
        let issuer = fields.expect(SEQUENCE, NAME)?.to_der()?;
        let serial = fields.expect(INTEGER, NAME)?.content.to_vec();
        Ok(Self::IssuerAndSerial { issuer, serial })
    }

    /// Tells whether this names `certificate`.
    pub(crate) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                significant(serial) == significant(certificate.serial())
                    && (issuer == certificate.issuer().der()
                        || DistinguishedName::from_der(issuer)
                            .is_ok_and(|name| name.matches(certificate.issuer())))
            }
            Self::SubjectKeyIdentifier(identifier) => match certificate.subject_key_identifier() {
                Some(own) => own == identifier,
                None => certificate.public_key().subject_key_identifier() == identifier.as_slice(),
            },
        }
    }

    /// IssuerAndSerialNumber of `certificate` as DER.
    pub(crate) fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
        der::sequence(&[certificate.issuer().der(), &der::integer(certificate.serial())])
    }
}

impl std::fmt::Display for CertificateId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                let name = DistinguishedName::from_der(issuer).map(|n| n.to_string());
                let name = name.unwrap_or_else(|_| "(unreadable name)".to_owned());
                write!(f, "serial {} issued by {name}", hex::encode(significant(serial)))
            }
            Self::SubjectKeyIdentifier(identifier) => {
                write!(f, "key identifier {}", hex::encode(identifier))
            }
        }
    }
}

/// An INTEGER's octets without leading zeros.
fn significant(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|b| **b == 0).count();
    integer.get(zeros..).unwrap_or_default()
}
