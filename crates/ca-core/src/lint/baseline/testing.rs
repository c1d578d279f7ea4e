//! Certificates of every profile of the requirements, and the means to spoil them.

pub(crate) use super::{Baseline, Generation, Level};
pub(crate) use crate::lint::testing::*;
pub(crate) use identity::KeyAlgorithm;
pub(crate) use identity::certificate::KeyUsage;
pub(crate) use identity::name;

use super::Candidate;
use super::decoded::Decoded;
use der::asn1::{ObjectIdentifier, OctetString};
use identity::{Certificate, DistinguishedName};
use x509_cert::ext::Extension;

pub(crate) const MAILBOX_STRICT: Baseline = Baseline {
    level: Level::Mailbox,
    generation: Generation::Strict,
};
pub(crate) const MAILBOX_LEGACY: Baseline = Baseline {
    level: Level::Mailbox,
    generation: Generation::Legacy,
};
pub(crate) const INDIVIDUAL_STRICT: Baseline = Baseline {
    level: Level::Individual,
    generation: Generation::Strict,
};

/// A good certificate of a profile, changed.
pub(crate) fn leaf_of(baseline: Baseline, change: impl FnOnce(&mut CertificateSpec<'static>)) -> Certificate {
    leaf(|spec| {
        name_policy(spec, &baseline.policy().to_string());
        let mut attributes = Vec::new();
        if matches!(baseline.level, Level::Organization | Level::Sponsor) {
            attributes.push((name::ORGANIZATION, "Lycée"));
            attributes.push((name::ORGANIZATION_IDENTIFIER, "NTRFR-552100554"));
            attributes.push((name::COUNTRY, "FR"));
        }
        if matches!(baseline.level, Level::Sponsor | Level::Individual) {
            attributes.push((name::GIVEN_NAME, "Zoé"));
            attributes.push((name::SURNAME, "Noël"));
        }
        attributes.push((name::COMMON_NAME, "alice@example.org"));
        spec.subject = subject(&attributes);
        change(spec);
    })
}

/// A good certificate of a strict profile, changed.
pub(crate) fn strict(level: Level, change: impl FnOnce(&mut CertificateSpec<'static>)) -> Certificate {
    let generation = Generation::Strict;
    leaf_of(Baseline { level, generation }, change)
}

/// A good certificate of an issuing authority, changed.
pub(crate) fn authority_of(change: impl FnOnce(&mut CertificateSpec<'static>)) -> Certificate {
    authority(|spec| {
        spec.issuer = root().subject();
        spec.extensions.authority_key_identifier = root().subject_key_identifier().map(<[u8]>::to_vec);
        spec.subject = subject(&[
            (name::COUNTRY, "FR"),
            (name::ORGANIZATION, "Example"),
            (name::COMMON_NAME, "Example Issuing CA"),
        ]);
        name_policy(spec, &MAILBOX_STRICT.policy().to_string());
        change(spec);
    })
}

/// Names a policy more.
pub(crate) fn name_policy(spec: &mut CertificateSpec<'static>, oid: &str) {
    let oid = ObjectIdentifier::new_unwrap(oid);
    spec.extensions
        .policies
        .push(PolicyInformation { oid, cps_url: None });
}

pub(crate) fn subject(attributes: &[(ObjectIdentifier, &str)]) -> DistinguishedName {
    DistinguishedName::from_attributes(attributes).unwrap()
}

pub(crate) fn key_of(algorithm: KeyAlgorithm) -> &'static identity::PublicKey {
    crate::authority::testing::key(algorithm).public_key()
}

/// Puts an extension in the place of the one of its kind, or to the others.
pub(crate) fn put(of: &Certificate, oid: &str, critical: bool, value: &[u8]) -> Certificate {
    let extn_id = ObjectIdentifier::new_unwrap(oid);
    edit(of, |_, extensions| {
        extensions.retain(|one| one.extn_id != extn_id);
        extensions.push(Extension {
            extn_id,
            critical,
            extn_value: OctetString::new(value).unwrap(),
        });
    })
}

/// Makes an extension critical.
pub(crate) fn harden(of: &Certificate, oid: &str) -> Certificate {
    edit(of, |_, extensions| {
        let named = extensions.iter_mut().find(|one| one.extn_id.to_string() == oid);
        named.unwrap().critical = true;
    })
}

/// Returns what one rule says of a certificate.
pub(super) fn judge(
    check: fn(&Candidate<'_>) -> Option<String>,
    certificate: &Certificate,
    baseline: Baseline,
) -> Option<String> {
    check(&Candidate {
        decoded: Decoded::new(certificate).unwrap(),
        certificate,
        issuer: Some(issuer()),
        baseline,
    })
}

/// Returns what one rule says of an authority's certificate.
pub(super) fn judge_authority(
    check: fn(&Decoded<'_>) -> Option<String>,
    certificate: &Certificate,
) -> Option<String> {
    check(&Decoded::new(certificate).unwrap())
}

#[test]
fn the_good_examples_break_no_rule() {
    for baseline in Baseline::all() {
        let certificate = leaf_of(baseline, |_| {});
        let broken: Vec<_> = super::super::lint_certificate(&certificate, &context())
            .iter()
            .map(|finding| finding.rule)
            .collect();
        let expected: &[&str] = match baseline.generation {
            Generation::Legacy => &["e_sbr_generation_legacy"],
            Generation::Multipurpose | Generation::Strict => &[],
        };
        assert_eq!(broken, expected, "{baseline}");
    }
    let issuing = authority_of(|_| {});
    let context = crate::lint::LintContext {
        issuer: Some(root()),
        ..crate::lint::LintContext::default()
    };
    assert_eq!(super::super::lint_certificate(&issuing, &context), []);
}

#[test]
fn who_names_no_profile_is_held_against_none_but_for_who_asks() {
    let person = leaf(|spec| spec.subject = subject(&[(name::SURNAME, "Noël")]));
    assert_eq!(super::super::lint_certificate(&person, &context()), []);
    let asked = crate::lint::LintContext {
        baseline: Some(MAILBOX_STRICT),
        ..context()
    };
    let broken = super::super::lint_certificate(&person, &asked);
    let broken: Vec<_> = broken.iter().map(|finding| finding.rule).collect();
    assert_eq!(broken, ["e_sbr_subject_allowed", "e_sbr_policy_reserved"]);
}
