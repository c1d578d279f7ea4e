//! A statement of practices is named by an HTTP URL, and a notice to users refers to no other document.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;
use der::{Decode as _, asn1::AnyRef};
use x509_parser::extensions::ParsedExtension;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_policy_qualifiers",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (a)",
    about: "A statement of practices is named by an HTTP URL, and a notice to users refers to no other document.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let ParsedExtension::CertificatePolicies(policies) = candidate.extension(CERTIFICATE_POLICIES)? else {
        return None;
    };
    let qualifiers = policies
        .iter()
        .flat_map(|policy| policy.policy_qualifiers.iter().flatten());
    qualifiers.into_iter().find_map(|qualifier| {
        let value = AnyRef::from_der(qualifier.qualifier).ok()?.value();
        match qualifier.policy_qualifier_id.to_id_string().as_str() {
            CPS => {
                let url = String::from_utf8_lossy(value);
                (!is_web(&url))
                    .then(|| format!("the statement of practices is at {url:?}, which is no HTTP URL"))
            }
            // noticeRef is the one SEQUENCE among the fields of a UserNotice.
            USER_NOTICE => (value.first() == Some(&0x30))
                .then(|| "the notice to users refers to another document (noticeRef)".to_owned()),
            other => Some(format!(
                "the qualifier {other} is neither a statement of practices nor a notice"
            )),
        }
    })
}

fn is_web(url: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}
const CERTIFICATE_POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
const CPS: &str = "1.3.6.1.5.5.7.2.1";
const USER_NOTICE: &str = "1.3.6.1.5.5.7.2.2";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn with(qualifier: &str, value: &[u8]) -> Option<String> {
        let qualifier_id = der::Encode::to_der(&ObjectIdentifier::new_unwrap(qualifier)).unwrap();
        let policy_id = der::Encode::to_der(&MAILBOX_STRICT.policy()).unwrap();
        let info = tlv(
            0x30,
            &[&policy_id, &tlv(0x30, &[&tlv(0x30, &[&qualifier_id, value])])],
        );
        let certificate = put(
            &strict(Level::Mailbox, |_| {}),
            "2.5.29.32",
            false,
            &tlv(0x30, &[&info]),
        );
        judge(check, &certificate, MAILBOX_STRICT)
    }

    #[test]
    fn good() {
        assert_eq!(with(CPS, &tlv(0x16, &[b"https://pki.example.org/cps"])), None);
        assert_eq!(
            with(USER_NOTICE, &tlv(0x30, &[&tlv(0x0c, &[b"for lessons"])])),
            None
        );
    }

    #[test]
    fn bad() {
        assert!(
            with(CPS, &tlv(0x16, &[b"ldap://pki.example.org"]))
                .unwrap()
                .contains("ldap")
        );
        let reference = tlv(0x30, &[&tlv(0x0c, &[b"School"]), &tlv(0x30, &[&[2, 1, 1]])]);
        assert!(
            with(USER_NOTICE, &tlv(0x30, &[&reference]))
                .unwrap()
                .contains("noticeRef")
        );
        assert!(with("1.2.3", &[5, 0]).unwrap().contains("1.2.3"));
    }
}
