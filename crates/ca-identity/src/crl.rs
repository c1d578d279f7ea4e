//! Certificate revocation lists (RFC 5280, 5), as far as looking at them needs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use crate::asn1::{Element, INTEGER};
use crate::certificate::{Extension, GeneralName, extensions, general_name, integer_hex};
use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::signature::SignatureScheme;
use crate::verify::{self, VerifyError};

mod view;

pub use view::{CertificateListView, Entries, Entry};

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
        let view = CertificateListView::from_der(der)?;
        let entries = entries(&view)?;
        Ok(Self {
            der: der.to_vec(),
            tbs_der: view.tbs_der().to_vec(),
            issuer: view.issuer,
            this_update: view.this_update,
            next_update: view.next_update,
            entries,
            extensions: view.extensions,
            signature_algorithm_der: view.signature_algorithm_der.to_vec(),
            signature: view.signature.to_vec(),
        })
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
        number_hex(&self.extensions, CRL_NUMBER)
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

fn entries(view: &CertificateListView<'_>) -> Result<Vec<RevokedCertificate>, CrlError> {
    let mut entries = Vec::new();
    let mut certificate_issuer = None;
    for entry in view.entries() {
        let entry = entry?;
        if let Some(names) = entry.certificate_issuer_der {
            let name = directory_name(names).map_err(|reason| CrlError {
                field: "revokedCertificates",
                reason,
            })?;
            certificate_issuer = Some(Arc::new(name));
        }
        entries.push(RevokedCertificate {
            serial: entry.serial.to_vec(),
            revocation_date: entry.revocation_date,
            reason: entry.reason,
            certificate_issuer: certificate_issuer.clone(),
            has_other_critical_extension: entry.has_other_critical_extension,
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

/// Reads an extension that is an INTEGER.
fn number_hex(extensions: &[extensions::Stored], oid: ObjectIdentifier) -> Option<String> {
    let number = extensions.iter().find(|stored| stored.oid == oid)?;
    Element::parse_as(INTEGER, &number.value)
        .and_then(Element::integer)
        .ok()
        .map(integer_hex)
}

/// Twice what a million entries take.
const LONGEST: usize = 128 << 20;
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
