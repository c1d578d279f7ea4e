//! SignedData (RFC 5652 5).

use const_oid::ObjectIdentifier;

use super::algorithm::Algorithm;
use super::ber::{INTEGER, OCTET_STRING, SEQUENCE, SET, Value, context};
use super::{CmsError, der, oids, read_content_info};

pub(crate) use super::attributes::{Attribute, SignedAttributes};
pub(crate) use super::certificate_id::CertificateId;

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
    pub(crate) fn from_ber(bytes: &[u8]) -> Result<Self, CmsError> {
        const NAME: &str = "SignedData";
        let content = read_content_info(bytes, oids::SIGNED_DATA, "signed-data")?;
        let mut fields = content.children();
        let version = fields.expect(INTEGER, NAME)?.small_integer()?;
        let digest_algorithms = read_digest_algorithms(&fields.expect(SET, NAME)?)?;

        let mut encapsulated = fields.expect(SEQUENCE, NAME)?.children();
        let content_type = encapsulated.expect(super::ber::OBJECT_IDENTIFIER, NAME)?.oid()?;
        let content = match encapsulated.optional(context(0))? {
            None => None,
            Some(explicit) => {
                let octets = explicit
                    .children()
                    .expect(OCTET_STRING, "encapsulated content")?
                    .octets()?;
                Some(octets.into_owned())
            }
        };

        let (certificates, other_certificates) = match fields.optional(context(0))? {
            Some(set) => read_certificates(&set)?,
            None => Default::default(),
        };
        let crls = match fields.optional(context(1))? {
            Some(set) => read_crls(&set)?,
            None => Vec::new(),
        };
        let signer_infos = read_signer_infos(&fields.expect(SET, NAME)?)?;
        Ok(Self {
            version,
            content_type,
            content,
            digest_algorithms,
            certificates,
            other_certificates,
            crls,
            signer_infos,
        })
    }
}

pub(super) fn read_digest_algorithms(set: &Value<'_>) -> Result<Vec<ObjectIdentifier>, CmsError> {
    let mut elements = set.children();
    let mut algorithms = Vec::new();
    while let Some(algorithm) = elements.next()? {
        if algorithms.len() >= MOST_DIGESTS {
            return Err(super::ber::structure(
                "SignedData",
                "it announces too many digests",
            ));
        }
        algorithms.push(Algorithm::read(&algorithm)?.oid);
    }
    Ok(algorithms)
}

/// How many digests may be announced: as many as there are signers, which often are counted twice.
const MOST_DIGESTS: usize = 10_000;

/// The X.509 certificates of a set as DER, and how many others there are.
pub(super) fn read_certificates(set: &Value<'_>) -> Result<(Vec<Vec<u8>>, usize), CmsError> {
    // Certificates are signed octets: they stay as they are.
    let (certificates, others): (Vec<_>, Vec<_>) = set
        .children()
        .collect_all()?
        .into_iter()
        .partition(|certificate| certificate.tag == SEQUENCE);
    let certificates = certificates.into_iter().map(|one| one.raw.to_vec()).collect();
    Ok((certificates, others.len()))
}

pub(super) fn read_crls(set: &Value<'_>) -> Result<Vec<Vec<u8>>, CmsError> {
    let all = set.children().collect_all()?;
    let crls = all.iter().filter(|crl| crl.tag == SEQUENCE);
    Ok(crls.map(|crl| crl.raw.to_vec()).collect())
}

pub(super) fn read_signer_infos(set: &Value<'_>) -> Result<Vec<SignerInfo>, CmsError> {
    let infos = set.children().collect_all()?;
    infos.iter().map(SignerInfo::read).collect()
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

impl SignerInfo {
    pub(crate) fn read(value: &Value<'_>) -> Result<Self, CmsError> {
        const NAME: &str = "SignerInfo";
        if value.tag != SEQUENCE {
            return Err(super::ber::structure(NAME, "it is not a SEQUENCE"));
        }
        let mut fields = value.children();
        let version = fields.expect(INTEGER, NAME)?.small_integer()?;
        let signer = fields
            .next()?
            .ok_or_else(|| super::ber::structure(NAME, "a field is missing"))?;
        let signer = CertificateId::read(&signer)?;
        let digest_algorithm = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?.oid;
        let signed_attributes = fields.optional(context(0))?;
        let signed_attributes = signed_attributes
            .map(|v| SignedAttributes::read(&v))
            .transpose()?;
        let signature_algorithm = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?.der;
        let signature = fields.expect(OCTET_STRING, NAME)?.octets()?.into_owned();
        let unsigned_attributes = match fields.optional(context(1))? {
            Some(set) => Attribute::read_all(&set)?,
            None => Vec::new(),
        };
        Ok(Self {
            version,
            signer,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature,
            unsigned_attributes,
        })
    }
}

/// A signature that is to be written.
pub(crate) struct NewSignature {
    /// IssuerAndSerialNumber.
    pub(crate) signer: Vec<u8>,
    /// The AlgorithmIdentifier of the digest.
    pub(crate) digest_algorithm: Vec<u8>,
    /// SET OF Attribute.
    pub(crate) signed_attributes: Vec<u8>,
    pub(crate) signature_algorithm: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// Certificates to send along, as DER.
    pub(crate) certificates: Vec<Vec<u8>>,
}

impl NewSignature {
    /// The ContentInfo with one SignerInfo and no content: the signature is detached.
    pub(crate) fn detached(&self) -> Vec<u8> {
        let (mut out, end) = self.frame(None);
        out.extend_from_slice(&end);
        out
    }

    /// What stands before, and after, `length` octets of content in a ContentInfo with one SignerInfo.
    pub(crate) fn around(&self, length: u64) -> (Vec<u8>, Vec<u8>) {
        self.frame(Some(length))
    }

    fn frame(&self, length: Option<u64>) -> (Vec<u8>, Vec<u8>) {
        let attributes = Value::parse(&self.signed_attributes)
            .map(|v| v.content)
            .unwrap_or_default();
        let signer_info = der::sequence(&[
            // Version 1 goes with issuerAndSerialNumber (RFC 5652 5.3).
            &der::small_integer(1),
            &self.signer,
            &self.digest_algorithm,
            &der::value(context(0), &[attributes]),
            &self.signature_algorithm,
            &der::octet_string(&self.signature),
        ]);
        let end = [
            der::implicit_set_of(context(0), self.certificates.clone()),
            der::set_of(vec![signer_info]),
        ]
        .concat();
        let (info_type, data_type) = (der::oid(oids::SIGNED_DATA), der::oid(oids::DATA));
        let begin = [
            // Version 1: id-data and version 1 signers only (RFC 5652 5.1).
            der::small_integer(1),
            der::set_of(vec![self.digest_algorithm.clone()]),
        ]
        .concat();
        let mut levels: Vec<(u8, &[u8], u64)> = vec![
            (SEQUENCE, &info_type, 0),
            (context(0), &[], 0),
            (SEQUENCE, &begin, end.len() as u64),
            (SEQUENCE, &data_type, 0),
        ];
        if length.is_some() {
            levels.push((context(0), &[], 0));
            levels.push((OCTET_STRING, &[], 0));
        }
        (der::nested(&levels, length.unwrap_or(0)), end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity::Certificate;

    /// Made by `openssl cms -sign -nodetach -stream`: indefinite lengths, the content in pieces.
    const STREAMED: &[u8] = include_bytes!("../../tests/data/signed-stream.der");

    #[test]
    fn a_streamed_message_is_read_whole() {
        let signed = SignedData::from_ber(STREAMED).unwrap();
        assert_eq!(
            signed.content.as_deref(),
            Some(&b"Content-Type: text/plain\r\n\r\nHello\r\n"[..])
        );
        assert_eq!((signed.version, signed.content_type), (1, oids::DATA));
        let [signer] = signed.signer_infos.as_slice() else {
            panic!()
        };
        let certificate = Certificate::from_der(&signed.certificates[0]).unwrap();
        assert!(signer.signer.names(&certificate));
        let attributes = signer.signed_attributes.as_ref().unwrap();
        let digest = identity::DigestAlgorithm::from_oid(&signer.digest_algorithm).unwrap();
        let content_digest = identity::digest::digest(digest, signed.content.as_ref().unwrap());
        assert_eq!(attributes.message_digest(), Some(content_digest));
        assert_eq!(attributes.content_type(), Some(oids::DATA));
        assert!(attributes.signing_time().is_some());
        let scheme = identity::SignatureScheme::from_cms(&signer.signature_algorithm, digest).unwrap();
        identity::verify(
            certificate.public_key(),
            &scheme,
            attributes.der(),
            &signer.signature,
        )
        .unwrap();
    }

    #[test]
    fn what_is_written_is_read_back() {
        let alice = include_bytes!("../../tests/data/alice.pem");
        let alice = identity::identity::Identity::from_pem(alice, None)
            .unwrap()
            .remove(0);
        let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let attributes = super::super::attributes::encode_signed(
            &[7; 32],
            now,
            alice.certificate(),
            None,
            &[identity::ContentCipher::Aes256Cbc],
        );
        let new = NewSignature {
            signer: CertificateId::issuer_and_serial(alice.certificate()),
            digest_algorithm: der::algorithm(identity::DigestAlgorithm::Sha256.oid(), &[]),
            signed_attributes: attributes.clone(),
            signature_algorithm: der::algorithm(oids::RSA_ENCRYPTION, der::NULL),
            signature: b"signature".to_vec(),
            certificates: vec![alice.certificate().der().to_vec()],
        };
        let signed = SignedData::from_ber(&new.detached()).unwrap();
        assert_eq!(signed.content, None);
        let signer = &signed.signer_infos[0];
        assert!(signer.signer.names(alice.certificate()));
        assert_eq!(signer.signature, b"signature");
        let read = signer.signed_attributes.as_ref().unwrap();
        assert_eq!((read.der(), read.received()), (&attributes[..], &attributes[..]));
        assert_eq!(read.signing_time(), Some(now));
        assert_eq!(
            read.signing_certificate().unwrap().names(alice.certificate()),
            Some(true)
        );
        assert_eq!(read.announced_ciphers(), [identity::ContentCipher::Aes256Cbc]);
    }

    #[test]
    fn every_cut_is_an_error() {
        for length in 0..STREAMED.len() {
            assert!(SignedData::from_ber(&STREAMED[..length]).is_err());
        }
    }
}
