//! The certificate says where its revocation list is, by HTTP.

use crate::lint::baseline::{BaselineRule, Candidate, Generation};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;
use x509_parser::extensions::GeneralName as X509Name;
use x509_parser::extensions::ParsedExtension;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_crl_distribution_points",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (b)",
    about: "The certificate says where its revocation list is, by HTTP.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let Some(ParsedExtension::CRLDistributionPoints(points)) = candidate.extension(CRL_DISTRIBUTION_POINTS)
    else {
        return Some("no crlDistributionPoints say where the revocation list is".to_owned());
    };
    let mut addresses = Vec::new();
    for point in points.iter() {
        let Some(DistributionPointName::FullName(names)) = &point.distribution_point else {
            return Some("a distribution point has no full name".to_owned());
        };
        addresses.extend(names);
    }
    let is_http = |name: &&X509Name<'_>| matches!(name, X509Name::URI(url) if url.starts_with("http://"));
    let legacy = candidate.baseline.generation == Generation::Legacy;
    if !addresses.iter().any(is_http) {
        return Some("no address of the revocation list begins with http://".to_owned());
    }
    let other = addresses.iter().find(|name| !is_http(name)).filter(|_| !legacy)?;
    Some(format!(
        "an address of the revocation list does not begin with http://: {other}"
    ))
}
const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");
use x509_parser::extensions::DistributionPointName;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
        let both = [&b"ldap://pki.example.org"[..], b"http://pki.example.org/a.crl"];
        assert_eq!(judge(check, &at(MAILBOX_LEGACY, &both), MAILBOX_LEGACY), None);
    }

    fn at(baseline: Baseline, urls: &[&[u8]]) -> identity::Certificate {
        let names: Vec<_> = urls.iter().map(|url| tlv(0x86, &[url])).collect();
        let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
        let points = tlv(0x30, &[&tlv(0x30, &[&tlv(0xa0, &[&tlv(0xa0, &names)])])]);
        put(&leaf_of(baseline, |_| {}), "2.5.29.31", false, &points)
    }

    #[test]
    fn bad() {
        let none = strict(Level::Mailbox, |spec| spec.extensions.issued.crl = None);
        assert!(
            judge(check, &none, MAILBOX_STRICT)
                .unwrap()
                .contains("no crlDistributionPoints")
        );
        let both = [&b"ldap://pki.example.org"[..], b"http://pki.example.org/a.crl"];
        assert!(
            judge(check, &at(MAILBOX_STRICT, &both), MAILBOX_STRICT)
                .unwrap()
                .contains("ldap")
        );
        let other = [&b"ldap://pki.example.org"[..]];
        assert!(judge(check, &at(MAILBOX_LEGACY, &other), MAILBOX_LEGACY).is_some());
    }
}
