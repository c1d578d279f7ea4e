//! Certificates (RFC 5280), decoded once and kept with their exact bytes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use crate::asn1::{Element, INTEGER, SEQUENCE};
use crate::digest;
use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::signature::SignatureScheme;
use crate::verify::{self, VerifyError};

pub(crate) mod extensions;
pub(crate) mod general_name;

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

/// A certificate. Clones share its bytes.
#[derive(Clone)]
pub struct Certificate(Arc<Fields>);

struct Fields {
    der: Vec<u8>,
    tbs_der: Vec<u8>,
    version: u8,
    serial: Vec<u8>,
    issuer: DistinguishedName,
    subject: DistinguishedName,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    public_key: PublicKey,
    signature_algorithm_der: Vec<u8>,
    signature: Vec<u8>,
    extensions: extensions::Extensions,
}

impl Certificate {
    /// Reads a DER-encoded certificate.
    ///
    /// # Errors
    /// [`CertificateError`] naming the field at fault.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE_LENGTH {
            return Err(CertificateError::TooLong { length: der.len() });
        }
        parse(der).map(|fields| Self(Arc::new(fields)))
    }

    /// Returns the exact encoding.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Returns the exact bytes that the issuer signed.
    pub fn tbs_der(&self) -> &[u8] {
        &self.0.tbs_der
    }

    /// Returns the version: 1, 2 or 3.
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// Returns the content of the serialNumber INTEGER, big-endian, as encoded.
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// Returns the serial number in lower-case hexadecimal without leading zeros, with `-` if it is negative.
    pub fn serial_hex(&self) -> String {
        integer_hex(&self.0.serial)
    }

    /// Returns the issuer.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.0.issuer
    }

    /// Returns the subject.
    pub fn subject(&self) -> &DistinguishedName {
        &self.0.subject
    }

    /// Returns the first moment of the validity period (inclusive).
    pub fn not_before(&self) -> DateTime<Utc> {
        self.0.not_before
    }

    /// Returns the last moment of the validity period (inclusive).
    pub fn not_after(&self) -> DateTime<Utc> {
        self.0.not_after
    }

    /// Tells whether `now` lies in the validity period.
    pub fn is_valid_at(&self, now: DateTime<Utc>) -> bool {
        self.not_before() <= now && now <= self.not_after()
    }

    /// Returns the subject's public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// Returns the DER encoding of the signatureAlgorithm.
    pub fn signature_algorithm_der(&self) -> &[u8] {
        &self.0.signature_algorithm_der
    }

    /// Returns the signature value; empty where it is no whole number of octets, as no signature is.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Returns the keyUsage extension.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.extensions.key_usage
    }

    /// Returns the purposes of the extKeyUsage extension.
    pub fn extended_key_usage(&self) -> Option<&[ObjectIdentifier]> {
        self.0.extensions.extended_key_usage.as_deref()
    }

    /// Returns the basicConstraints extension.
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.extensions.basic_constraints
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
        self.0.extensions.subject_key_identifier.as_deref()
    }

    /// Returns the keyIdentifier of the authorityKeyIdentifier.
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_identifier.as_deref()
    }

    /// Returns the names of the subjectAltName extension.
    pub fn subject_alt_names(&self) -> &[GeneralName] {
        &self.0.extensions.subject_alt_names
    }

    /// Returns the mail addresses of the subjectAltName extension, or if it holds none those of the subject's
    /// emailAddress attributes. Texts with control characters are no addresses and left out.
    pub fn emails(&self) -> Vec<String> {
        mail_addresses(
            self.subject_alt_names(),
            self.subject().get(crate::name::EMAIL_ADDRESS),
        )
    }

    /// Returns the policies of the certificatePolicies extension.
    pub fn certificate_policies(&self) -> &[ObjectIdentifier] {
        &self.0.extensions.certificate_policies
    }

    /// Returns the nameConstraints extension.
    pub fn name_constraints(&self) -> Option<&NameConstraints> {
        self.0.extensions.name_constraints.as_ref()
    }

    /// Returns the URIs of the cRLDistributionPoints extension.
    pub fn crl_distribution_points(&self) -> Vec<String> {
        self.0.extensions.crl_distribution_points.clone()
    }

    /// Returns the OCSP URIs of the authorityInfoAccess extension.
    pub fn ocsp_urls(&self) -> Vec<String> {
        self.0.extensions.ocsp_urls.clone()
    }

    /// Returns the caIssuers URIs of the authorityInfoAccess extension.
    pub fn ca_issuers_urls(&self) -> Vec<String> {
        self.0.extensions.ca_issuers_urls.clone()
    }

    /// Returns the sMIMECapabilities extension (RFC 4262).
    pub fn smime_capabilities(&self) -> Option<Vec<SmimeCapability>> {
        self.0.extensions.smime_capabilities.clone()
    }

    /// Returns all extensions in the order of the certificate.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        self.0.extensions.all.iter().map(|stored| Extension {
            oid: stored.oid,
            critical: stored.critical,
            value_der: &stored.value,
        })
    }

    /// Returns the SHA-256 digest of the encoding.
    pub fn fingerprint_sha256(&self) -> [u8; 32] {
        digest::sha256(self.der())
    }

    /// Returns the SHA-256 fingerprint in upper-case hexadecimal groups of four, for people to compare.
    pub fn fingerprint_grouped(&self) -> String {
        let text = hex::encode_upper(self.fingerprint_sha256());
        let groups: Vec<&str> = (0..text.len())
            .step_by(4)
            .filter_map(|at| text.get(at..at + 4))
            .collect();
        groups.join(" ")
    }

    /// Checks the signature with the issuer's key.
    ///
    /// # Errors
    /// [`VerifyError`] unless the signature is good.
    pub fn verify_signed_by(&self, issuer_key: &PublicKey) -> Result<(), VerifyError> {
        let scheme = SignatureScheme::from_algorithm_identifier_der(self.signature_algorithm_der())?;
        verify::verify_quickly(issuer_key, &scheme, self.tbs_der(), self.signature())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.der.hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} {})", self.serial_hex(), self.subject())
    }
}

/// Returns the mail addresses among `names`, or if there are none those of the subject; each once.
pub(crate) fn mail_addresses<'a>(
    names: &'a [GeneralName],
    subject: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let named: Vec<&str> = names
        .iter()
        .filter_map(|name| match name {
            GeneralName::Rfc822(address) | GeneralName::SmtpUtf8(address) => Some(address.as_str()),
            _ => None,
        })
        .collect();
    let mut addresses: Vec<String> = Vec::new();
    let candidates = if named.is_empty() {
        subject.collect()
    } else {
        named
    };
    for address in candidates {
        if !address.chars().any(char::is_control) && !addresses.iter().any(|known| known == address) {
            addresses.push(address.to_owned());
        }
    }
    addresses
}

/// Returns a DER INTEGER's content in lower-case hexadecimal without leading zeros, with `-` if it is negative.
pub(crate) fn integer_hex(content: &[u8]) -> String {
    let negative = content.first().is_some_and(|byte| byte & 0x80 != 0);
    let mut magnitude = content.to_vec();
    if negative {
        // Two's complement: invert and add one.
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (sum, overflow) = (!*byte).overflowing_add(u8::from(carry));
            *byte = sum;
            carry = overflow;
        }
    }
    let text = hex::encode(magnitude);
    let text = text.trim_start_matches('0');
    format!(
        "{}{}",
        if negative { "-" } else { "" },
        if text.is_empty() { "0" } else { text }
    )
}

fn parse(der: &[u8]) -> Result<Fields, CertificateError> {
    let at = |field: &'static str| move |reason: String| CertificateError::Malformed { field, reason };
    let mut outer = Element::parse_as(SEQUENCE, der)
        .and_then(Element::children)
        .map_err(at("Certificate"))?;
    let tbs = outer.expect(SEQUENCE).map_err(at("tbsCertificate"))?;
    let signature_algorithm = outer.expect(SEQUENCE).map_err(at("signatureAlgorithm"))?;
    let signature = outer
        .next()
        .and_then(Element::signature)
        .map_err(at("signatureValue"))?;
    outer.finish().map_err(at("Certificate"))?;

    let mut fields = tbs.children().map_err(at("tbsCertificate"))?;
    let version = match fields.optional(0xa0).map_err(at("version"))? {
        None => 1,
        Some(version) => match Element::parse(version.value)
            .and_then(Element::small_integer)
            .map_err(at("version"))?
        {
            // An explicit 0 is the DEFAULT encoded: wrong in DER, harmless.
            number @ 0..=2 => number as u8 + 1,
            other => return Err(at("version")(format!("unknown version number {other}"))),
        },
    };
    let serial = fields
        .expect(INTEGER)
        .and_then(Element::integer)
        .map_err(at("serialNumber"))?;
    let inner_algorithm = fields.expect(SEQUENCE).map_err(at("signature"))?;
    if inner_algorithm.raw != signature_algorithm.raw {
        return Err(at("signature")(
            "it differs from signatureAlgorithm (RFC 5280, 4.1.1.2)".to_owned(),
        ));
    }
    let issuer = fields.next().map_err(at("issuer"))?;
    let issuer = DistinguishedName::from_der(issuer.raw).map_err(|error| at("issuer")(error.to_string()))?;
    let mut validity = fields
        .expect(SEQUENCE)
        .and_then(Element::children)
        .map_err(at("validity"))?;
    let not_before = validity.next().and_then(Element::time).map_err(at("notBefore"))?;
    let not_after = validity.next().and_then(Element::time).map_err(at("notAfter"))?;
    validity.finish().map_err(at("validity"))?;
    let subject = fields.next().map_err(at("subject"))?;
    let subject =
        DistinguishedName::from_der(subject.raw).map_err(|error| at("subject")(error.to_string()))?;
    let key = fields.expect(SEQUENCE).map_err(at("subjectPublicKeyInfo"))?;
    let public_key =
        PublicKey::from_spki_der(key.raw).map_err(|error| at("subjectPublicKeyInfo")(error.to_string()))?;
    // issuerUniqueID and subjectUniqueID (version 2) are passed over.
    fields.optional(0x81).map_err(at("issuerUniqueID"))?;
    fields.optional(0x82).map_err(at("subjectUniqueID"))?;
    let extensions = match fields.optional(0xa3).map_err(at("extensions"))? {
        Some(extensions) => extensions::parse(extensions.value)?,
        None => extensions::Extensions::default(),
    };
    fields.finish().map_err(at("tbsCertificate"))?;
    Ok(Fields {
        der: der.to_vec(),
        tbs_der: tbs.raw.to_vec(),
        version,
        serial: serial.to_vec(),
        issuer,
        subject,
        not_before,
        not_after,
        public_key,
        signature_algorithm_der: signature_algorithm.raw.to_vec(),
        signature: signature.to_vec(),
        extensions,
    })
}

#[cfg(test)]
mod tests {
    use super::integer_hex;

    #[test]
    fn serial_numbers_as_people_write_them() {
        for (content, text) in [
            (&[0x00][..], "0"),
            (&[0x01], "1"),
            (&[0x00, 0x80, 0x0a], "800a"),
            (&[0xff], "-1"),
            (&[0x80], "-80"),
            (&[0xff, 0x00], "-100"),
            (&[], "0"),
        ] {
            assert_eq!(integer_hex(content), text);
        }
    }
}
