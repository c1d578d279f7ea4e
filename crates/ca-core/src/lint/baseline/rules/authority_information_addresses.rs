//! The issuer's certificate and the responder are reached by HTTP; in the legacy generation, at least also by HTTP.

use crate::lint::baseline::{BaselineRule, Candidate, Generation};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;
use x509_parser::extensions::GeneralName as X509Name;
use x509_parser::extensions::ParsedExtension;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_authority_information_addresses",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (c)",
    about: "The issuer's certificate and the responder are reached by HTTP; in the legacy generation, at least also by HTTP.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let ParsedExtension::AuthorityInfoAccess(access) = candidate.extension(AUTHORITY_INFO_ACCESS)? else {
        return None;
    };
    let is_http = |name: &X509Name<'_>| matches!(name, X509Name::URI(url) if url.starts_with("http://"));
    let other = access.iter().find(|one| !is_http(&one.access_location))?;
    let beside = |method| {
        let same = access.iter().filter(|one| one.access_method == method);
        same.into_iter().any(|one| is_http(&one.access_location))
    };
    if candidate.baseline.generation == Generation::Legacy && beside(other.access_method.clone()) {
        return None;
    }
    Some(format!(
        "an address of authorityInfoAccess does not begin with http://: {}",
        other.access_location
    ))
}
const AUTHORITY_INFO_ACCESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn at(baseline: Baseline, urls: &[&[u8]]) -> identity::Certificate {
        let method = der::Encode::to_der(&ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2")).unwrap();
        let all: Vec<_> = urls
            .iter()
            .map(|url| tlv(0x30, &[&method, &tlv(0x86, &[url])]))
            .collect();
        let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        put(
            &leaf_of(baseline, |_| {}),
            "1.3.6.1.5.5.7.1.1",
            false,
            &tlv(0x30, &all),
        )
    }

    #[test]
    fn good() {
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
        let both = at(
            MAILBOX_LEGACY,
            &[b"ldap://pki.example.org", b"http://pki.example.org/ca.crt"],
        );
        assert_eq!(judge(check, &both, MAILBOX_LEGACY), None);
    }

    #[test]
    fn bad() {
        let both = at(
            MAILBOX_STRICT,
            &[b"ldap://pki.example.org", b"http://pki.example.org/ca.crt"],
        );
        assert!(judge(check, &both, MAILBOX_STRICT).unwrap().contains("ldap"));
        let other = at(MAILBOX_LEGACY, &[b"ldap://pki.example.org"]);
        assert!(judge(check, &other, MAILBOX_LEGACY).is_some());
    }
}
