//! The answer of another authority to our request for an issuing authority's certificate.

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use identity::certificate::GeneralName;
use identity::{Certificate, DistinguishedName, PublicKey};

/// An issuing authority's certificate as another authority made it, with those above it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Our certificate.
    pub certificate: Certificate,
    /// Those above it: its issuer first, the root last.
    pub chain: Vec<Certificate>,
    /// What is not wrong but narrower than a school expects.
    pub notes: Vec<String>,
}

/// Why an answer cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// No certificate is for the key.
    #[error("none of the certificates is for the key of the request")]
    Key,
    /// A certificate of the chain is not an authority's.
    #[error("{subject} is not the certificate of an authority: {reason}")]
    NotAuthority {
        /// Its subject.
        subject: String,
        /// What it lacks.
        reason: &'static str,
    },
    /// There is no room for an authority of ours below.
    #[error("the path length of {subject} is {allowed}, but {below} authorities stand below it")]
    PathLength {
        /// The subject of the certificate that says so.
        subject: String,
        /// What it allows.
        allowed: u32,
        /// How many there are, ours included.
        below: u32,
    },
    /// Mail is not among the purposes.
    #[error(
        "{subject} is not for mail: its extended key usage names neither emailProtection nor every purpose"
    )]
    Purpose {
        /// The subject of the certificate that says so.
        subject: String,
    },
    /// Part of the chain is missing.
    #[error("the certificate of the issuer {issuer} is missing, or its key did not sign")]
    Unlinked {
        /// The name that is looked for.
        issuer: String,
    },
    /// A certificate is not valid at the moment.
    #[error("{subject} is valid from {not_before} to {not_after} only")]
    Validity {
        /// Its subject.
        subject: String,
        /// The first second.
        not_before: DateTime<Utc>,
        /// The last second.
        not_after: DateTime<Utc>,
    },
}

impl Answer {
    /// Finds the certificate of a key among those given, and checks it and everything up to a self-signed root.
    ///
    /// Whether the root is the right one is for people to tell, by its fingerprint.
    ///
    /// # Errors
    /// [`AnswerError`] with the first thing that is wrong.
    pub fn read(key: &PublicKey, given: &[Certificate], now: DateTime<Utc>) -> Result<Self, AnswerError> {
        let certificate = given
            .iter()
            .find(|one| one.public_key() == key && !is_root(one))
            .ok_or(AnswerError::Key)?;
        let mut chain: Vec<Certificate> = Vec::new();
        let mut last = certificate;
        while !is_root(last) {
            let issuer = given
                .iter()
                .filter(|one| one.subject().matches(last.issuer()) && !chain.contains(one))
                .find(|one| last.verify_signed_by(one.public_key()).is_ok())
                .ok_or_else(|| AnswerError::Unlinked {
                    issuer: last.issuer().to_string(),
                })?;
            chain.push(issuer.clone());
            last = issuer;
        }
        let mut notes = Vec::new();
        let mut below = 0;
        for one in std::iter::once(certificate).chain(&chain) {
            check(one, below, now)?;
            if !one.is_self_issued() {
                below += 1;
            }
            let domains = permitted(one);
            if !domains.is_empty() {
                let subject = one.subject();
                notes.push(format!(
                    "{subject} vouches for addresses of {} only",
                    domains.join(", ")
                ));
            }
        }
        Ok(Self {
            certificate: certificate.clone(),
            chain,
            notes,
        })
    }
}

/// Returns the name that an authority will have in records, file names and addresses: see
/// [`authority_id`](super::authority_id).
pub fn planned_authority_id(subject: &DistinguishedName, key: &PublicKey) -> String {
    super::certification::make_id(
        subject.common_name().unwrap_or_default(),
        &key.subject_key_identifier(),
    )
}

fn check(certificate: &Certificate, below: u32, now: DateTime<Utc>) -> Result<(), AnswerError> {
    let subject = certificate.subject().to_string();
    let lacks = |reason| AnswerError::NotAuthority {
        subject: subject.clone(),
        reason,
    };
    let constraints = certificate
        .basic_constraints()
        .filter(|found| found.ca)
        .ok_or_else(|| lacks("basicConstraints does not say so"))?;
    match certificate.key_usage() {
        Some(usage) if !usage.key_cert_sign => return Err(lacks("keyUsage lacks keyCertSign")),
        Some(usage) if below == 0 && !usage.crl_sign => {
            return Err(lacks("keyUsage lacks cRLSign, so that nothing could be revoked"));
        }
        Some(_) => {}
        // RFC 5280, 4.2.1.3 wants it of every authority; old roots go without, and path validation asks nothing of them.
        None if is_root(certificate) => {}
        None => return Err(lacks("it has no keyUsage")),
    }
    if let Some(allowed) = constraints.path_len.filter(|allowed| *allowed < below) {
        return Err(AnswerError::PathLength {
            subject,
            allowed,
            below,
        });
    }
    let purposes = certificate.extended_key_usage();
    if purposes.is_some_and(|found| !found.contains(&EMAIL_PROTECTION) && !found.contains(&ANY_PURPOSE)) {
        return Err(AnswerError::Purpose { subject });
    }
    if !certificate.is_valid_at(now) {
        return Err(AnswerError::Validity {
            subject,
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        });
    }
    Ok(())
}

fn is_root(certificate: &Certificate) -> bool {
    certificate.is_self_issued() && certificate.verify_signed_by(certificate.public_key()).is_ok()
}

fn permitted(certificate: &Certificate) -> Vec<String> {
    let constraints = certificate.name_constraints();
    let names = constraints
        .map(|found| found.permitted.as_slice())
        .unwrap_or_default();
    names
        .iter()
        .filter_map(|name| match name {
            GeneralName::Rfc822(domain) => Some(domain.clone()),
            _ => None,
        })
        .collect()
}

/// RFC 5280, 4.2.1.12.
const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

#[cfg(test)]
mod tests {
    use super::super::testing::{key, moment, policies};
    use super::super::{AuthorityName, CaSigner, CertificateAuthority, IssuingPlan, make_issuing, make_root};
    use super::*;
    use chrono::TimeDelta;
    use identity::KeyAlgorithm;

    fn answer() -> (Certificate, Certificate) {
        let name = AuthorityName {
            name: "Other",
            organization: None,
            country: None,
        };
        let signer = CaSigner::new(key(KeyAlgorithm::EcP384).clone()).unwrap();
        let certificate = make_root(name, policies().root(), &signer, moment()).unwrap();
        let root = CertificateAuthority::new(certificate, Vec::new(), signer, None).unwrap();
        let issuers = policies().issuers();
        let domains = ["example.org".to_owned()];
        let plan = IssuingPlan {
            issuer: &issuers[0],
            domains: &domains,
            critical_constraints: false,
        };
        let ours = key(KeyAlgorithm::EcP256).public_key();
        let issuing = make_issuing(name, policies().root(), plan, ours, &root, moment()).unwrap();
        (issuing, root.certificate().clone())
    }

    #[test]
    fn an_answer_leads_to_its_root() {
        let (issuing, root) = answer();
        let ours = key(KeyAlgorithm::EcP256).public_key();
        let given = [root.clone(), issuing.clone()];
        let answer = Answer::read(ours, &given, moment()).unwrap();
        assert_eq!(answer.certificate, issuing);
        assert_eq!(answer.chain, std::slice::from_ref(&root));
        assert!(answer.notes[0].contains("example.org"), "{:?}", answer.notes);

        let read = |key: &PublicKey, given: &[Certificate], now| Answer::read(key, given, now).unwrap_err();
        let other = key(KeyAlgorithm::EcP521).public_key();
        assert_eq!(read(other, &given, moment()), AnswerError::Key);
        let unlinked = read(ours, &given[1..], moment());
        assert!(matches!(unlinked, AnswerError::Unlinked { .. }), "{unlinked}");
        let late = read(ours, &given, moment() + TimeDelta::days(20_000));
        assert!(matches!(late, AnswerError::Validity { .. }), "{late}");
        // A root alone is no answer, whoever has its key.
        let root_key = key(KeyAlgorithm::EcP384).public_key();
        assert_eq!(read(root_key, &given, moment()), AnswerError::Key);
    }
}
