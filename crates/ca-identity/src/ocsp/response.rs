//! Answers (RFC 6960, 4.2).

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use super::{BASIC_RESPONSE, CertId, NONCE, OcspError, at, bounded, nonce};
use crate::asn1::{
    Cursor, ENUMERATED, Element, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
};
use crate::certificate::{Certificate, extensions};
use crate::digest::sha256;
use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::signature::SignatureScheme;
use crate::verify::{self, VerifyError};

/// Whether a responder has answered at all (OCSPResponseStatus, RFC 6960, 4.2.1). Nobody signs this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseStatus {
    /// There is an answer.
    Successful,
    /// The request could not be read.
    MalformedRequest,
    /// The responder failed.
    InternalError,
    /// The responder cannot answer now.
    TryLater,
    /// The request must be signed.
    SignatureRequired,
    /// The responder does not answer this client, or knows nothing of the certificate.
    Unauthorized,
}

impl ResponseStatus {
    /// Returns the name that RFC 6960 gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::MalformedRequest => "malformedRequest",
            Self::InternalError => "internalError",
            Self::TryLater => "tryLater",
            Self::SignatureRequired => "sigRequired",
            Self::Unauthorized => "unauthorized",
        }
    }

    fn from_code(code: &[u8]) -> Option<Self> {
        Some(match code {
            [0] => Self::Successful,
            [1] => Self::MalformedRequest,
            [2] => Self::InternalError,
            [3] => Self::TryLater,
            [5] => Self::SignatureRequired,
            [6] => Self::Unauthorized,
            _ => return None,
        })
    }
}

/// An answer, as it came.
#[derive(Clone, Debug)]
pub struct OcspResponse {
    der: Vec<u8>,
    status: ResponseStatus,
    data: Option<ResponseData>,
}

/// What a responder says, and how it signed that (BasicOCSPResponse).
#[derive(Clone, Debug)]
pub struct ResponseData {
    tbs_der: Vec<u8>,
    responder: ResponderId,
    produced_at: DateTime<Utc>,
    responses: Vec<SingleResponse>,
    nonce: Option<Vec<u8>>,
    has_other_critical_extension: bool,
    has_extended_revoke: bool,
    signature_algorithm_der: Vec<u8>,
    signature: Vec<u8>,
    certificates: Vec<Certificate>,
}

/// How a responder names itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ResponderId {
    /// By the subject of its certificate.
    Name(DistinguishedName),
    /// By the SHA-1 digest of its key's BIT STRING.
    KeyHash(Vec<u8>),
}

impl ResponderId {
    /// Tells whether this names whoever has this name and key.
    pub fn is(&self, name: &DistinguishedName, key: &PublicKey) -> bool {
        match self {
            Self::Name(own) => own.matches(name),
            Self::KeyHash(hash) => *hash == key.subject_key_identifier(),
        }
    }
}

/// What a responder says of one certificate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SingleResponse {
    /// The certificate.
    pub certificate: CertId,
    /// Its standing.
    pub status: CertStatus,
    /// When that was known to be so.
    pub this_update: DateTime<Utc>,
    /// When there will be newer knowledge at the latest; `None` where there always is.
    pub next_update: Option<DateTime<Utc>>,
    /// Whether there is a critical extension that may change what this means (RFC 6960, 4.4).
    pub has_unknown_critical_extension: bool,
}

/// The standing of a certificate (RFC 6960, 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertStatus {
    /// Not revoked. It need not have been issued.
    Good,
    /// Revoked, or on hold.
    Revoked {
        /// When.
        at: DateTime<Utc>,
        /// The reasonCode (RFC 5280, 5.3.1), if given.
        reason: Option<u8>,
    },
    /// The responder does not know it.
    Unknown,
}

impl OcspResponse {
    /// Reads a DER-encoded answer.
    ///
    /// # Errors
    /// [`OcspError`] naming the field at fault.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        bounded(der, LONGEST, "OCSPResponse", parse)
    }

    /// Returns the exact encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns whether the responder has answered.
    pub fn status(&self) -> ResponseStatus {
        self.status
    }

    /// Returns the answer itself, if there is one.
    pub fn data(&self) -> Option<&ResponseData> {
        self.data.as_ref()
    }
}

impl ResponseData {
    /// Reads what is to be signed (ResponseData, DER) with a scheme, for those who look at it before.
    ///
    /// # Errors
    /// [`OcspError`] naming the field at fault.
    pub fn unsigned(tbs_der: &[u8], scheme: SignatureScheme) -> Result<Self, OcspError> {
        let tbs = Element::parse_as(SEQUENCE, tbs_der).map_err(at("tbsResponseData"))?;
        parse_tbs(tbs, scheme.algorithm_identifier_der())
    }

    /// Returns how the responder names itself.
    pub fn responder(&self) -> &ResponderId {
        &self.responder
    }

    /// Returns when the answer was signed.
    pub fn produced_at(&self) -> DateTime<Utc> {
        self.produced_at
    }

    /// Returns what is said of each certificate, in the order of the answer.
    pub fn responses(&self) -> &[SingleResponse] {
        &self.responses
    }

    /// Returns the nonce.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Tells whether the whole has a critical extension that is not known here.
    pub fn has_unknown_critical_extension(&self) -> bool {
        self.has_other_critical_extension
    }

    /// Tells whether the responder says that it calls revoked what was never issued (RFC 6960, 4.4.8).
    pub fn has_extended_revoke(&self) -> bool {
        self.has_extended_revoke
    }

    /// Returns the certificates beside the answer; those that cannot be read are left out.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Returns the SHA-256 digest of what is signed and of the signature.
    pub fn digest_sha256(&self) -> [u8; 32] {
        let parts = [&self.tbs_der, &self.signature_algorithm_der, &self.signature];
        sha256(&parts.map(Vec::as_slice).concat())
    }

    /// Returns the scheme of the signature, if it is one that is known here.
    pub fn signature_scheme(&self) -> Option<SignatureScheme> {
        SignatureScheme::from_algorithm_identifier_der(&self.signature_algorithm_der).ok()
    }

    /// Checks the signature with a key.
    ///
    /// # Errors
    /// [`VerifyError`] unless the signature is good.
    pub fn verify_signed_by(&self, key: &PublicKey) -> Result<(), VerifyError> {
        let scheme = SignatureScheme::from_algorithm_identifier_der(&self.signature_algorithm_der)?;
        verify::verify(key, &scheme, &self.tbs_der, &self.signature)
    }
}

/// Reads the content of an explicitly tagged version: v1 (0) is the only one.
pub(super) fn version(tagged: Element<'_>) -> Result<(), String> {
    match Element::parse_as(INTEGER, tagged.value)?.small_integer()? {
        0 => Ok(()),
        other => Err(format!("unknown version number {other}")),
    }
}

fn parse(der: &[u8]) -> Result<OcspResponse, OcspError> {
    let mut outer = Element::parse_as(SEQUENCE, der)
        .and_then(Element::children)
        .map_err(at("OCSPResponse"))?;
    let code = outer.expect(ENUMERATED).map_err(at("responseStatus"))?;
    let status = ResponseStatus::from_code(code.value)
        .ok_or_else(|| at("responseStatus")("unknown response status".to_owned()))?;
    let bytes = outer.optional(0xa0).map_err(at("responseBytes"))?;
    outer.finish().map_err(at("OCSPResponse"))?;
    let data = match (status, bytes) {
        (ResponseStatus::Successful, Some(bytes)) => Some(parse_bytes(bytes)?),
        (ResponseStatus::Successful, None) => {
            return Err(at("responseBytes")(
                "a successful answer without an answer".to_owned(),
            ));
        }
        _ => None,
    };
    Ok(OcspResponse {
        der: der.to_vec(),
        status,
        data,
    })
}

fn parse_bytes(bytes: Element<'_>) -> Result<ResponseData, OcspError> {
    let mut fields = Element::parse_as(SEQUENCE, bytes.value)
        .and_then(Element::children)
        .map_err(at("responseBytes"))?;
    let kind = fields
        .expect(OBJECT_IDENTIFIER)
        .and_then(Element::oid)
        .map_err(at("responseType"))?;
    let response = fields.expect(OCTET_STRING).map_err(at("response"))?;
    fields.finish().map_err(at("responseBytes"))?;
    if kind != BASIC_RESPONSE {
        return Err(at("responseType")(format!(
            "{kind} is not the basic response (RFC 6960, 4.2.1)"
        )));
    }
    parse_basic(response.value)
}

fn parse_basic(der: &[u8]) -> Result<ResponseData, OcspError> {
    let mut outer = Element::parse_as(SEQUENCE, der)
        .and_then(Element::children)
        .map_err(at("BasicOCSPResponse"))?;
    let tbs = outer.expect(SEQUENCE).map_err(at("tbsResponseData"))?;
    let signature_algorithm = outer.expect(SEQUENCE).map_err(at("signatureAlgorithm"))?;
    let signature = outer
        .next()
        .and_then(Element::bit_string)
        .map_err(at("signature"))?;
    let certificates = match outer.optional(0xa0).map_err(at("certs"))? {
        Some(list) => certificates(list).map_err(at("certs"))?,
        None => Vec::new(),
    };
    outer.finish().map_err(at("BasicOCSPResponse"))?;

    Ok(ResponseData {
        signature: signature.to_vec(),
        certificates,
        ..parse_tbs(tbs, signature_algorithm.raw.to_vec())?
    })
}

/// Reads what is signed; signature and certificates are beside it.
fn parse_tbs(tbs: Element<'_>, signature_algorithm_der: Vec<u8>) -> Result<ResponseData, OcspError> {
    let mut fields = tbs.children().map_err(at("tbsResponseData"))?;
    if let Some(found) = fields.optional(0xa0).map_err(at("version"))? {
        version(found).map_err(at("version"))?;
    }
    let responder = fields.next().and_then(responder_id).map_err(at("responderID"))?;
    let produced_at = fields
        .expect(GENERALIZED_TIME)
        .and_then(Element::time)
        .map_err(at("producedAt"))?;
    let mut list = fields
        .expect(SEQUENCE)
        .and_then(Element::children)
        .map_err(at("responses"))?;
    let mut responses = Vec::new();
    while !list.is_finished() {
        if responses.len() >= MOST_RESPONSES {
            return Err(at("responses")(format!(
                "more than {MOST_RESPONSES} certificates"
            )));
        }
        responses.push(single(&mut list).map_err(at("SingleResponse"))?);
    }
    let mut nonce_found = None;
    let mut has_other_critical_extension = false;
    let mut has_extended_revoke = false;
    if let Some(found) = fields.optional(0xa1).map_err(at("responseExtensions"))? {
        for extension in extensions::stored(found.value).map_err(at("responseExtensions"))? {
            if extension.oid == NONCE {
                if nonce_found.replace(nonce(&extension.value)).is_some() {
                    return Err(at("responseExtensions")("two nonces".to_owned()));
                }
            } else if extension.oid == EXTENDED_REVOKE {
                has_extended_revoke = true;
            } else {
                has_other_critical_extension |= extension.critical;
            }
        }
    }
    fields.finish().map_err(at("tbsResponseData"))?;
    Ok(ResponseData {
        tbs_der: tbs.raw.to_vec(),
        responder,
        produced_at,
        responses,
        nonce: nonce_found,
        has_other_critical_extension,
        has_extended_revoke,
        signature_algorithm_der,
        signature: Vec::new(),
        certificates: Vec::new(),
    })
}

fn certificates(list: Element<'_>) -> Result<Vec<Certificate>, String> {
    let mut list = Element::parse_as(SEQUENCE, list.value)?.children()?;
    let mut seen = 0;
    let mut certificates = Vec::new();
    while !list.is_finished() {
        seen += 1;
        if seen > MOST_CERTIFICATES {
            return Err(format!("more than {MOST_CERTIFICATES} certificates"));
        }
        certificates.extend(Certificate::from_der(list.next()?.raw));
    }
    Ok(certificates)
}

fn responder_id(element: Element<'_>) -> Result<ResponderId, String> {
    match element.tag {
        0xa1 => DistinguishedName::from_der(element.value)
            .map(ResponderId::Name)
            .map_err(|error| error.to_string()),
        0xa2 => Ok(ResponderId::KeyHash(
            Element::parse_as(OCTET_STRING, element.value)?.value.to_vec(),
        )),
        other => Err(format!("neither a name nor a key: tag 0x{other:02x}")),
    }
}

fn single(list: &mut Cursor<'_>) -> Result<SingleResponse, String> {
    let mut fields = list.expect(SEQUENCE)?.children()?;
    let certificate = CertId::read(&mut fields)?;
    let status = status(fields.next()?)?;
    let this_update = fields.expect(GENERALIZED_TIME)?.time()?;
    let next_update = match fields.optional(0xa0)? {
        Some(tagged) => Some(Element::parse_as(GENERALIZED_TIME, tagged.value)?.time()?),
        None => None,
    };
    let mut has_unknown_critical_extension = false;
    if let Some(found) = fields.optional(0xa1)? {
        has_unknown_critical_extension = extensions::stored(found.value)?
            .iter()
            .any(|extension| extension.critical && !HARMLESS.contains(&extension.oid));
    }
    fields.finish()?;
    Ok(SingleResponse {
        certificate,
        status,
        this_update,
        next_update,
        has_unknown_critical_extension,
    })
}

fn status(element: Element<'_>) -> Result<CertStatus, String> {
    match element.tag {
        0x80 if element.value.is_empty() => Ok(CertStatus::Good),
        0x82 if element.value.is_empty() => Ok(CertStatus::Unknown),
        0xa1 => {
            let mut fields = element.children()?;
            let at = fields.expect(GENERALIZED_TIME)?.time()?;
            let reason = match fields.optional(0xa0)? {
                Some(tagged) => match Element::parse_as(ENUMERATED, tagged.value)?.value {
                    [reason] => Some(*reason),
                    _ => return Err("a reason that is no CRLReason".to_owned()),
                },
                None => None,
            };
            fields.finish()?;
            Ok(CertStatus::Revoked { at, reason })
        }
        other => Err(format!("unknown certificate status 0x{other:02x}")),
    }
}

/// As much as a responder with a long chain and many certificates to speak of needs.
const LONGEST: usize = 1 << 20;
const MOST_CERTIFICATES: usize = 32;
const MOST_RESPONSES: usize = 4096;
/// id-pkix-ocsp-extended-revoke (RFC 6960, 4.4.8): says how certificates are spoken of that were never issued.
const EXTENDED_REVOKE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.9");
/// Extensions of a single response that change nothing about what it says: where the list is that it comes from
/// (4.4.2), how long answers are kept (4.4.4), reasonCode and invalidityDate (4.4.5).
const HARMLESS: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.3"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.6"),
    ObjectIdentifier::new_unwrap("2.5.29.21"),
    ObjectIdentifier::new_unwrap("2.5.29.24"),
];
