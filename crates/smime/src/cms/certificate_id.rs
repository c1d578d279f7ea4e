//! How CMS names a certificate: SignerIdentifier and RecipientIdentifier.

use identity::{Certificate, DistinguishedName};

use super::CmsError;
use super::ber::{INTEGER, SEQUENCE, Value, structure};
use super::der;

/// How a signer's, or a recipient's, certificate is named.
#[derive(Clone, Debug)]
pub(crate) enum CertificateId {
    /// The issuer's name and the serial number.
    IssuerAndSerial {
        /// `None` if it cannot be read.
        issuer: Option<DistinguishedName>,
        /// The content octets of the INTEGER.
        serial: Vec<u8>,
    },
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
        // Read once: a message may name thousands of signers, and bring thousands of certificates to compare with.
        let issuer = DistinguishedName::from_der(&fields.expect(SEQUENCE, NAME)?.to_der()?).ok();
        let serial = fields.expect(INTEGER, NAME)?.content.to_vec();
        Ok(Self::IssuerAndSerial { issuer, serial })
    }

    /// Tells whether this names `certificate`.
    pub(crate) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                significant(serial) == significant(certificate.serial())
                    && issuer
                        .as_ref()
                        .is_some_and(|name| name.matches(certificate.issuer()))
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
                let name = issuer.as_ref().map(ToString::to_string);
                let name = name.unwrap_or_else(|| "(unreadable name)".to_owned());
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
