//! Revocation by full lists (RFC 5280 6.3), as far as lists are given.

use chrono::SecondsFormat;
use const_oid::ObjectIdentifier;
use der::Decode;
use identity::{Certificate, CertificateList};
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;

use super::name::Key;
use super::{PathOptions, Revocation};
use crate::report::{Code, Finding, shorten};

/// removeFromCRL (RFC 5280 5.3.1).
const REMOVE_FROM_CRL: u8 = 8;

/// Asks the given lists about one certificate; `above` is the path from its issuer up to the anchor.
pub(super) fn check(
    certificate: &Certificate,
    above: &[&Certificate],
    options: &PathOptions<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if options.revocation == Revocation::Off {
        return findings;
    }
    let subject = || shorten(&certificate.subject().to_string());
    let name = Key::of(certificate.issuer());
    // An issuer that has changed its key stands on the path with both, and either may sign its lists.
    let issuers: Vec<_> = above
        .iter()
        .copied()
        .filter(|issuer| Key::of(issuer.subject()) == name)
        .collect();
    let mut answered = false;
    for list in options.crls.iter().filter(|list| Key::of(list.issuer()) == name) {
        let coverage = match usable(list, certificate, &issuers, options) {
            Ok(coverage) => coverage,
            Err(reason) => {
                findings.push(unusable(list, reason));
                continue;
            }
        };
        let serial = strip(certificate.serial());
        let entry = list.entries().find(|entry| strip(&entry.serial) == serial);
        // Whoever is on a list that covers only a part is revoked all the same; who is not, may still be.
        if let Some(entry) = entry.filter(|entry| entry.reason != Some(REMOVE_FROM_CRL)) {
            let when = entry.revocation_date.to_rfc3339_opts(SecondsFormat::Secs, true);
            findings.push(Finding::new(
                Code::Revoked,
                format!("the certificate of {} was revoked at {when}", subject()),
            ));
            answered = true;
        } else if let Coverage::Part(reason) = coverage {
            findings.push(unusable(list, reason));
        } else if list.next_update().is_some_and(|next| next >= options.now) {
            answered = true;
        } else {
            findings.push(unusable(list, "is out of date: a newer one was due".to_owned()));
        }
    }
    if !answered && options.revocation == Revocation::Required {
        findings.push(Finding::new(
            Code::RevocationUnknown,
            format!(
                "no current revocation list says whether the certificate of {} was revoked",
                subject()
            ),
        ));
    }
    findings
}

/// Serial numbers compare as (signed) numbers: superfluous leading zero octets are no part of them.
fn strip(mut serial: &[u8]) -> &[u8] {
    while let Some((0, rest)) = serial.split_first()
        && rest.first().is_some_and(|next| *next < 0x80)
    {
        serial = rest;
    }
    serial
}

fn unusable(list: &CertificateList, reason: String) -> Finding {
    let whose = shorten(&list.issuer().to_string());
    Finding::new(
        Code::UnusableCrl,
        format!("the revocation list of {whose} {reason}"),
    )
}

/// What a list's silence about a certificate means.
enum Coverage {
    /// Not revoked.
    Full,
    /// Nothing, for this reason.
    Part(String),
}

/// Says why a list cannot be used for this certificate at all; one signed by a key of the issuer can.
fn usable(
    list: &CertificateList,
    certificate: &Certificate,
    issuers: &[&Certificate],
    options: &PathOptions<'_>,
) -> Result<Coverage, String> {
    let signer = issuers
        .iter()
        .find(|issuer| list.verify_signed_by(issuer.public_key()).is_ok());
    let Some(signer) = signer else {
        return Err("was not signed by a key of the issuer that is on the path".to_owned());
    };
    if signer.key_usage().is_some_and(|usage| !usage.crl_sign) {
        return Err("is not to be trusted: the key that signed it may not sign lists".to_owned());
    }
    if list.this_update() > options.now {
        return Err("is dated in the future".to_owned());
    }
    scope(list, certificate)
}

/// Partitioned and delta lists cover a part; indirect ones, and what is not understood, are not relied on at all.
fn scope(list: &CertificateList, certificate: &Certificate) -> Result<Coverage, String> {
    let mut coverage = Coverage::Full;
    for extension in list.extensions() {
        match extension.oid {
            ISSUING_DISTRIBUTION_POINT => {
                let Ok(point) = IssuingDistributionPoint::from_der(extension.value_der) else {
                    return Err("has an unreadable scope".to_owned());
                };
                if point.indirect_crl {
                    return Err("speaks for other issuers too, which is not supported".to_owned());
                }
                if point.distribution_point.is_some()
                    || point.only_some_reasons.is_some()
                    || point.only_contains_attribute_certs
                {
                    coverage = Coverage::Part("covers a part of the certificates only".to_owned());
                }
                if (point.only_contains_user_certs && certificate.is_ca())
                    || (point.only_contains_ca_certs && !certificate.is_ca())
                {
                    coverage = Coverage::Part("does not cover certificates of this kind".to_owned());
                }
            }
            DELTA_CRL_INDICATOR => coverage = Coverage::Part("says only what has changed".to_owned()),
            oid if extension.critical => {
                return Err(format!(
                    "has the critical extension {oid}, which is not known here"
                ));
            }
            _ => {}
        }
    }
    if list.entries().any(|entry| entry.has_other_critical_extension) {
        coverage = Coverage::Part("has entries with critical extensions that are not known here".to_owned());
    }
    Ok(coverage)
}

const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
