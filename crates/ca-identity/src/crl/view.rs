//! Reading a revocation list entry by entry over its own bytes: a million entries take no memory of their own.

use chrono::{DateTime, Datelike as _, Utc};
use der::asn1::ObjectIdentifier;

use super::{CRL_NUMBER, CrlError, LONGEST, number_hex};
use crate::asn1::{
    BOOLEAN, Cursor, ENUMERATED, Element, GENERALIZED_TIME, INTEGER, OCTET_STRING, SEQUENCE, UTC_TIME,
};
use crate::certificate::{Extension, extensions};
use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::signature::SignatureScheme;
use crate::verify::{self, VerifyError};

/// A revocation list that borrows its encoding; its entries are read as they are asked for.
#[derive(Clone, Debug)]
pub struct CertificateListView<'a> {
    tbs: &'a [u8],
    version: Option<u32>,
    pub(super) issuer: DistinguishedName,
    pub(super) this_update: DateTime<Utc>,
    pub(super) next_update: Option<DateTime<Utc>>,
    times_are_rightly_encoded: bool,
    /// The content of revokedCertificates.
    entries: Option<&'a [u8]>,
    pub(super) extensions: Vec<extensions::Stored>,
    pub(super) signature_algorithm_der: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// An entry of a revocation list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry<'a> {
    /// The content of the serialNumber INTEGER, big-endian, as encoded.
    pub serial: &'a [u8],
    /// When it was revoked.
    pub revocation_date: DateTime<Utc>,
    /// Whether that date is encoded as RFC 5280, 5.1.2.6 demands: as UTCTime to the end of 2049, as GeneralizedTime
    /// from then on.
    pub date_is_rightly_encoded: bool,
    /// The reasonCode (RFC 5280, 5.3.1), if given.
    pub reason: Option<u8>,
    /// The invalidityDate (RFC 5280, 5.3.2), if given and readable.
    pub invalidity_date: Option<DateTime<Utc>>,
    /// The value of the certificateIssuer extension (RFC 5280, 5.3.3), if given.
    pub certificate_issuer_der: Option<&'a [u8]>,
    /// Whether it has a critical extension other than reasonCode and certificateIssuer.
    pub has_other_critical_extension: bool,
}

/// The entries of a revocation list, in its order.
#[derive(Clone)]
pub struct Entries<'a>(Cursor<'a>);

impl<'a> CertificateListView<'a> {
    /// Reads everything of a DER-encoded list but its entries.
    ///
    /// # Errors
    /// [`CrlError`] naming the field at fault.
    pub fn from_der(der: &'a [u8]) -> Result<Self, CrlError> {
        let at = |field: &'static str| move |reason: String| CrlError { field, reason };
        if der.len() > LONGEST {
            let reason = format!("it has {} bytes, more than {LONGEST}", der.len());
            return Err(at("CertificateList")(reason));
        }
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
        let version = fields.optional(INTEGER).map_err(at("version"))?;
        let version = version.map(Element::small_integer).transpose();
        let inner_algorithm = fields.expect(SEQUENCE).map_err(at("signature"))?;
        if inner_algorithm.raw != signature_algorithm.raw {
            return Err(at("signature")(
                "it differs from signatureAlgorithm (RFC 5280, 5.1.1.2)".to_owned(),
            ));
        }
        let issuer = fields.next().map_err(at("issuer"))?;
        let issuer =
            DistinguishedName::from_der(issuer.raw).map_err(|error| at("issuer")(error.to_string()))?;
        let (this_update, mut times_are_rightly_encoded) =
            fields.next().and_then(time).map_err(at("thisUpdate"))?;
        let mut next_update = None;
        for tag in [UTC_TIME, GENERALIZED_TIME] {
            if let Some(found) = fields.optional(tag).map_err(at("nextUpdate"))? {
                let (moment, rightly) = time(found).map_err(at("nextUpdate"))?;
                next_update = Some(moment);
                times_are_rightly_encoded &= rightly;
                break;
            }
        }
        let entries = fields.optional(SEQUENCE).map_err(at("revokedCertificates"))?;
        let extensions = match fields.optional(0xa0).map_err(at("crlExtensions"))? {
            Some(list) => extensions::stored(list.value).map_err(at("crlExtensions"))?,
            None => Vec::new(),
        };
        fields.finish().map_err(at("tbsCertList"))?;
        Ok(Self {
            tbs: tbs.raw,
            version: version.map_err(at("version"))?,
            issuer,
            this_update,
            next_update,
            times_are_rightly_encoded,
            entries: entries.map(|list| list.value),
            extensions,
            signature_algorithm_der: signature_algorithm.raw,
            signature,
        })
    }

    /// Returns the AlgorithmIdentifier of the signature (DER).
    pub fn signature_algorithm_der(&self) -> &'a [u8] {
        self.signature_algorithm_der
    }

    /// Returns the signed bytes (TBSCertList).
    pub fn tbs_der(&self) -> &'a [u8] {
        self.tbs
    }

    /// Returns the version field as encoded, 1 for version 2; `None` if it is absent.
    pub fn version(&self) -> Option<u32> {
        self.version
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

    /// Tells whether thisUpdate and nextUpdate are encoded as RFC 5280, 5.1.2.4 and 5.1.2.5 demand: as UTCTime to the
    /// end of 2049, as GeneralizedTime from then on.
    pub fn times_are_rightly_encoded(&self) -> bool {
        self.times_are_rightly_encoded
    }

    /// Returns the cRLNumber in lower-case hexadecimal without leading zeros.
    pub fn number_hex(&self) -> Option<String> {
        number_hex(&self.extensions, CRL_NUMBER)
    }

    /// Returns the number of the list that a delta CRL continues, in lower-case hexadecimal; `None` for a complete list.
    pub fn delta_base_hex(&self) -> Option<String> {
        number_hex(&self.extensions, DELTA_CRL_INDICATOR)
    }

    /// Tells whether there is a revokedCertificates field, be it empty.
    pub fn has_entries_field(&self) -> bool {
        self.entries.is_some()
    }

    /// Reads the entries, one as each is asked for.
    pub fn entries(&self) -> Entries<'a> {
        Entries(Cursor::new(self.entries.unwrap_or_default()))
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
        let scheme = SignatureScheme::from_algorithm_identifier_der(self.signature_algorithm_der)?;
        verify::verify_quickly(issuer_key, &scheme, self.tbs, self.signature)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, CrlError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_finished() {
            return None;
        }
        let entry = entry(&mut self.0).map_err(|reason| CrlError {
            field: "revokedCertificates",
            reason,
        });
        if entry.is_err() {
            // What follows a broken entry cannot be told apart from it.
            self.0 = Cursor::new(&[]);
        }
        Some(entry)
    }
}

impl std::fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entries").finish_non_exhaustive()
    }
}

fn entry<'a>(list: &mut Cursor<'a>) -> Result<Entry<'a>, String> {
    let mut fields = list.expect(SEQUENCE)?.children()?;
    let serial = fields.expect(INTEGER)?.integer()?;
    let (revocation_date, date_is_rightly_encoded) = time(fields.next()?)?;
    let mut entry = Entry {
        serial,
        revocation_date,
        date_is_rightly_encoded,
        reason: None,
        invalidity_date: None,
        certificate_issuer_der: None,
        has_other_critical_extension: false,
    };
    if let Some(extensions) = fields.optional(SEQUENCE)? {
        let mut extensions = extensions.children()?;
        while !extensions.is_finished() {
            let mut parts = extensions.expect(SEQUENCE)?.children()?;
            let oid = parts.next()?.oid()?;
            let critical = match parts.optional(BOOLEAN)? {
                Some(critical) => critical.boolean()?,
                None => false,
            };
            let value = parts.expect(OCTET_STRING)?.value;
            parts.finish()?;
            match oid {
                REASON_CODE => {
                    entry.reason = Element::parse_as(ENUMERATED, value)?.value.first().copied();
                }
                CERTIFICATE_ISSUER => entry.certificate_issuer_der = Some(value),
                _ => {
                    if oid == INVALIDITY_DATE {
                        entry.invalidity_date = Element::parse(value).and_then(Element::time).ok();
                    }
                    entry.has_other_critical_extension |= critical;
                }
            }
        }
    }
    fields.finish()?;
    Ok(entry)
}

/// Reads a time, and whether its type is the one for its year.
fn time(element: Element<'_>) -> Result<(DateTime<Utc>, bool), String> {
    let moment = element.time()?;
    Ok((moment, (moment.year() < 2050) == (element.tag == UTC_TIME)))
}

const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const CERTIFICATE_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.29");
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");
const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
