//! Authorities that follow one another: cross-certificates.

use super::issuance::sign_certificate;
use super::make::{authority_key_usage, key_identifier, published};
use super::{AuthorityError, CertificateAuthority, IssueError};
use crate::encode::{CertificateSpec, ConstrainedDomains, Extensions, PolicyInformation, Role, encode_tbs};
use crate::ledger::SerialNumber;
use crate::lint::{LintContext, refuse_errors};
use crate::policy::ValidityPeriod;
use chrono::{DateTime, Utc};
use identity::Certificate;
use identity::certificate::GeneralName;

/// Certifies the key of another authority of the same house: a new root under the old one, the old under the new, or an
/// issuing authority under a new root (RFC 4210, 4.4).
///
/// Name, key, path length, purposes, policies and name constraints are those of `subject`. It ends when either of the
/// two does.
///
/// # Errors
/// [`AuthorityError::NotAuthority`] if `subject` is no authority's certificate, [`AuthorityError::Issue`] if the
/// certificate cannot be made.
pub fn make_cross(
    subject: &Certificate,
    issuer: &CertificateAuthority,
    now: DateTime<Utc>,
) -> Result<Certificate, AuthorityError> {
    let Some(constraints) = subject.basic_constraints().filter(|found| found.ca) else {
        return Err(AuthorityError::NotAuthority {
            subject: subject.subject().to_string(),
        });
    };
    let wrap = |error: IssueError| Box::new(error);
    let domains = constrained_domains(subject);
    let mut validity = ValidityPeriod::starting(now, 1);
    validity.not_before = validity.not_before.max(subject.not_before());
    validity.not_after = subject.not_after().min(issuer.certificate().not_after());
    let signer = issuer.signer();
    let spec = CertificateSpec {
        serial: SerialNumber::random().map_err(|error| wrap(error.into()))?,
        scheme: signer.scheme(),
        issuer: issuer.certificate().subject(),
        validity,
        subject: subject.subject().clone(),
        public_key: subject.public_key(),
        extensions: Extensions {
            role: Role::Authority {
                path_length: constraints
                    .path_len
                    .map(|length| u8::try_from(length).unwrap_or(u8::MAX)),
            },
            subject_key_identifier: subject.public_key().subject_key_identifier(),
            authority_key_identifier: Some(key_identifier(issuer.certificate())),
            key_usage: authority_key_usage(),
            extended_key_usage: subject.extended_key_usage().unwrap_or_default().to_vec(),
            alternative_names: Vec::new(),
            policies: subject
                .certificate_policies()
                .iter()
                .map(|oid| PolicyInformation {
                    oid: *oid,
                    cps_url: None,
                })
                .collect(),
            constraints: (!domains.is_empty()).then(|| ConstrainedDomains {
                domains: &domains,
                critical: constraints_are_critical(subject),
            }),
            issued: published(issuer.base_url(), issuer.id(), false),
            capabilities: &[],
        },
    };
    let tbs = encode_tbs(&spec).map_err(|error| wrap(error.into()))?;
    let context = LintContext {
        issuer: Some(issuer.certificate()),
        ..LintContext::default()
    };
    refuse_errors(spec.serial, &tbs, signer.scheme(), &context).map_err(wrap)?;
    Ok(sign_certificate(spec.serial, &tbs, signer).map_err(wrap)?)
}

/// Returns the domains that a certificate of ours is limited to, as they were given when it was made: without the forms
/// for the domains below.
pub fn constrained_domains(certificate: &Certificate) -> Vec<String> {
    let constraints = certificate.name_constraints();
    let permitted = constraints
        .map(|constraints| constraints.permitted.as_slice())
        .unwrap_or_default();
    permitted
        .iter()
        .filter_map(|name| match name {
            GeneralName::Rfc822(domain) if !domain.starts_with('.') => Some(domain.clone()),
            _ => None,
        })
        .collect()
}

/// Tells whether a program that does not understand a certificate's name constraints must refuse it.
pub fn constraints_are_critical(certificate: &Certificate) -> bool {
    let constraints = certificate
        .extensions()
        .find(|extension| extension.oid == NAME_CONSTRAINTS);
    constraints.is_some_and(|extension| extension.critical)
}

/// RFC 5280, 4.2.1.10.
const NAME_CONSTRAINTS: der::asn1::ObjectIdentifier = der::asn1::ObjectIdentifier::new_unwrap("2.5.29.30");

#[cfg(test)]
mod tests {
    use super::super::testing::{key, moment, policies};
    use super::super::{AuthorityName, CaSigner, IssuingPlan, make_issuing, make_root};
    use super::*;
    use chrono::TimeDelta;
    use identity::KeyAlgorithm;

    const NAME: AuthorityName<'_> = AuthorityName {
        name: "Test",
        organization: None,
        country: None,
    };

    fn root(algorithm: KeyAlgorithm, now: DateTime<Utc>) -> CertificateAuthority {
        let signer = CaSigner::new(key(algorithm).clone()).unwrap();
        let certificate = make_root(NAME, policies().root(), &signer, now).unwrap();
        let base_url = "http://pki.example.org".parse().ok();
        CertificateAuthority::new(certificate, Vec::new(), signer, base_url).unwrap()
    }

    #[test]
    fn roots_certify_each_other() {
        let old = root(KeyAlgorithm::EcP384, moment());
        let later = moment() + TimeDelta::days(5000);
        let new = root(KeyAlgorithm::EcP256, later);
        for (subject, issuer) in [(&new, &old), (&old, &new)] {
            let cross = make_cross(subject.certificate(), issuer, later).unwrap();
            assert!(cross.is_self_issued() && cross.is_ca());
            assert_eq!(cross.public_key(), subject.certificate().public_key());
            assert_eq!(
                cross.authority_key_identifier(),
                issuer.certificate().subject_key_identifier()
            );
            assert_eq!(cross.not_after(), old.certificate().not_after());
            assert_eq!(cross.not_before(), new.certificate().not_before());
            assert_eq!(
                cross.crl_distribution_points(),
                [format!("http://pki.example.org/crl/{}.crl", issuer.id())]
            );
            cross.verify_signed_by(issuer.certificate().public_key()).unwrap();
        }
    }

    #[test]
    fn an_issuing_authority_keeps_its_limits() {
        let old = root(KeyAlgorithm::EcP384, moment());
        let issuers = policies().issuers();
        let domains = ["example.org".to_owned()];
        let plan = IssuingPlan {
            issuer: &issuers[0],
            domains: &domains,
            critical_constraints: true,
        };
        let key = key(KeyAlgorithm::EcP521).public_key();
        let issuing = make_issuing(NAME, policies().root(), plan, key, &old, moment()).unwrap();
        let again = make_cross(&issuing, &root(KeyAlgorithm::EcP256, moment()), moment()).unwrap();
        assert_eq!(again.subject().der(), issuing.subject().der());
        assert_eq!(again.basic_constraints(), issuing.basic_constraints());
        assert_eq!(again.extended_key_usage(), issuing.extended_key_usage());
        assert_eq!(again.certificate_policies(), issuing.certificate_policies());
        assert_eq!(constrained_domains(&again), domains);
        assert!(constraints_are_critical(&again));
    }
}
