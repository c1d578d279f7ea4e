//! Certificates (RFC 5280), decoded once and kept with their exact bytes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::verify::VerifyError;

/// The longest certificate accepted, in bytes.
pub const MAX_CERTIFICATE_LENGTH: usize = 1 << 20;

/// Why bytes are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The structure is not that of RFC 5280.
    #[error("malformed certificate: {field}: {reason}")]
    Malformed {
        /// The field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// An extension occurs twice (RFC 5280, 4.2 forbids it).
    #[error("malformed certificate: the extension {oid} occurs twice")]
    RepeatedExtension {
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// The certificate is longer than [`MAX_CERTIFICATE_LENGTH`].
    #[error(
        "the certificate has {length} bytes, more than {MAX_CERTIFICATE_LENGTH}: check that the file is the right one"
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
}

/// The keyUsage extension (RFC 5280, 4.2.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct KeyUsage {
    pub digital_signature: bool,
    pub non_repudiation: bool,
    pub key_encipherment: bool,
    pub data_encipherment: bool,
    pub key_agreement: bool,
    pub key_cert_sign: bool,
    pub crl_sign: bool,
    pub encipher_only: bool,
    pub decipher_only: bool,
}

/// The basicConstraints extension (RFC 5280, 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a certification authority.
    pub ca: bool,
    /// How many further CA certificates may follow below.
    pub path_len: Option<u32>,
}

/// A GeneralName (RFC 5280, 4.2.1.6).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum GeneralName {
    /// rfc822Name: a mail address, or in a constraint a host or domain.
    Rfc822(String),
    /// SmtpUTF8Mailbox (RFC 9598).
    SmtpUtf8(String),
    /// dNSName.
    Dns(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// iPAddress.
    Ip(IpAddr),
    /// iPAddress in a name constraint: address and mask.
    IpNetwork(IpAddr, IpAddr),
    /// directoryName.
    Directory(DistinguishedName),
    /// otherName or another form that is not interpreted.
    Other {
        /// The type-id of an otherName; `None` for other forms.
        oid: Option<ObjectIdentifier>,
        /// The DER encoding of the whole GeneralName.
        der: Vec<u8>,
    },
}

/// The nameConstraints extension (RFC 5280, 4.2.1.10).
#[derive(Clone, Debug, Default)]
pub struct NameConstraints {
    /// Subtrees of which names must be in one, if there is any of their form.
    pub permitted: Vec<GeneralName>,
    /// Subtrees in which no name may be.
    pub excluded: Vec<GeneralName>,
}

/// One of the sMIMECapabilities (RFC 8551, 2.5.2; RFC 4262).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmimeCapability {
    /// The algorithm.
    pub oid: ObjectIdentifier,
    /// The DER encoding of its parameters.
    pub parameters_der: Option<Vec<u8>>,
}

/// An extension as it stands in the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The extension.
    pub oid: ObjectIdentifier,
    /// Whether one who does not understand it must refuse the certificate.
    pub critical: bool,
    /// The content of extnValue.
    pub value_der: &'a [u8],
}

/// A certificate.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
}

impl Certificate {
    /// Reads a DER-encoded certificate.
    ///
    /// # Errors
    /// [`CertificateError`] naming the field at fault.
    pub fn from_der(_der: &[u8]) -> Result<Self, CertificateError> {
        todo!()
    }

    /// Returns the exact encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the exact bytes that the issuer signed.
    pub fn tbs_der(&self) -> &[u8] {
        todo!()
    }

    /// Returns the version: 1, 2 or 3.
    pub fn version(&self) -> u8 {
        todo!()
    }

    /// Returns the content of the serialNumber INTEGER, big-endian, as encoded.
    pub fn serial(&self) -> &[u8] {
        todo!()
    }

    /// Returns the serial number in lower-case hexadecimal without leading zeros, with `-` if it is negative.
    pub fn serial_hex(&self) -> String {
        todo!()
    }

    /// Returns the issuer.
    pub fn issuer(&self) -> &DistinguishedName {
        todo!()
    }

    /// Returns the subject.
    pub fn subject(&self) -> &DistinguishedName {
        todo!()
    }

    /// Returns the first moment of the validity period (inclusive).
    pub fn not_before(&self) -> DateTime<Utc> {
        todo!()
    }

    /// Returns the last moment of the validity period (inclusive).
    pub fn not_after(&self) -> DateTime<Utc> {
        todo!()
    }

    /// Tells whether `now` lies in the validity period.
    pub fn is_valid_at(&self, now: DateTime<Utc>) -> bool {
        self.not_before() <= now && now <= self.not_after()
    }

    /// Returns the subject's public key.
    pub fn public_key(&self) -> &PublicKey {
        todo!()
    }

    /// Returns the DER encoding of the signatureAlgorithm.
    pub fn signature_algorithm_der(&self) -> &[u8] {
        todo!()
    }

    /// Returns the signature value.
    pub fn signature(&self) -> &[u8] {
        todo!()
    }

    /// Returns the keyUsage extension.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        todo!()
    }

    /// Returns the purposes of the extKeyUsage extension.
    pub fn extended_key_usage(&self) -> Option<&[ObjectIdentifier]> {
        todo!()
    }

    /// Returns the basicConstraints extension.
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        todo!()
    }

    /// Tells whether basicConstraints says that the subject is a certification authority.
    pub fn is_ca(&self) -> bool {
        self.basic_constraints().is_some_and(|constraints| constraints.ca)
    }

    /// Tells whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject().matches(self.issuer())
    }

    /// Returns the subjectKeyIdentifier.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        todo!()
    }

    /// Returns the keyIdentifier of the authorityKeyIdentifier.
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        todo!()
    }

    /// Returns the names of the subjectAltName extension.
    pub fn subject_alt_names(&self) -> &[GeneralName] {
        todo!()
    }

    /// Returns the mail addresses of the subjectAltName extension, or if it holds none those of the subject's
    /// emailAddress attributes.
    pub fn emails(&self) -> Vec<String> {
        todo!()
    }

    /// Returns the policies of the certificatePolicies extension.
    pub fn certificate_policies(&self) -> &[ObjectIdentifier] {
        todo!()
    }

    /// Returns the nameConstraints extension.
    pub fn name_constraints(&self) -> Option<&NameConstraints> {
        todo!()
    }

    /// Returns the URIs of the cRLDistributionPoints extension.
    pub fn crl_distribution_points(&self) -> Vec<String> {
        todo!()
    }

    /// Returns the OCSP URIs of the authorityInfoAccess extension.
    pub fn ocsp_urls(&self) -> Vec<String> {
        todo!()
    }

    /// Returns the caIssuers URIs of the authorityInfoAccess extension.
    pub fn ca_issuers_urls(&self) -> Vec<String> {
        todo!()
    }

    /// Returns the sMIMECapabilities extension (RFC 4262).
    pub fn smime_capabilities(&self) -> Option<Vec<SmimeCapability>> {
        todo!()
    }

    /// Returns all extensions in the order of the certificate.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        std::iter::empty()
    }

    /// Returns the SHA-256 digest of the encoding.
    pub fn fingerprint_sha256(&self) -> [u8; 32] {
        todo!()
    }

    /// Returns the SHA-256 fingerprint in upper-case hexadecimal groups of four, for people to compare.
    pub fn fingerprint_grouped(&self) -> String {
        todo!()
    }

    /// Checks the signature with the issuer's key.
    ///
    /// # Errors
    /// [`VerifyError`] unless the signature is good.
    pub fn verify_signed_by(&self, _issuer_key: &PublicKey) -> Result<(), VerifyError> {
        todo!()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.der.hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} {})", self.serial_hex(), self.subject())
    }
}
