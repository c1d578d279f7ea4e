//! What a certificate is to hold.

use super::EncodeError;
use crate::ledger::SerialNumber;
use crate::policy::ValidityPeriod;
use der::asn1::ObjectIdentifier;
use identity::certificate::KeyUsage;
use identity::{DistinguishedName, PublicKey, SignatureScheme};

/// A certificate to be.
#[derive(Clone)]
pub(crate) struct CertificateSpec<'a> {
    pub(crate) serial: SerialNumber,
    pub(crate) scheme: SignatureScheme,
    /// The issuer's own subject, whose encoding is repeated byte by byte.
    pub(crate) issuer: &'a DistinguishedName,
    pub(crate) validity: ValidityPeriod,
    pub(crate) subject: DistinguishedName,
    pub(crate) public_key: &'a PublicKey,
    pub(crate) extensions: Extensions<'a>,
}

/// Its extensions; those left empty are left out.
#[derive(Clone)]
pub(crate) struct Extensions<'a> {
    pub(crate) role: Role,
    pub(crate) subject_key_identifier: [u8; 20],
    /// `None` in a self-signed certificate.
    pub(crate) authority_key_identifier: Option<Vec<u8>>,
    pub(crate) key_usage: KeyUsage,
    pub(crate) extended_key_usage: Vec<ObjectIdentifier>,
    pub(crate) alternative_names: Vec<AlternativeName>,
    pub(crate) policies: Vec<PolicyInformation<'a>>,
    pub(crate) constraints: Option<ConstrainedDomains<'a>>,
    pub(crate) issued: Issued,
    pub(crate) capabilities: &'a [ObjectIdentifier],
}

/// What the subject is: what basicConstraints says (RFC 5280, 4.2.1.9), and for a responder that nobody need ask about
/// its own certificate (id-pkix-ocsp-nocheck, RFC 6960, 4.2.2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Authority { path_length: Option<u8> },
    EndEntity,
    OcspResponder,
}

/// An address of the subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AlternativeName {
    Rfc822(String),
    /// RFC 9598.
    SmtpUtf8(String),
}

/// A certificate policy and where its statement can be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyInformation<'a> {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) cps_url: Option<&'a str>,
}

/// Domains that all addresses below must lie in, subdomains included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConstrainedDomains<'a> {
    pub(crate) domains: &'a [String],
    pub(crate) critical: bool,
}

/// Where the issuer publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) crl: Option<String>,
    pub(crate) ca_issuers: Option<String>,
    pub(crate) ocsp: Option<String>,
}

impl CertificateSpec<'_> {
    pub(super) fn fault(&self, field: &'static str, reason: impl ToString) -> EncodeError {
        EncodeError::Field {
            serial: self.serial,
            field,
            reason: reason.to_string(),
        }
    }
}
