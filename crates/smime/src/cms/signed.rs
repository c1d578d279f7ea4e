//! SignedData (RFC 5652 5): the reader.

use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use identity::{Certificate, DigestAlgorithm};

use super::CmsError;

/// A SignedData, taken apart; every value is DER unless it says otherwise.
#[derive(Clone, Debug)]
pub(crate) struct SignedData {
    pub(crate) version: u32,
    /// eContentType.
    pub(crate) content_type: ObjectIdentifier,
    /// eContent, pieces of a constructed encoding joined; `None` if detached.
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) digest_algorithms: Vec<ObjectIdentifier>,
    /// X.509 certificates as DER, in the order of the message.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// How many attribute certificates and other kinds there were.
    pub(crate) other_certificates: usize,
    /// X.509 revocation lists as DER.
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) signer_infos: Vec<SignerInfo>,
}

impl SignedData {
    /// Reads a ContentInfo that holds a SignedData, in BER or DER.
    pub(crate) fn from_ber(_bytes: &[u8]) -> Result<Self, CmsError> {
        todo!()
    }
}

/// How a signer's, or a recipient's, certificate is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CertificateId {
    /// The issuer's name (DER) and the serial number (content octets of the INTEGER).
    IssuerAndSerial { issuer: Vec<u8>, serial: Vec<u8> },
    /// The subject key identifier.
    SubjectKeyIdentifier(Vec<u8>),
}

impl CertificateId {
    /// Tells whether this names `certificate`.
    pub(crate) fn names(&self, _certificate: &Certificate) -> bool {
        todo!()
    }
}

/// One signature.
#[derive(Clone, Debug)]
pub(crate) struct SignerInfo {
    pub(crate) version: u32,
    pub(crate) signer: CertificateId,
    pub(crate) digest_algorithm: ObjectIdentifier,
    pub(crate) signed_attributes: Option<SignedAttributes>,
    /// The AlgorithmIdentifier of the signature.
    pub(crate) signature_algorithm: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) unsigned_attributes: Vec<Attribute>,
}

/// An attribute: its type and its values as DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) values: Vec<Vec<u8>>,
}

/// The signed attributes of one signer.
#[derive(Clone, Debug)]
pub(crate) struct SignedAttributes {
    /// As received, with the tag SET OF in place of [0].
    received: Vec<u8>,
    /// As DER wants it: SET OF, sorted.
    der: Vec<u8>,
    attributes: Vec<Attribute>,
}

impl SignedAttributes {
    /// The octets a signature covers by RFC 5652 5.4: the DER encoding.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The octets as received, for signers that did not sort them.
    pub(crate) fn received(&self) -> &[u8] {
        &self.received
    }

    pub(crate) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The contentType attribute; `None` if absent or not exactly one value.
    pub(crate) fn content_type(&self) -> Option<ObjectIdentifier> {
        todo!()
    }

    /// The messageDigest attribute; `None` if absent or not exactly one value.
    pub(crate) fn message_digest(&self) -> Option<Vec<u8>> {
        todo!()
    }

    /// The signingTime attribute.
    pub(crate) fn signing_time(&self) -> Option<DateTime<Utc>> {
        todo!()
    }

    /// The first certificate of signingCertificateV2 (or of its SHA-1 forerunner).
    pub(crate) fn signing_certificate(&self) -> Option<SigningCertificate> {
        todo!()
    }
}

/// Which certificate a signer says he used (ESSCertIDv2, RFC 5035).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SigningCertificate {
    /// `None` if the digest is one we do not know.
    pub(crate) digest: Option<DigestAlgorithm>,
    pub(crate) hash: Vec<u8>,
}

impl SigningCertificate {
    /// Tells whether it names `certificate`; `None` if the digest is unknown.
    pub(crate) fn names(&self, _certificate: &Certificate) -> Option<bool> {
        todo!()
    }
}
