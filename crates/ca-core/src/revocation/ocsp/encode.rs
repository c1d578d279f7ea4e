//! The encoding of answers (RFC 6960, 4.2).

use crate::ledger::RevocationReason;
use chrono::{DateTime, Utc};
use der::asn1::{AnyRef, BitStringRef, GeneralizedTime, Null, ObjectIdentifier, OctetString, OctetStringRef};
use der::{Choice, Decode as _, Encode as _, Enumerated, Sequence};
use identity::SignatureScheme;
use std::time::Duration;
use x509_cert::ext::Extension;

/// What is said of a certificate.
pub(super) enum Said {
    Good,
    Revoked(Revoked),
    /// RFC 6960, 2.2: revoked before anybody can have relied upon it.
    NeverIssued,
    Unknown,
}

/// What is said of a revocation.
pub(super) struct Revoked {
    pub(super) at: DateTime<Utc>,
    pub(super) reason: Option<RevocationReason>,
    pub(super) invalidity_date: Option<DateTime<Utc>>,
}

/// What is said of one certificate, and for how long.
pub(super) struct Single<'a> {
    /// CertID.
    pub(super) certificate: &'a [u8],
    pub(super) what: &'a Said,
    pub(super) this_update: DateTime<Utc>,
    pub(super) next_update: DateTime<Utc>,
}

#[derive(Sequence)]
struct ResponseData<'a> {
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT")]
    by_key: &'a OctetStringRef,
    produced_at: GeneralizedTime,
    responses: Vec<SingleResponse<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Sequence)]
struct SingleResponse<'a> {
    certificate: AnyRef<'a>,
    status: CertStatus,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Choice)]
enum CertStatus {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

#[derive(Sequence)]
struct RevokedInfo {
    at: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    reason: Option<Reason>,
}

/// CRLReason (RFC 5280, 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
#[repr(u8)]
enum Reason {
    Unspecified = 0,
    KeyCompromise = 1,
    CaCompromise = 2,
    AffiliationChanged = 3,
    Superseded = 4,
    CessationOfOperation = 5,
    CertificateHold = 6,
    PrivilegeWithdrawn = 9,
    AaCompromise = 10,
}

#[derive(Sequence)]
struct BasicResponse<'a> {
    data: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<AnyRef<'a>>>,
}

#[derive(Sequence)]
struct Response<'a> {
    status: ResponseStatus,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<ResponseBytes<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
#[repr(u8)]
enum ResponseStatus {
    Successful = 0,
}

#[derive(Sequence)]
struct ResponseBytes<'a> {
    kind: ObjectIdentifier,
    response: &'a OctetStringRef,
}

/// Returns the bytes to be signed.
pub(super) fn response_data(
    key_hash: &[u8],
    produced_at: DateTime<Utc>,
    singles: &[Single<'_>],
    nonce: Option<&[u8]>,
) -> der::Result<Vec<u8>> {
    let mut extensions = Vec::new();
    if let Some(nonce) = nonce {
        extensions.push(extension(NONCE, OctetStringRef::new(nonce)?.to_der()?)?);
    }
    if singles
        .iter()
        .any(|single| matches!(single.what, Said::NeverIssued))
    {
        extensions.push(extension(EXTENDED_REVOKE, Null.to_der()?)?);
    }
    ResponseData {
        by_key: OctetStringRef::new(key_hash)?,
        produced_at: time(produced_at)?,
        responses: singles.iter().map(single).collect::<Result<_, _>>()?,
        extensions: Some(extensions).filter(|extensions| !extensions.is_empty()),
    }
    .to_der()
}

/// Returns what was signed with its signature and the signer's certificate.
pub(super) fn basic_response(
    data: &[u8],
    scheme: SignatureScheme,
    signature: &[u8],
    certificate: &[u8],
) -> der::Result<Vec<u8>> {
    let algorithm = scheme.algorithm_identifier_der();
    BasicResponse {
        data: AnyRef::from_der(data)?,
        algorithm: AnyRef::from_der(&algorithm)?,
        signature: BitStringRef::from_bytes(signature)?,
        certificates: Some(vec![AnyRef::from_der(certificate)?]),
    }
    .to_der()
}

/// Returns the whole answer.
pub(super) fn successful(basic: &[u8]) -> der::Result<Vec<u8>> {
    Response {
        status: ResponseStatus::Successful,
        bytes: Some(ResponseBytes {
            kind: BASIC_RESPONSE,
            response: OctetStringRef::new(basic)?,
        }),
    }
    .to_der()
}

fn single<'a>(single: &Single<'a>) -> der::Result<SingleResponse<'a>> {
    let mut extensions = Vec::new();
    let status = match single.what {
        Said::Good => CertStatus::Good(Null),
        Said::Unknown => CertStatus::Unknown(Null),
        Said::NeverIssued => CertStatus::Revoked(RevokedInfo {
            at: time(DateTime::UNIX_EPOCH)?,
            reason: Some(Reason::CertificateHold),
        }),
        Said::Revoked(revoked) => {
            if let Some(date) = revoked.invalidity_date {
                extensions.push(extension(INVALIDITY_DATE, time(date)?.to_der()?)?);
            }
            CertStatus::Revoked(RevokedInfo {
                at: time(revoked.at)?,
                reason: revoked.reason.map(reason),
            })
        }
    };
    Ok(SingleResponse {
        certificate: AnyRef::from_der(single.certificate)?,
        status,
        this_update: time(single.this_update)?,
        next_update: Some(time(single.next_update)?),
        extensions: Some(extensions).filter(|extensions| !extensions.is_empty()),
    })
}

fn reason(reason: RevocationReason) -> Reason {
    match reason {
        RevocationReason::Unspecified => Reason::Unspecified,
        RevocationReason::KeyCompromise => Reason::KeyCompromise,
        RevocationReason::CaCompromise => Reason::CaCompromise,
        RevocationReason::AffiliationChanged => Reason::AffiliationChanged,
        RevocationReason::Superseded => Reason::Superseded,
        RevocationReason::CessationOfOperation => Reason::CessationOfOperation,
        RevocationReason::CertificateHold => Reason::CertificateHold,
        RevocationReason::PrivilegeWithdrawn => Reason::PrivilegeWithdrawn,
        RevocationReason::AaCompromise => Reason::AaCompromise,
    }
}

fn extension(oid: ObjectIdentifier, value: Vec<u8>) -> der::Result<Extension> {
    Ok(Extension {
        extn_id: oid,
        critical: false,
        extn_value: OctetString::new(value)?,
    })
}

/// Whole seconds in GeneralizedTime (RFC 6960, 4.2.2.1); nothing here is older than 1970.
fn time(moment: DateTime<Utc>) -> der::Result<GeneralizedTime> {
    let seconds = u64::try_from(moment.timestamp()).unwrap_or(0);
    GeneralizedTime::from_unix_duration(Duration::from_secs(seconds))
}

/// id-pkix-ocsp-basic (RFC 6960, 4.2.1).
const BASIC_RESPONSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
/// id-pkix-ocsp-nonce (RFC 9654, 2.1).
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
/// id-pkix-ocsp-extended-revoke (RFC 6960, 4.4.8).
const EXTENDED_REVOKE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.9");
/// id-ce-invalidityDate (RFC 5280, 5.3.2; RFC 6960, 4.4.5).
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");
