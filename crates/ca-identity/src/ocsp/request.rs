//! Requests (RFC 6960, 4.1).

use super::{CertId, NONCE, OcspError, at, bounded, nonce};
use crate::asn1::{self, Element, OCTET_STRING, SEQUENCE};
use crate::certificate::extensions;

/// A request for the standing of certificates.
#[derive(Clone, Debug)]
pub struct OcspRequest {
    der: Vec<u8>,
    certificates: Vec<CertId>,
    nonce: Option<Vec<u8>>,
    has_other_critical_extension: bool,
}

impl OcspRequest {
    /// Makes an unsigned request. The nonce, if any, is the caller's to draw: 32 random bytes (RFC 9654, 2.1).
    pub fn new(certificates: &[CertId], nonce: Option<&[u8]>) -> Self {
        let requests: Vec<Vec<u8>> = certificates
            .iter()
            .map(|certificate| asn1::tlv(SEQUENCE, &[&certificate.to_der()]))
            .collect();
        let requests: Vec<&[u8]> = requests.iter().map(Vec::as_slice).collect();
        let list = asn1::tlv(SEQUENCE, &requests);
        let extensions = nonce.map_or_else(Vec::new, |nonce| {
            let value = asn1::tlv(OCTET_STRING, &[&asn1::tlv(OCTET_STRING, &[nonce])]);
            let extension = asn1::tlv(SEQUENCE, &[&asn1::oid(NONCE), &value]);
            asn1::tlv(0xa2, &[&asn1::tlv(SEQUENCE, &[&extension])])
        });
        let tbs = asn1::tlv(SEQUENCE, &[&list, &extensions]);
        Self {
            der: asn1::tlv(SEQUENCE, &[&tbs]),
            certificates: certificates.to_vec(),
            nonce: nonce.map(<[u8]>::to_vec),
            has_other_critical_extension: false,
        }
    }

    /// Reads a DER-encoded request. A requestor's signature is passed over.
    ///
    /// # Errors
    /// [`OcspError`] naming the field at fault.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        bounded(der, LONGEST, "OCSPRequest", parse)
    }

    /// Returns the exact encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the certificates asked about, in order.
    pub fn certificates(&self) -> &[CertId] {
        &self.certificates
    }

    /// Returns the nonce.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Tells whether there is a critical extension other than the nonce: who does not know it must not answer (RFC 6960,
    /// 4.4).
    pub fn has_other_critical_extension(&self) -> bool {
        self.has_other_critical_extension
    }
}

fn parse(der: &[u8]) -> Result<OcspRequest, OcspError> {
    let mut outer = Element::parse_as(SEQUENCE, der)
        .and_then(Element::children)
        .map_err(at("OCSPRequest"))?;
    let mut tbs = outer
        .expect(SEQUENCE)
        .and_then(Element::children)
        .map_err(at("tbsRequest"))?;
    outer.optional(0xa0).map_err(at("optionalSignature"))?;
    outer.finish().map_err(at("OCSPRequest"))?;
    if let Some(version) = tbs.optional(0xa0).map_err(at("version"))? {
        super::response::version(version).map_err(at("version"))?;
    }
    tbs.optional(0xa1).map_err(at("requestorName"))?;
    let mut list = tbs
        .expect(SEQUENCE)
        .and_then(Element::children)
        .map_err(at("requestList"))?;
    let mut certificates = Vec::new();
    let mut critical = false;
    while !list.is_finished() {
        if certificates.len() >= MOST_CERTIFICATES {
            return Err(at("requestList")(format!(
                "more than {MOST_CERTIFICATES} certificates"
            )));
        }
        let mut request = list
            .expect(SEQUENCE)
            .and_then(Element::children)
            .map_err(at("Request"))?;
        certificates.push(CertId::read(&mut request).map_err(at("reqCert"))?);
        if let Some(found) = request.optional(0xa0).map_err(at("singleRequestExtensions"))? {
            critical |= extensions::stored(found.value)
                .map_err(at("singleRequestExtensions"))?
                .iter()
                .any(|extension| extension.critical);
        }
        request.finish().map_err(at("Request"))?;
    }
    let mut nonce_found = None;
    if let Some(found) = tbs.optional(0xa2).map_err(at("requestExtensions"))? {
        for extension in extensions::stored(found.value).map_err(at("requestExtensions"))? {
            if extension.oid == NONCE {
                nonce_found = Some(nonce(&extension.value));
            } else {
                critical |= extension.critical;
            }
        }
    }
    tbs.finish().map_err(at("tbsRequest"))?;
    Ok(OcspRequest {
        der: der.to_vec(),
        certificates,
        nonce: nonce_found,
        has_other_critical_extension: critical,
    })
}

/// A request about one certificate takes some 120 bytes.
const LONGEST: usize = 64 << 10;
const MOST_CERTIFICATES: usize = 256;
