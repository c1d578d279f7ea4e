//! An issuing authority issues for mail, and never for servers, code, time stamps or anything at all.

use crate::lint::baseline::{AuthorityRule, Decoded};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;

pub(super) static RULE: AuthorityRule = Rule {
    name: "e_sbr_ca_extended_key_usage",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.2 (g)",
    about: "An issuing authority issues for mail, and never for servers, code, time stamps or anything at all.",
    effective: "2023-09-01",
    check,
};

fn check(authority: &Decoded<'_>) -> Option<String> {
    if authority.is_root() {
        return None;
    }
    let purposes = authority.certificate.extended_key_usage().unwrap_or_default();
    if !purposes.contains(&EMAIL_PROTECTION) {
        return Some(
            "emailProtection is not among the extended key usages of an issuing authority".to_owned(),
        );
    }
    let (_, what) = FORBIDDEN.iter().find(|(oid, _)| purposes.contains(oid))?;
    Some(format!(
        "{what} is among the extended key usages of an issuing authority"
    ))
}
const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
const FORBIDDEN: [(ObjectIdentifier, &str); 4] = [
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"), "serverAuth"),
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3"), "codeSigning"),
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"), "timeStamping"),
    (ObjectIdentifier::new_unwrap("2.5.29.37.0"), "anyExtendedKeyUsage"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        assert_eq!(judge_authority(check, &authority_of(|_| {})), None);
        assert_eq!(judge_authority(check, root()), None);
    }

    #[test]
    fn bad() {
        let none = authority_of(|spec| spec.extensions.extended_key_usage.clear());
        assert!(judge_authority(check, &none).unwrap().contains("emailProtection"));
        let servers = authority_of(|spec| spec.extensions.extended_key_usage.push(FORBIDDEN[0].0));
        assert!(judge_authority(check, &servers).unwrap().contains("serverAuth"));
    }
}
