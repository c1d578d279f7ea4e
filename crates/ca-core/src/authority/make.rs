//! Making the certificates of authorities.

use super::issuance::sign_certificate;
use super::{AuthorityError, BaseUrl, CaSigner, CertificateAuthority, IssueError};
use crate::encode::{
    CertificateSpec, ConstrainedDomains, Extensions, Issued as Published, PolicyInformation, Role, encode_tbs,
};
use crate::ledger::SerialNumber;
use crate::lint::{LintContext, refuse_errors};
use crate::policy::{IssuerPlan, RootPolicy, ValidityPeriod};
use chrono::{DateTime, Utc};
use identity::certificate::KeyUsage;
use identity::{Certificate, DistinguishedName, Mailbox, PublicKey, name};

/// What an authority is called.
#[derive(Clone, Copy, Debug)]
pub struct AuthorityName<'a> {
    /// The name that common names are made of.
    pub name: &'a str,
    /// The organization.
    pub organization: Option<&'a str>,
    /// The country, two letters (ISO 3166).
    pub country: Option<&'a str>,
}

/// What an issuing authority is to be.
#[derive(Clone, Copy, Debug)]
pub struct IssuingPlan<'a> {
    /// What the policies call for.
    pub issuer: &'a IssuerPlan,
    /// Domains that it may vouch for, subdomains included; empty: any.
    pub domains: &'a [String],
    /// Whether a program that does not understand name constraints must refuse it (gpgsm does).
    pub critical_constraints: bool,
}

/// Makes the self-signed certificate of a root.
///
/// # Errors
/// [`AuthorityError`] if a name or the key cannot be used.
pub fn make_root(
    name: AuthorityName<'_>,
    policy: &RootPolicy,
    signer: &CaSigner,
    now: DateTime<Utc>,
) -> Result<Certificate, AuthorityError> {
    let subject = subject(name, &policy.root_common_name(name.name))?;
    let spec = CertificateSpec {
        serial: SerialNumber::random().map_err(wrap)?,
        scheme: signer.scheme(),
        issuer: &subject,
        validity: ValidityPeriod::starting(now, policy.root_days()),
        subject: subject.clone(),
        public_key: signer.public_key(),
        extensions: Extensions {
            role: Role::Authority {
                path_length: policy.root_path_length(),
            },
            subject_key_identifier: signer.public_key().subject_key_identifier(),
            authority_key_identifier: None,
            key_usage: authority_key_usage(),
            extended_key_usage: Vec::new(),
            alternative_names: Vec::new(),
            policies: Vec::new(),
            constraints: None,
            issued: Published::default(),
            capabilities: &[],
        },
    };
    let tbs = encode_tbs(&spec).map_err(wrap)?;
    refuse_errors(spec.serial, &tbs, signer.scheme(), &LintContext::default()).map_err(wrap)?;
    Ok(sign_certificate(spec.serial, &tbs, signer).map_err(wrap)?)
}

/// Makes the certificate of an issuing authority, signed by a root.
///
/// Its key identifier, CRL and issuer addresses are the root's; it ends when the root does at the latest.
///
/// # Errors
/// [`AuthorityError`] if a name, a domain or the key cannot be used.
pub fn make_issuing(
    name: AuthorityName<'_>,
    policy: &RootPolicy,
    plan: IssuingPlan<'_>,
    key: &PublicKey,
    root: &CertificateAuthority,
    now: DateTime<Utc>,
) -> Result<Certificate, AuthorityError> {
    let subject = subject(name, &policy.issuing_common_name(name.name, &plan.issuer.name))?;
    let domains = plan
        .domains
        .iter()
        .map(|domain| ascii_domain(domain))
        .collect::<Result<Vec<_>, _>>()?;
    let mut validity = ValidityPeriod::starting(now, policy.issuing_days());
    validity.not_after = validity.not_after.min(root.certificate().not_after());
    let signer = root.signer();
    let spec = CertificateSpec {
        serial: SerialNumber::random().map_err(wrap)?,
        scheme: signer.scheme(),
        issuer: root.certificate().subject(),
        validity,
        subject,
        public_key: key,
        extensions: Extensions {
            role: Role::Authority {
                path_length: Some(policy.issuing_path_length()),
            },
            subject_key_identifier: key.subject_key_identifier(),
            authority_key_identifier: Some(key_identifier(root.certificate())),
            key_usage: authority_key_usage(),
            extended_key_usage: plan.issuer.extended_key_usage.clone(),
            alternative_names: Vec::new(),
            policies: plan
                .issuer
                .policy_oids
                .iter()
                .map(|oid| PolicyInformation {
                    oid: *oid,
                    cps_url: None,
                })
                .collect(),
            constraints: (!domains.is_empty()).then_some(ConstrainedDomains {
                domains: &domains,
                critical: plan.critical_constraints,
            }),
            issued: published(root.base_url(), root.id(), false),
            capabilities: &[],
        },
    };
    let tbs = encode_tbs(&spec).map_err(wrap)?;
    let context = LintContext {
        issuer: Some(root.certificate()),
        ..LintContext::default()
    };
    refuse_errors(spec.serial, &tbs, signer.scheme(), &context).map_err(wrap)?;
    Ok(sign_certificate(spec.serial, &tbs, signer).map_err(wrap)?)
}

/// Returns where the issuer of a certificate publishes.
pub(super) fn published(base_url: Option<&BaseUrl>, issuer_id: &str, ocsp: bool) -> Published {
    let Some(base) = base_url else {
        return Published::default();
    };
    Published {
        crl: Some(base.crl(issuer_id)),
        ca_issuers: Some(base.ca_certificate(issuer_id)),
        ocsp: ocsp.then(|| base.ocsp()),
    }
}

/// Returns what certificates below an authority name as their issuer's key.
pub(crate) fn key_identifier(issuer: &Certificate) -> Vec<u8> {
    match issuer.subject_key_identifier() {
        Some(identifier) => identifier.to_vec(),
        None => issuer.public_key().subject_key_identifier().to_vec(),
    }
}

pub(super) fn authority_key_usage() -> KeyUsage {
    KeyUsage {
        key_cert_sign: true,
        crl_sign: true,
        ..KeyUsage::default()
    }
}

fn subject(names: AuthorityName<'_>, common_name: &str) -> Result<DistinguishedName, AuthorityError> {
    let attributes = [
        (name::COUNTRY, "the country", names.country, 2),
        (name::ORGANIZATION, "the organization", names.organization, 64),
        (name::COMMON_NAME, "the common name", Some(common_name), 64),
    ];
    let given = [
        ("the name", Some(names.name)),
        ("the organization", names.organization),
    ];
    for (field, value) in given {
        if value.is_some_and(|value| value.trim().is_empty()) {
            return Err(AuthorityError::Blank { field });
        }
    }
    if let Some(country) = names.country
        && !(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        return Err(AuthorityError::Country {
            country: country.chars().take(32).collect(),
        });
    }
    let mut list = Vec::new();
    for (oid, field, value, maximum) in attributes {
        let Some(value) = value else { continue };
        let length = value.chars().count();
        if length > maximum {
            let value = value.chars().take(32).collect();
            return Err(AuthorityError::TooLong {
                field,
                value,
                length,
                maximum,
            });
        }
        list.push((oid, value));
    }
    Ok(DistinguishedName::from_attributes(&list)?)
}

/// Returns a domain in the form that rfc822Name constraints have.
fn ascii_domain(domain: &str) -> Result<String, AuthorityError> {
    let bare = domain.strip_prefix('.').unwrap_or(domain);
    if bare.contains(|c: char| c.is_whitespace() || matches!(c, '@' | ',')) {
        return Err(AuthorityError::Domain {
            domain: domain.chars().take(64).collect(),
            reason: "give one domain, as in example.org, and each further one with a --domain of its own"
                .to_owned(),
        });
    }
    match Mailbox::parse(&format!("x@{bare}")) {
        Ok(mailbox) => Ok(mailbox.ascii_domain().to_owned()),
        Err(error) => Err(AuthorityError::Domain {
            domain: domain.chars().take(64).collect(),
            reason: error.reason,
        }),
    }
}

fn wrap(error: impl Into<IssueError>) -> Box<IssueError> {
    Box::new(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_have_names_that_say_something() {
        let made = |name, organization, country| {
            let names = AuthorityName {
                name,
                organization,
                country,
            };
            subject(names, "X Root CA")
        };
        made("X", Some("Y"), Some("FR")).unwrap();
        for (name, organization) in [("", None), (" ", None), ("X", Some(""))] {
            let error = made(name, organization, None).unwrap_err();
            assert!(matches!(error, AuthorityError::Blank { .. }), "{error}");
        }
        for country in ["fr", "F1", "FRA", ""] {
            let error = made("X", None, Some(country)).unwrap_err();
            assert!(matches!(error, AuthorityError::Country { .. }), "{error}");
        }
    }
}
