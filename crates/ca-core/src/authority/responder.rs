//! The certificates of OCSP responders.

use super::issuance::sign_certificate;
use super::make::{key_identifier, published};
use super::{Authority, CertificateAuthority, IssueError};
use crate::audit::{AuditAction, AuditEvent};
use crate::encode::{CertificateSpec, Extensions, Issued as Published, Role, encode_tbs};
use crate::ledger::{IssuedRecord, ResponderIntent, SerialNumber};
use crate::lint::{LintContext, refuse_errors};
use crate::policy::ValidityPeriod;
use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use identity::certificate::KeyUsage;
use identity::{Certificate, DistinguishedName, PublicKey, name};

impl Authority<'_> {
    /// Certifies the key of a responder that answers for this authority (RFC 6960, 4.2.2.2), for `days` from now and no
    /// longer than the authority itself: recorded, linted, signed, verified by a second implementation and recorded again.
    ///
    /// # Errors
    /// [`IssueError::IssuerNotValid`] if the authority's own certificate is not valid, and as for [`Authority::issue`].
    pub fn certify_responder(
        &self,
        key: &PublicKey,
        days: u32,
        now: DateTime<Utc>,
    ) -> Result<Certificate, IssueError> {
        let spec = specify(self.authority(), key, days, now)?;
        let (serial, authority) = (spec.serial, self.authority());
        let intent = ResponderIntent {
            serial,
            authority: authority.id().to_owned(),
            key_id: spec.extensions.subject_key_identifier,
            tbs: encode_tbs(&spec)?,
            created_at: self.context().real_time,
            acted_at: now,
        };
        let event = |action| {
            AuditEvent::new(self.context(), now, action, serial.to_string()).with("authority", authority.id())
        };
        let reserved = event(AuditAction::ResponderReserved).with("key", key.kind().to_string());
        self.ledger().reserve_responder(&intent, &[reserved])?;
        let context = LintContext {
            issuer: Some(authority.certificate()),
            ..LintContext::default()
        };
        refuse_errors(serial, &intent.tbs, authority.signer().scheme(), &context)?;
        let certificate = sign_certificate(serial, &intent.tbs, authority.signer())?;
        let sha256 = certificate.fingerprint_sha256();
        let record = IssuedRecord {
            serial,
            certificate: certificate.der().to_vec(),
            sha256,
            at: self.context().real_time,
        };
        let issued = event(AuditAction::ResponderIssued).with("sha256", hex::encode(sha256));
        self.ledger().record_responder(&record, &[issued])?;
        Ok(certificate)
    }
}

fn specify<'a>(
    authority: &'a CertificateAuthority,
    key: &'a PublicKey,
    days: u32,
    now: DateTime<Utc>,
) -> Result<CertificateSpec<'a>, IssueError> {
    let issuer = authority.certificate();
    if !issuer.is_valid_at(now) {
        let (not_before, not_after) = (issuer.not_before(), issuer.not_after());
        return Err(IssueError::IssuerNotValid {
            now,
            not_before,
            not_after,
        });
    }
    let mut validity = ValidityPeriod::starting(now, days);
    validity.not_before = validity.not_before.max(issuer.not_before());
    validity.not_after = validity.not_after.min(issuer.not_after());
    Ok(CertificateSpec {
        serial: SerialNumber::random()?,
        scheme: authority.signer().scheme(),
        issuer: issuer.subject(),
        validity,
        subject: subject(authority)?,
        public_key: key,
        extensions: Extensions {
            role: Role::OcspResponder,
            subject_key_identifier: key.subject_key_identifier(),
            authority_key_identifier: Some(key_identifier(issuer)),
            key_usage: KeyUsage {
                digital_signature: true,
                ..KeyUsage::default()
            },
            extended_key_usage: vec![OCSP_SIGNING],
            alternative_names: Vec::new(),
            policies: Vec::new(),
            constraints: None,
            // Nobody need ask whether it was revoked, so it names no place to ask.
            issued: Published {
                crl: None,
                ..published(authority.base_url(), authority.id(), false)
            },
            capabilities: &[],
        },
    })
}

/// The issuer's name and what this is, as far as a common name reaches (RFC 5280, A.1).
fn subject(authority: &CertificateAuthority) -> Result<DistinguishedName, IssueError> {
    let issuer = authority.certificate().subject();
    let whose: String = issuer
        .common_name()
        .unwrap_or(authority.id())
        .chars()
        .take(LONGEST_COMMON_NAME - SUFFIX.len())
        .collect();
    let common_name = [&whose, SUFFIX].concat();
    let kept = [name::COUNTRY, name::ORGANIZATION];
    let mut attributes: Vec<(ObjectIdentifier, &str)> = kept
        .into_iter()
        .filter_map(|oid| Some((oid, issuer.get(oid).next()?)))
        .collect();
    attributes.push((name::COMMON_NAME, &common_name));
    Ok(DistinguishedName::from_attributes(&attributes)?)
}

const SUFFIX: &str = " OCSP";

/// ub-common-name (RFC 5280, A.1).
const LONGEST_COMMON_NAME: usize = 64;

/// id-kp-OCSPSigning (RFC 6960, 4.2.2.2).
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
