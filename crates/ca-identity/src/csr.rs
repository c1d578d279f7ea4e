//! Certification requests (PKCS#10, RFC 2986).

use der::asn1::ObjectIdentifier;

use crate::asn1::{self, Cursor, Element, INTEGER, OCTET_STRING, SEQUENCE, SET, UTF8_STRING};
use crate::certificate::{Extension, extensions, mail_addresses};
use crate::key::{PrivateKey, PublicKey, SignError};
use crate::mailbox::Mailbox;
use crate::name::{DistinguishedName, EMAIL_ADDRESS};
use crate::pem;
use crate::signature::SignatureScheme;
use crate::verify::{self, VerifyError};

/// Why a certification request was not made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The structure is not that of RFC 2986.
    #[error("malformed certification request: {field}: {reason}")]
    Malformed {
        /// The field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The text holds no request.
    #[error("no certification request found: expected PEM (\"-----BEGIN CERTIFICATE REQUEST-----\") or DER")]
    NotFound,
    /// The key cannot sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The request is too long.
    #[error(
        "the certification request has {length} bytes, more than {maximum}: check that the file is the right one"
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The longest accepted, in bytes.
        maximum: usize,
    },
}

/// A certification request.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    der: Vec<u8>,
    info_der: Vec<u8>,
    subject: DistinguishedName,
    public_key: PublicKey,
    extensions: Vec<extensions::Stored>,
    signature_algorithm_der: Vec<u8>,
    signature: Vec<u8>,
}

impl CertificateRequest {
    /// Makes a request for `key` with a subject and addresses (subjectAltName in an extensionRequest attribute),
    /// and returns its DER encoding.
    ///
    /// # Errors
    /// [`RequestError::Sign`] if the key cannot sign.
    pub fn build(
        subject: &DistinguishedName,
        emails: &[Mailbox],
        key: &PrivateKey,
    ) -> Result<Vec<u8>, RequestError> {
        let attributes = if emails.is_empty() {
            Vec::new()
        } else {
            extension_request(emails)
        };
        let info = asn1::tlv(
            SEQUENCE,
            &[
                &asn1::unsigned(0),
                subject.der(),
                key.public_key().spki_der(),
                &asn1::tlv(0xa0, &[&attributes]),
            ],
        );
        let scheme =
            SignatureScheme::default_for(key.public_key()).map_err(|error| RequestError::Malformed {
                field: "subjectPKInfo",
                reason: error.to_string(),
            })?;
        let signature = key.sign(&scheme, &info)?;
        Ok(asn1::tlv(
            SEQUENCE,
            &[
                &info,
                &scheme.algorithm_identifier_der(),
                &asn1::bit_string(&signature),
            ],
        ))
    }

    /// Reads a DER-encoded request. Its signature is checked by [`CertificateRequest::verify`] only.
    ///
    /// # Errors
    /// [`RequestError`] naming the field at fault.
    pub fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        if der.len() > LONGEST {
            return Err(RequestError::TooLong {
                length: der.len(),
                maximum: LONGEST,
            });
        }
        parse(der)
    }

    /// Reads a request in PEM or DER.
    ///
    /// # Errors
    /// [`RequestError`] naming the field at fault.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, RequestError> {
        // PEM is a third longer than what it holds.
        if bytes.len() > 2 * LONGEST {
            return Err(RequestError::TooLong {
                length: bytes.len(),
                maximum: LONGEST,
            });
        }
        if bytes.first() == Some(&SEQUENCE) {
            return Self::from_der(bytes);
        }
        let blocks = pem::decode(bytes).map_err(|_| RequestError::NotFound)?;
        let block = blocks
            .iter()
            .find(|block| {
                matches!(
                    block.label.as_str(),
                    "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST"
                )
            })
            .ok_or(RequestError::NotFound)?;
        Self::from_der(&block.der)
    }

    /// Returns the exact encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Checks the request's own signature: the requester holds the private key.
    ///
    /// # Errors
    /// [`VerifyError`] unless the signature is good.
    pub fn verify(&self) -> Result<(), VerifyError> {
        let scheme = SignatureScheme::from_algorithm_identifier_der(&self.signature_algorithm_der)?;
        verify::verify(&self.public_key, &scheme, &self.info_der, &self.signature)
    }

    /// Returns the subject.
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// Returns the public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Returns the requested extensions.
    pub fn requested_extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        self.extensions.iter().map(|stored| Extension {
            oid: stored.oid,
            critical: stored.critical,
            value_der: &stored.value,
        })
    }

    /// Returns the requested mail addresses: those of the subjectAltName, or if it holds none those of the subject.
    pub fn emails(&self) -> Vec<String> {
        let names = self
            .extensions
            .iter()
            .find(|stored| stored.oid == extensions::SUBJECT_ALT_NAME)
            .and_then(|stored| extensions::subject_alt_names(&stored.value).ok())
            .unwrap_or_default();
        mail_addresses(&names, self.subject.get(EMAIL_ADDRESS))
    }
}

/// The attribute extensionRequest (RFC 2985, 5.4.2) with a subjectAltName.
fn extension_request(emails: &[Mailbox]) -> Vec<u8> {
    let names: Vec<Vec<u8>> = emails
        .iter()
        .map(|email| match email.to_rfc822() {
            Some(address) => asn1::tlv(0x81, &[address.as_bytes()]),
            None => {
                let text = asn1::tlv(UTF8_STRING, &[email.canonical().as_bytes()]);
                asn1::tlv(0xa0, &[&asn1::oid(SMTP_UTF8_MAILBOX), &asn1::tlv(0xa0, &[&text])])
            }
        })
        .collect();
    let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
    let value = asn1::tlv(OCTET_STRING, &[&asn1::tlv(SEQUENCE, &names)]);
    let extension = asn1::tlv(SEQUENCE, &[&asn1::oid(extensions::SUBJECT_ALT_NAME), &value]);
    let values = asn1::tlv(SET, &[&asn1::tlv(SEQUENCE, &[&extension])]);
    asn1::tlv(SEQUENCE, &[&asn1::oid(EXTENSION_REQUEST), &values])
}

fn parse(der: &[u8]) -> Result<CertificateRequest, RequestError> {
    let at = |field: &'static str| move |reason: String| RequestError::Malformed { field, reason };
    let mut outer = Element::parse_as(SEQUENCE, der)
        .and_then(Element::children)
        .map_err(at("CertificationRequest"))?;
    let info = outer.expect(SEQUENCE).map_err(at("certificationRequestInfo"))?;
    let signature_algorithm = outer.expect(SEQUENCE).map_err(at("signatureAlgorithm"))?;
    let signature = outer
        .next()
        .and_then(Element::bit_string)
        .map_err(at("signature"))?;
    outer.finish().map_err(at("CertificationRequest"))?;

    let mut fields = info.children().map_err(at("certificationRequestInfo"))?;
    fields.expect(INTEGER).map_err(at("version"))?;
    let subject = fields.next().map_err(at("subject"))?;
    let subject =
        DistinguishedName::from_der(subject.raw).map_err(|error| at("subject")(error.to_string()))?;
    let key = fields.expect(SEQUENCE).map_err(at("subjectPKInfo"))?;
    let public_key =
        PublicKey::from_spki_der(key.raw).map_err(|error| at("subjectPKInfo")(error.to_string()))?;
    let extensions = match fields.optional(0xa0).map_err(at("attributes"))? {
        Some(attributes) => attributes
            .children()
            .and_then(requested_extensions)
            .map_err(at("attributes"))?,
        None => Vec::new(),
    };
    fields.finish().map_err(at("certificationRequestInfo"))?;
    Ok(CertificateRequest {
        der: der.to_vec(),
        info_der: info.raw.to_vec(),
        subject,
        public_key,
        extensions,
        signature_algorithm_der: signature_algorithm.raw.to_vec(),
        signature: signature.to_vec(),
    })
}

fn requested_extensions(mut attributes: Cursor<'_>) -> Result<Vec<extensions::Stored>, String> {
    let mut requested = Vec::new();
    while !attributes.is_finished() {
        let mut attribute = attributes.expect(SEQUENCE)?.children()?;
        let oid = attribute.next()?.oid()?;
        let mut values = attribute.expect(SET)?.children()?;
        if oid == EXTENSION_REQUEST {
            requested.extend(extensions::stored(values.next()?.raw)?);
        }
    }
    Ok(requested)
}

const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");
const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");
/// A request holds a key and a name: this is generous.
const LONGEST: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyAlgorithm;

    #[test]
    fn a_request_verifies_and_a_changed_one_does_not() {
        let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
        let subject = DistinguishedName::from_attributes(&[(crate::name::COMMON_NAME, "Zoé")]).unwrap();
        let emails = ["a@bücher.example", "zoé@example.org"].map(|text| Mailbox::parse(text).unwrap());
        let der = CertificateRequest::build(&subject, &emails, &key).unwrap();
        let request = CertificateRequest::from_der(&der).unwrap();
        request.verify().unwrap();
        assert_eq!(request.emails(), ["a@xn--bcher-kva.example", "zoé@example.org"]);
        assert_eq!(request.subject().common_name(), Some("Zoé"));
        for position in 0..der.len() {
            let mut changed = der.clone();
            changed[position] ^= 1;
            let accepted =
                CertificateRequest::from_der(&changed).is_ok_and(|request| request.verify().is_ok());
            assert!(!accepted, "byte {position}");
        }
    }

    #[test]
    fn foreign_input_is_refused() {
        assert!(matches!(
            CertificateRequest::from_pem_or_der(b"not a request"),
            Err(RequestError::NotFound)
        ));
        let huge = vec![b'A'; 10_000_000];
        assert!(matches!(
            CertificateRequest::from_pem_or_der(&huge),
            Err(RequestError::TooLong { .. })
        ));
        assert!(CertificateRequest::from_der(&[0x30, 0x80, 0, 0]).is_err());
    }
}
