//! Certificate revocation lists (RFC 5280, 5), as far as looking at them needs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use crate::asn1::{ENUMERATED, Element, GENERALIZED_TIME, INTEGER, SEQUENCE, UTC_TIME};
use crate::certificate::{Extension, GeneralName, extensions, general_name, integer_hex};
use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::signature::SignatureScheme;
use crate::verify::{self, VerifyError};

/// Why bytes are not a certificate revocation list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("malformed certificate revocation list: {field}: {reason}")]
pub struct CrlError {
    /// The field.
    pub field: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// A certificate revocation list.
#[derive(Clone, Debug)]
pub struct CertificateList {
    der: Vec<u8>,
    tbs_der: Vec<u8>,
    issuer: DistinguishedName,
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    entries: Vec<RevokedCertificate>,
    extensions: Vec<extensions::Stored>,
    signature_algorithm_der: Vec<u8>,
    signature: Vec<u8>,
}

/// An entry of a certificate revocation list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RevokedCertificate {
    /// The content of the serialNumber INTEGER, big-endian, as encoded.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub revocation_date: DateTime<Utc>,
    /// The reasonCode (RFC 5280, 5.3.1), if given.
    pub reason: Option<u8>,
    /// Who issued the certificate, if the list says that it was somebody else than the list's issuer (certificateIssuer,
    /// RFC 5280, 5.3.3; it holds for the entries after it, too).
    pub certificate_issuer: Option<Arc<DistinguishedName>>,
    /// Whether the entry has a critical extension other than reasonCode and certificateIssuer: what it says may then
    /// mean something else (RFC 5280, 5.3).
    pub has_other_critical_extension: bool,
}

impl CertificateList {
    /// Reads a DER-encoded list.
    ///
    /// # Errors
    /// [`CrlError`] naming the field at fault.
    pub fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        if der.len() > LONGEST {
            return Err(CrlError {
                field: "CertificateList",
                reason: format!("it has {} bytes, more than {LONGEST}", der.len()),
            });
        }
        parse(der)
    }

    /// Returns the exact encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the issuer.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// Returns when the list was made.
    pub fn this_update(&self) -> DateTime<Utc> {
        self.this_update
    }

    /// Returns when the next list is due.
    pub fn next_update(&self) -> Option<DateTime<Utc>> {
        self.next_update
    }

    /// Returns the cRLNumber in lower-case hexadecimal without leading zeros.
    pub fn number_hex(&self) -> Option<String> {
        let number = self.extensions.iter().find(|stored| stored.oid == CRL_NUMBER)?;
        Element::parse_as(INTEGER, &number.value)
            .and_then(Element::integer)
            .ok()
            .map(integer_hex)
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the entries in the order of the list.
    pub fn entries(&self) -> impl Iterator<Item = &RevokedCertificate> {
        self.entries.iter()
    }

    /// Returns the list's own extensions.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        self.extensions.iter().map(|stored| Extension {
            oid: stored.oid,
            critical: stored.critical,
            value_der: &stored.value,
        })
    }

    /// Checks the signature with the issuer's key.
    ///
    /// # Errors
    /// [`VerifyError`] unless the signature is good.
    pub fn verify_signed_by(&self, issuer_key: &PublicKey) -> Result<(), VerifyError> {
        let scheme = SignatureScheme::from_algorithm_identifier_der(&self.signature_algorithm_der)?;
        verify::verify_quickly(issuer_key, &scheme, &self.tbs_der, &self.signature)
    }
}

fn parse(der: &[u8]) -> Result<CertificateList, CrlError> {
    let at = |field: &'static str| move |reason: String| CrlError { field, reason };
    let mut outer = Element::parse_as(SEQUENCE, der)
        .and_then(Element::children)
        .map_err(at("CertificateList"))?;
    let tbs = outer.expect(SEQUENCE).map_err(at("tbsCertList"))?;
    let signature_algorithm = outer.expect(SEQUENCE).map_err(at("signatureAlgorithm"))?;
    let signature = outer
        .next()
        .and_then(Element::signature)
        .map_err(at("signatureValue"))?;
    outer.finish().map_err(at("CertificateList"))?;

    let mut fields = tbs.children().map_err(at("tbsCertList"))?;
    fields.optional(INTEGER).map_err(at("version"))?;
    let inner_algorithm = fields.expect(SEQUENCE).map_err(at("signature"))?;
    if inner_algorithm.raw != signature_algorithm.raw {
        return Err(at("signature")(
            "it differs from signatureAlgorithm (RFC 5280, 5.1.1.2)".to_owned(),
        ));
    }
    let issuer = fields.next().map_err(at("issuer"))?;
    let issuer = DistinguishedName::from_der(issuer.raw).map_err(|error| at("issuer")(error.to_string()))?;
    let this_update = fields.next().and_then(Element::time).map_err(at("thisUpdate"))?;
    let mut next_update = None;
    for tag in [UTC_TIME, GENERALIZED_TIME] {
        if let Some(time) = fields.optional(tag).map_err(at("nextUpdate"))? {
            next_update = Some(time.time().map_err(at("nextUpdate"))?);
            break;
        }
    }
    let entries = match fields.optional(SEQUENCE).map_err(at("revokedCertificates"))? {
        Some(list) => entries(list).map_err(at("revokedCertificates"))?,
        None => Vec::new(),
    };
    let extensions = match fields.optional(0xa0).map_err(at("crlExtensions"))? {
        Some(list) => extensions::stored(list.value).map_err(at("crlExtensions"))?,
        None => Vec::new(),
    };
    fields.finish().map_err(at("tbsCertList"))?;
    Ok(CertificateList {
        der: der.to_vec(),
        tbs_der: tbs.raw.to_vec(),
        issuer,
        this_update,
        next_update,
        entries,
        extensions,
        signature_algorithm_der: signature_algorithm.raw.to_vec(),
        signature: signature.to_vec(),
    })
}

fn entries(list: Element<'_>) -> Result<Vec<RevokedCertificate>, String> {
    let mut list = list.children()?;
    let mut entries = Vec::new();
    let mut certificate_issuer = None;
    while !list.is_finished() {
        let mut fields = list.expect(SEQUENCE)?.children()?;
        let serial = fields.expect(INTEGER)?.integer()?.to_vec();
        let revocation_date = fields.next()?.time()?;
        let mut reason = None;
        let mut has_other_critical_extension = false;
        if let Some(extensions) = fields.optional(SEQUENCE)? {
            for stored in extensions::stored(extensions.raw)? {
                if stored.oid == REASON_CODE {
                    reason = Element::parse_as(ENUMERATED, &stored.value)?
                        .value
                        .first()
                        .copied();
                } else if stored.oid == CERTIFICATE_ISSUER {
                    certificate_issuer = Some(Arc::new(directory_name(&stored.value)?));
                } else {
                    has_other_critical_extension |= stored.critical;
                }
            }
        }
        fields.finish()?;
        entries.push(RevokedCertificate {
            serial,
            revocation_date,
            reason,
            certificate_issuer: certificate_issuer.clone(),
            has_other_critical_extension,
        });
    }
    Ok(entries)
}

/// The one directory name of a certificateIssuer.
fn directory_name(names: &[u8]) -> Result<DistinguishedName, String> {
    general_name::names(names)?
        .into_iter()
        .find_map(|name| match name {
            GeneralName::Directory(name) => Some(name),
            _ => None,
        })
        .ok_or_else(|| "a certificateIssuer without a directory name".to_owned())
}

/// Twice what a million entries take.
const LONGEST: usize = 128 << 20;
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const CERTIFICATE_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.29");
const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
