//! Attributes of a signer (RFC 5652 11, RFC 5035, RFC 8551 2.5).

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use const_oid::ObjectIdentifier;
use identity::{Certificate, ContentCipher, DigestAlgorithm};

use super::algorithm::Algorithm;
use super::ber::{
    GENERALIZED_TIME, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, UTC_TIME, Value, context, structure,
};
use super::certificate_id::CertificateId;
use super::{CmsError, der, oids};

/// An attribute: its type and its values as DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) values: Vec<Vec<u8>>,
}

impl Attribute {
    /// Reads all attributes of a SET OF (or its implicit form).
    pub(crate) fn read_all(set: &Value<'_>) -> Result<Vec<Self>, CmsError> {
        let mut attributes = Vec::new();
        let mut elements = set.children();
        let mut left = MOST_VALUES;
        let mut count = || -> Result<(), CmsError> {
            left = usize::checked_sub(left, 1)
                .ok_or_else(|| structure("set of attributes", "it has more values than are ever needed"))?;
            Ok(())
        };
        while let Some(element) = elements.next()? {
            count()?;
            let mut fields = element.children();
            let oid = fields.expect(OBJECT_IDENTIFIER, "Attribute")?.oid()?;
            let mut set = fields.expect(SET, "Attribute")?.children();
            let mut values = Vec::new();
            while let Some(value) = set.next()? {
                count()?;
                values.push(value.to_der()?);
            }
            attributes.push(Self { oid, values });
        }
        Ok(attributes)
    }
}

/// The signed attributes of one signer.
#[derive(Clone, Debug)]
pub(crate) struct SignedAttributes {
    received: Vec<u8>,
    der: Vec<u8>,
    attributes: Vec<Attribute>,
}

impl SignedAttributes {
    /// Reads `[0] IMPLICIT SET OF Attribute`.
    pub(crate) fn read(value: &Value<'_>) -> Result<Self, CmsError> {
        let attributes = Attribute::read_all(value)?;
        let elements = value.children().collect_all()?;
        let elements = elements
            .into_iter()
            .map(Value::to_der)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            received: der::value(SET, &[value.content]),
            der: der::set_of(elements),
            attributes,
        })
    }

    /// The octets a signature covers by RFC 5652 5.4: the DER encoding.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The octets as received, with the tag of SET OF in place of `[0]`: some signers do not sort before they sign.
    pub(crate) fn received(&self) -> &[u8] {
        &self.received
    }

    pub(crate) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The contentType attribute; `None` unless there is exactly one, with one value.
    pub(crate) fn content_type(&self) -> Option<ObjectIdentifier> {
        self.single(oids::CONTENT_TYPE, |value| value.oid().ok())
    }

    /// The messageDigest attribute; `None` unless there is exactly one, with one value.
    pub(crate) fn message_digest(&self) -> Option<Vec<u8>> {
        self.single(oids::MESSAGE_DIGEST, |value| {
            (value.tag == OCTET_STRING).then(|| value.content.to_vec())
        })
    }

    /// The signingTime attribute.
    pub(crate) fn signing_time(&self) -> Option<DateTime<Utc>> {
        self.single(oids::SIGNING_TIME, read_time)
    }

    /// The certificate that answers are to be encrypted to: sMIMEEncryptionKeyPreference (RFC 8551 2.5.3), or its
    /// forerunner.
    pub(crate) fn encryption_key_preference(&self) -> Option<CertificateId> {
        let read = |value: &Value<'_>| {
            match value.tag {
                // issuerAndSerialNumber [0] IMPLICIT
                0xA0 => CertificateId::read(&Value {
                    tag: SEQUENCE,
                    ..*value
                })
                .ok(),
                // receipentKeyId [1] IMPLICIT RecipientKeyIdentifier: its first field is the key identifier.
                0xA1 => {
                    let identifier = value
                        .children()
                        .expect(OCTET_STRING, "RecipientKeyIdentifier")
                        .ok()?;
                    Some(CertificateId::SubjectKeyIdentifier(
                        identifier.octets().ok()?.into_owned(),
                    ))
                }
                // subjectAltKeyIdentifier [2] IMPLICIT
                0x82 | 0xA2 => Some(CertificateId::SubjectKeyIdentifier(
                    value.octets().ok()?.into_owned(),
                )),
                _ => None,
            }
        };
        self.single(oids::ENCRYPTION_KEY_PREFERENCE, read).or_else(|| {
            self.single(oids::MS_ENCRYPTION_KEY_PREFERENCE, |value| {
                CertificateId::read(value).ok()
            })
        })
    }

    /// The first certificate of signingCertificateV2, or of its SHA-1 forerunner.
    pub(crate) fn signing_certificate(&self) -> Option<SigningCertificate> {
        self.single(oids::SIGNING_CERTIFICATE_V2, |v| {
            SigningCertificate::read(v, DigestAlgorithm::Sha256)
        })
        .or_else(|| {
            self.single(oids::SIGNING_CERTIFICATE, |v| {
                SigningCertificate::read(v, DigestAlgorithm::Sha1)
            })
        })
    }

    fn single<T>(&self, oid: ObjectIdentifier, read: impl Fn(&Value<'_>) -> Option<T>) -> Option<T> {
        let mut found = self.attributes.iter().filter(|a| a.oid == oid);
        let (attribute, None) = (found.next()?, found.next()) else {
            return None;
        };
        let [value] = attribute.values.as_slice() else {
            return None;
        };
        read(&Value::parse(value).ok()?)
    }
}

/// Which certificate a signer says he used (ESSCertIDv2, RFC 5035).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SigningCertificate {
    /// `None` if the digest is one we do not know.
    digest: Option<DigestAlgorithm>,
    hash: Vec<u8>,
}

impl SigningCertificate {
    fn read(value: &Value<'_>, default: DigestAlgorithm) -> Option<Self> {
        // SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, ... }
        let certs = value.children().expect(SEQUENCE, "SigningCertificateV2").ok()?;
        let mut fields = certs.children().expect(SEQUENCE, "ESSCertIDv2").ok()?.children();
        let algorithm = fields.optional(SEQUENCE).ok()?;
        let digest = match algorithm {
            None => Some(default),
            Some(algorithm) => DigestAlgorithm::from_oid(&Algorithm::read(&algorithm).ok()?.oid),
        };
        let hash = fields
            .expect(OCTET_STRING, "ESSCertIDv2")
            .ok()?
            .octets()
            .ok()?
            .into_owned();
        Some(Self { digest, hash })
    }

    /// Tells whether it names `certificate`; `None` if its digest is unknown.
    pub(crate) fn names(&self, certificate: &Certificate) -> Option<bool> {
        Some(identity::digest::digest(self.digest?, certificate.der()) == self.hash)
    }
}

/// The signed attributes of a new signature, DER encoded as SET OF. `encryption` is the certificate to encrypt answers
/// to, if it is another than the signer's.
pub(crate) fn encode_signed(
    content_digest: &[u8],
    signing_time: DateTime<Utc>,
    certificate: &Certificate,
    encryption: Option<&Certificate>,
    capabilities: &[ContentCipher],
) -> Vec<u8> {
    let attribute = |oid, value: &[u8]| der::sequence(&[&der::oid(oid), &der::value(SET, &[value])]);
    let mut attributes = vec![
        attribute(oids::CONTENT_TYPE, &der::oid(oids::DATA)),
        attribute(oids::MESSAGE_DIGEST, &der::octet_string(content_digest)),
        attribute(oids::SIGNING_TIME, &encode_time(signing_time)),
        attribute(
            oids::SIGNING_CERTIFICATE_V2,
            &encode_signing_certificate(certificate),
        ),
        attribute(oids::SMIME_CAPABILITIES, &encode_capabilities(capabilities)),
    ];
    if let Some(encryption) = encryption {
        // issuerAndSerialNumber [0] IMPLICIT (RFC 8551 2.5.3).
        let named = der::retagged(context(0), CertificateId::issuer_and_serial(encryption));
        attributes.push(attribute(oids::ENCRYPTION_KEY_PREFERENCE, &named));
    }
    der::set_of(attributes)
}

/// SigningCertificateV2 with one ESSCertIDv2: SHA-256 is the default and therefore left out.
fn encode_signing_certificate(certificate: &Certificate) -> Vec<u8> {
    let issuer_serial = der::sequence(&[
        // GeneralNames with one directoryName, which is EXPLICIT because Name is a CHOICE.
        &der::sequence(&[&der::explicit(4, certificate.issuer().der())]),
        &der::integer(certificate.serial()),
    ]);
    let hash = der::octet_string(&certificate.fingerprint_sha256());
    let cert_id = der::sequence(&[&hash, &issuer_serial]);
    der::sequence(&[&der::sequence(&[&cert_id])])
}

/// SMIMECapabilities: the ciphers in order of preference, without parameters (RFC 3565 4.1, RFC 8551 2.5.2).
fn encode_capabilities(ciphers: &[ContentCipher]) -> Vec<u8> {
    let capabilities: Vec<_> = ciphers
        .iter()
        .map(|c| der::sequence(&[&der::oid(c.oid())]))
        .collect();
    der::sequence(&capabilities.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// UTCTime through 2049, GeneralizedTime afterwards (RFC 5652 11.3).
fn encode_time(moment: DateTime<Utc>) -> Vec<u8> {
    if (1950..2050).contains(&moment.year()) {
        der::value(UTC_TIME, &[moment.format("%y%m%d%H%M%SZ").to_string().as_bytes()])
    } else {
        der::value(
            GENERALIZED_TIME,
            &[moment.format("%Y%m%d%H%M%SZ").to_string().as_bytes()],
        )
    }
}

fn read_time(value: &Value<'_>) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(value.content).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let text = match (value.tag, text.len()) {
        // RFC 5652 11.3: a year of two digits from 50 on is of the last century. Seconds may be missing in old BER.
        (UTC_TIME, 10 | 12) => {
            let century = if text < "50" { "20" } else { "19" };
            format!("{century}{text}{}", if text.len() == 10 { "00" } else { "" })
        }
        (GENERALIZED_TIME, 14) => text.to_owned(),
        _ => return None,
    };
    NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%S")
        .ok()
        .map(|t| t.and_utc())
}

/// The ciphers that `certificate` announces in its sMIMECapabilities extension (RFC 4262), if it has one.
pub(crate) fn announced(certificate: &Certificate) -> Vec<ContentCipher> {
    let capabilities = certificate.smime_capabilities().unwrap_or_default();
    capabilities
        .iter()
        .filter_map(|c| ContentCipher::from_oid(&c.oid, c.parameters_der.as_deref()))
        .collect()
}

impl SignedAttributes {
    /// The sMIMECapabilities attribute: the ciphers the signer announces, in his order.
    pub(crate) fn announced_ciphers(&self) -> Vec<ContentCipher> {
        let read = |value: &Value<'_>| {
            let capabilities = value.children().collect_all().ok()?;
            let algorithms = capabilities.iter().filter_map(|c| Algorithm::read(c).ok());
            Some(
                algorithms
                    .filter_map(|a| ContentCipher::from_oid(&a.oid, a.parameters.as_deref()))
                    .collect(),
            )
        };
        self.single(oids::SMIME_CAPABILITIES, read).unwrap_or_default()
    }
}

/// How many attributes, and values of attributes, one set may have: mail in use has about ten.
const MOST_VALUES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn times_change_their_type_in_2050() {
        for (moment, tag) in [
            (Utc.with_ymd_and_hms(2049, 12, 31, 23, 59, 59).unwrap(), UTC_TIME),
            (
                Utc.with_ymd_and_hms(2050, 1, 1, 0, 0, 0).unwrap(),
                GENERALIZED_TIME,
            ),
            (Utc.with_ymd_and_hms(1999, 1, 1, 0, 0, 0).unwrap(), UTC_TIME),
        ] {
            let encoded = encode_time(moment);
            assert_eq!(encoded[0], tag);
            assert_eq!(read_time(&Value::parse(&encoded).unwrap()), Some(moment));
        }
    }
}
