//! The values of the extensions that both encoders take as they are.

use super::spec::{CertificateSpec, ConstrainedDomains, PolicyInformation, Role};
use der::asn1::{Any, Ia5String, Null, ObjectIdentifier};
use der::{Encode as _, Sequence};
use x509_cert::ext::pkix::certpolicy::{
    CertificatePolicies, PolicyInformation as Information, PolicyQualifierInfo,
};
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax, NameConstraints};

/// An extension by its parts.
pub(super) struct Raw {
    pub(super) oid: ObjectIdentifier,
    pub(super) critical: bool,
    pub(super) value: Vec<u8>,
}

/// Returns the extensions at the end of a certificate, in their order: policies, name constraints, information
/// access, capabilities, and that nobody need check.
pub(super) fn tail(spec: &CertificateSpec<'_>) -> Result<Vec<Raw>, der::Error> {
    let mut tail = Vec::new();
    let mut push = |oid, critical, value| tail.push(Raw { oid, critical, value });
    let extensions = &spec.extensions;
    if !extensions.policies.is_empty() {
        push(CERTIFICATE_POLICIES, false, policies(&extensions.policies)?);
    }
    if let Some(constraints) = &extensions.constraints {
        push(
            NAME_CONSTRAINTS,
            constraints.critical,
            name_constraints(constraints)?,
        );
    }
    let places = [
        (OCSP, &extensions.issued.ocsp),
        (CA_ISSUERS, &extensions.issued.ca_issuers),
    ];
    let places: Vec<_> = places
        .into_iter()
        .filter_map(|(method, url)| Some((method, url.as_deref()?)))
        .collect();
    if !places.is_empty() {
        push(AUTHORITY_INFORMATION_ACCESS, false, information_access(&places)?);
    }
    if !extensions.capabilities.is_empty() {
        push(SMIME_CAPABILITIES, false, capabilities(extensions.capabilities)?);
    }
    if extensions.role == Role::OcspResponder {
        push(OCSP_NO_CHECK, false, Null.to_der()?);
    }
    Ok(tail)
}

/// Returns a distribution point that is one address.
pub(super) fn distribution_point(url: &str) -> Result<DistributionPoint, der::Error> {
    let name = GeneralName::UniformResourceIdentifier(Ia5String::new(url)?);
    Ok(DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![name])),
        reasons: None,
        crl_issuer: None,
    })
}

fn policies(policies: &[PolicyInformation<'_>]) -> Result<Vec<u8>, der::Error> {
    let information = |policy: &PolicyInformation<'_>| {
        let qualifier = |url: &str| -> Result<_, der::Error> {
            let qualifier = Some(Any::encode_from(&Ia5String::new(url)?)?);
            Ok(vec![PolicyQualifierInfo {
                policy_qualifier_id: CPS_QUALIFIER,
                qualifier,
            }])
        };
        Ok::<_, der::Error>(Information {
            policy_identifier: policy.oid,
            policy_qualifiers: policy.cps_url.map(qualifier).transpose()?,
        })
    };
    CertificatePolicies(policies.iter().map(information).collect::<Result<_, _>>()?).to_der()
}

/// RFC 5280, 4.2.1.10: `example.org` is that host alone, `.example.org` every host below it.
fn name_constraints(constraints: &ConstrainedDomains<'_>) -> Result<Vec<u8>, der::Error> {
    let mut subtrees = Vec::new();
    for domain in constraints.domains {
        for base in [domain.clone(), format!(".{domain}")] {
            let base = GeneralName::Rfc822Name(Ia5String::new(&base)?);
            subtrees.push(GeneralSubtree {
                base,
                minimum: 0,
                maximum: None,
            });
        }
    }
    NameConstraints {
        permitted_subtrees: Some(subtrees),
        excluded_subtrees: None,
    }
    .to_der()
}

fn information_access(places: &[(ObjectIdentifier, &str)]) -> Result<Vec<u8>, der::Error> {
    let description = |(method, url): &(ObjectIdentifier, &str)| {
        let access_location = GeneralName::UniformResourceIdentifier(Ia5String::new(url)?);
        Ok::<_, der::Error>(AccessDescription {
            access_method: *method,
            access_location,
        })
    };
    AuthorityInfoAccessSyntax(places.iter().map(description).collect::<Result<_, _>>()?).to_der()
}

/// `SMIMECapability` (RFC 8551, 2.5.2) without parameters, as AES has none.
#[derive(Sequence)]
struct Capability {
    algorithm: ObjectIdentifier,
}

fn capabilities(algorithms: &[ObjectIdentifier]) -> Result<Vec<u8>, der::Error> {
    algorithms
        .iter()
        .map(|algorithm| Capability {
            algorithm: *algorithm,
        })
        .collect::<Vec<_>>()
        .to_der()
}

pub(super) const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");
const CERTIFICATE_POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
const AUTHORITY_INFORMATION_ACCESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");
const SMIME_CAPABILITIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.15");
const CPS_QUALIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
/// RFC 6960, 4.2.2.2.1.
const OCSP_NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");
const CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");
