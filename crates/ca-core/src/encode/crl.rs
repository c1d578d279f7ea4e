//! Encoding of revocation lists: entries are appended as they come, and the headers are put before them at the end, so
//! that a list is in memory once.
//!
//! `rcgen` encodes neither delta CRLs nor extensions of the list, and both encoders want every entry in memory first.

use super::EncodeError;
use super::extensions::distribution_point;
use crate::ledger::RevokedEntry;
use chrono::{DateTime, Datelike as _, Utc};
use der::Encode as _;
use der::asn1::{ObjectIdentifier, OctetString, Uint};
use identity::{DistinguishedName, SignatureScheme};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlDistributionPoints};

/// A revocation list to be, but for its entries.
#[derive(Clone, Debug)]
pub(crate) struct CrlSpec<'a> {
    pub(crate) scheme: SignatureScheme,
    /// The authority's own subject, whose encoding is repeated byte by byte.
    pub(crate) issuer: &'a DistinguishedName,
    pub(crate) authority_key_identifier: Vec<u8>,
    pub(crate) number: u64,
    pub(crate) this_update: DateTime<Utc>,
    pub(crate) next_update: DateTime<Utc>,
    /// The number of the list that this one continues; `None`: it is complete.
    pub(crate) delta_base: Option<u64>,
    /// Where it is published, if it must be told from another list of the same issuer name.
    pub(crate) distribution_point: Option<String>,
    /// Where its delta CRLs are published.
    pub(crate) freshest: Option<String>,
    /// Since when it holds certificates that have expired.
    pub(crate) expired_since: Option<DateTime<Utc>>,
}

/// A revocation list that entries are being added to.
#[derive(Debug)]
pub(crate) struct CrlEncoder<'a> {
    spec: CrlSpec<'a>,
    /// Room for what comes before the entries, then the entries.
    bytes: Vec<u8>,
    room: usize,
    head: Vec<u8>,
    count: u64,
}

/// A revocation list that is ready to be signed, within a buffer with room before and after it.
#[derive(Debug)]
pub(crate) struct UnsignedCrl {
    bytes: Vec<u8>,
    tbs_start: usize,
    tbs_end: usize,
    count: u64,
}

impl<'a> CrlEncoder<'a> {
    /// Begins a list of about so many entries.
    ///
    /// # Errors
    /// [`EncodeError::Crl`] naming the field that cannot be encoded.
    pub(crate) fn new(spec: CrlSpec<'a>, expected: usize) -> Result<Self, EncodeError> {
        let mut head = vec![INTEGER, 1, V2];
        head.extend_from_slice(&spec.scheme.algorithm_identifier_der());
        head.extend_from_slice(spec.issuer.der());
        push_time(&mut head, spec.this_update);
        push_time(&mut head, spec.next_update);
        // The outer header and that of the signed part, of the list of entries, and everything between.
        let room = head.len() + 3 * LONGEST_HEADER;
        let mut bytes = Vec::with_capacity(room + expected.saturating_mul(USUAL_ENTRY) + 1024);
        bytes.resize(room, 0);
        Ok(Self {
            spec,
            bytes,
            room,
            head,
            count: 0,
        })
    }

    /// Adds an entry (RFC 5280, 5.1.2.6); one without a reason is no longer on hold.
    pub(crate) fn push(&mut self, entry: &RevokedEntry) {
        let mut extensions = Vec::with_capacity(EXTENSIONS);
        let reason = match entry.reason {
            Some(reason) => reason.code(),
            None => REMOVE_FROM_CRL,
        };
        // RFC 5280, 5.3.1: no reason is said by saying nothing.
        if reason != 0 {
            extensions.extend_from_slice(&REASON_CODE);
            extensions.push(reason);
        }
        if let Some(date) = entry.invalidity_date {
            extensions.extend_from_slice(&INVALIDITY_DATE);
            push_generalized_time(&mut extensions, date);
        }
        let serial = entry.serial.significant_bytes();
        let sign = usize::from(serial.first().is_some_and(|byte| byte & 0x80 != 0));
        let mut content = Vec::with_capacity(ENTRY);
        push_header(&mut content, INTEGER, sign + serial.len());
        content.extend(std::iter::repeat_n(0, sign));
        content.extend_from_slice(serial);
        push_time(&mut content, entry.at);
        if !extensions.is_empty() {
            push_header(&mut content, SEQUENCE, extensions.len());
            content.extend_from_slice(&extensions);
        }
        push_header(&mut self.bytes, SEQUENCE, content.len());
        self.bytes.extend_from_slice(&content);
        self.count += 1;
    }

    /// Ends the list.
    ///
    /// # Errors
    /// [`EncodeError::Crl`] naming the field that cannot be encoded.
    pub(crate) fn finish(mut self) -> Result<UnsignedCrl, EncodeError> {
        let entries = self.bytes.len() - self.room;
        let extensions = extensions(&self.spec)?;
        self.bytes.extend_from_slice(&extensions);
        let mut front = std::mem::take(&mut self.head);
        // RFC 5280, 5.1.2.6: without entries the field is absent.
        if entries > 0 {
            push_header(&mut front, SEQUENCE, entries);
        }
        let mut tbs = Vec::with_capacity(LONGEST_HEADER + front.len());
        push_header(&mut tbs, SEQUENCE, front.len() + entries + extensions.len());
        tbs.extend_from_slice(&front);
        let tbs_start = put_before(&mut self.bytes, self.room, &tbs);
        Ok(UnsignedCrl {
            tbs_end: self.bytes.len(),
            bytes: self.bytes,
            tbs_start,
            count: self.count,
        })
    }
}

impl UnsignedCrl {
    /// Returns the bytes to be signed.
    pub(crate) fn tbs(&self) -> &[u8] {
        self.bytes.get(self.tbs_start..self.tbs_end).unwrap_or_default()
    }

    /// Returns the number of entries.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the list with an empty signature, for reading what is about to be signed.
    pub(crate) fn placeholder(&mut self, scheme: SignatureScheme) -> &[u8] {
        let start = self.wrap(scheme, &[]);
        self.bytes.get(start..).unwrap_or_default()
    }

    /// Returns the signed list.
    pub(crate) fn assemble(mut self, scheme: SignatureScheme, signature: &[u8]) -> Vec<u8> {
        let start = self.wrap(scheme, signature);
        self.bytes.drain(..start);
        self.bytes
    }

    /// Puts the outer header before the signed bytes and a signature behind them; returns where the header begins.
    fn wrap(&mut self, scheme: SignatureScheme, signature: &[u8]) -> usize {
        self.bytes.truncate(self.tbs_end);
        self.bytes.extend_from_slice(&scheme.algorithm_identifier_der());
        push_header(&mut self.bytes, BIT_STRING, 1 + signature.len());
        self.bytes.push(0);
        self.bytes.extend_from_slice(signature);
        let mut outer = Vec::with_capacity(LONGEST_HEADER);
        push_header(&mut outer, SEQUENCE, self.bytes.len() - self.tbs_start);
        put_before(&mut self.bytes, self.tbs_start, &outer)
    }
}

/// The crlExtensions field, with its tag.
fn extensions(spec: &CrlSpec<'_>) -> Result<Vec<u8>, EncodeError> {
    let fault = |field| {
        move |error: der::Error| EncodeError::Crl {
            number: spec.number,
            field,
            reason: error.to_string(),
        }
    };
    let mut list = Vec::new();
    let mut push = |oid, critical, value: Result<Vec<u8>, der::Error>, field| {
        let extn_value = value.and_then(OctetString::new).map_err(fault(field))?;
        list.push(Extension {
            extn_id: oid,
            critical,
            extn_value,
        });
        Ok::<_, EncodeError>(())
    };
    let key_identifier = AuthorityKeyIdentifier {
        key_identifier: Some(
            OctetString::new(spec.authority_key_identifier.clone())
                .map_err(fault("authorityKeyIdentifier"))?,
        ),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    };
    push(
        AUTHORITY_KEY_IDENTIFIER,
        false,
        key_identifier.to_der(),
        "authorityKeyIdentifier",
    )?;
    push(CRL_NUMBER, false, integer(spec.number), "cRLNumber")?;
    if let Some(base) = spec.delta_base {
        push(DELTA_CRL_INDICATOR, true, integer(base), "deltaCRLIndicator")?;
    }
    if let Some(url) = &spec.distribution_point {
        let point = distribution_point(url).map_err(fault("issuingDistributionPoint"))?;
        let point = IssuingDistributionPoint {
            distribution_point: point.distribution_point,
            only_contains_user_certs: false,
            only_contains_ca_certs: false,
            only_some_reasons: None,
            indirect_crl: false,
            only_contains_attribute_certs: false,
        };
        push(
            ISSUING_DISTRIBUTION_POINT,
            true,
            point.to_der(),
            "issuingDistributionPoint",
        )?;
    }
    if let Some(url) = &spec.freshest {
        let point = distribution_point(url).map_err(fault("freshestCRL"))?;
        push(
            FRESHEST_CRL,
            false,
            CrlDistributionPoints(vec![point]).to_der(),
            "freshestCRL",
        )?;
    }
    if let Some(since) = spec.expired_since {
        let mut value = Vec::new();
        push_generalized_time(&mut value, since);
        push(EXPIRED_CERTS_ON_CRL, false, Ok(value), "expiredCertsOnCRL")?;
    }
    let list = list.to_der().map_err(fault("crlExtensions"))?;
    let mut tagged = Vec::with_capacity(LONGEST_HEADER + list.len());
    push_header(&mut tagged, CRL_EXTENSIONS, list.len());
    tagged.extend_from_slice(&list);
    Ok(tagged)
}

fn integer(number: u64) -> Result<Vec<u8>, der::Error> {
    Uint::new(&number.to_be_bytes())?.to_der()
}

/// Appends a tag and a length in DER.
fn push_header(to: &mut Vec<u8>, tag: u8, length: usize) {
    to.push(tag);
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        to.push(short);
        return;
    }
    let octets = length.to_be_bytes();
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    // At most eight octets.
    to.push(0x80 | (octets.len() - zeros) as u8);
    to.extend(octets.iter().skip(zeros));
}

/// Appends a time as RFC 5280, 5.1.2.4 wants it: UTCTime to the end of 2049, from then on GeneralizedTime.
fn push_time(to: &mut Vec<u8>, moment: DateTime<Utc>) {
    if (1950..2050).contains(&moment.year()) {
        push_header(to, UTC_TIME, 13);
        push_digits(to, moment.year() % 100, 2);
        push_rest(to, moment);
    } else {
        push_generalized_time(to, moment);
    }
}

fn push_generalized_time(to: &mut Vec<u8>, moment: DateTime<Utc>) {
    push_header(to, GENERALIZED_TIME, 15);
    push_digits(to, moment.year(), 4);
    push_rest(to, moment);
}

/// Month to second.
fn push_rest(to: &mut Vec<u8>, moment: DateTime<Utc>) {
    use chrono::Timelike as _;
    let fields = [
        moment.month(),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
    ];
    for field in fields {
        // Below 100.
        push_digits(to, field as i32, 2);
    }
    to.push(b'Z');
}

fn push_digits(to: &mut Vec<u8>, number: i32, digits: u32) {
    for place in (0..digits).rev() {
        let digit = number / 10_i32.pow(place) % 10;
        // 0 to 9; years before the common era cannot be told in either type.
        to.push(b'0' + digit.unsigned_abs() as u8);
    }
}

/// Copies `front` to where it ends before `end`, and returns where it begins. The room was measured to hold it.
fn put_before(bytes: &mut [u8], end: usize, front: &[u8]) -> usize {
    let start = end.saturating_sub(front.len());
    if let Some(place) = bytes.get_mut(start..end) {
        place.copy_from_slice(front);
    }
    start
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[0] EXPLICIT`.
const CRL_EXTENSIONS: u8 = 0xa0;
/// Version 2 is written as 1.
const V2: u8 = 1;
/// removeFromCRL (RFC 5280, 5.3.1).
const REMOVE_FROM_CRL: u8 = 8;
/// A tag, and a length of up to eight octets.
const LONGEST_HEADER: usize = 10;
/// Header, 20 octets of serial, a date, and a reason.
const USUAL_ENTRY: usize = 54;
const ENTRY: usize = 80;
const EXTENSIONS: usize = 48;
/// An extension with the object identifier 2.5.29.21 and an ENUMERATED, up to its one octet.
const REASON_CODE: [u8; 11] = [SEQUENCE, 10, 0x06, 3, 0x55, 0x1d, 21, 0x04, 3, 0x0a, 1];
/// An extension with the object identifier 2.5.29.24, up to its GeneralizedTime.
const INVALIDITY_DATE: [u8; 9] = [SEQUENCE, 24, 0x06, 3, 0x55, 0x1d, 24, 0x04, 17];
// By their numbers: `x509-cert` has that of another extension for the issuing distribution point.
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const FRESHEST_CRL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.46");
/// X.509, 9.5.2.8.
const EXPIRED_CERTS_ON_CRL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.60");
