//! A person's certificate names an address, and only names of people; it is critical if nothing else names them.

use crate::lint::{LintContext, Rule, Severity, is_responder};
use der::asn1::ObjectIdentifier;
use identity::{Certificate, GeneralName};

pub(super) static RULE: Rule = Rule {
    name: "e_subject_alt_name",
    severity: Severity::Error,
    citation: "RFC 8550, 3; RFC 5280, 4.2.1.6; CA/B S/MIME BR 7.1.4.2.1",
    about: "A person's certificate names an address, and only names of people; it is critical if nothing else names them.",
    effective: "2019-04-01",
    check,
};

fn check(certificate: &Certificate, context: &LintContext<'_>) -> Option<String> {
    if certificate.is_ca() || is_responder(certificate, context) {
        return None;
    }
    let names = certificate.subject_alt_names();
    let is_address = |name: &GeneralName| matches!(name, GeneralName::Rfc822(_) | GeneralName::SmtpUtf8(_));
    if !names.iter().any(is_address) {
        return Some("subjectAltName holds no mail address".to_owned());
    }
    let foreign = names.iter().find_map(|name| match name {
        GeneralName::Dns(value) => Some(format!("the host {value}")),
        GeneralName::Uri(value) => Some(format!("the URI {value}")),
        GeneralName::Ip(value) => Some(format!("the IP address {value}")),
        _ => None,
    });
    if let Some(foreign) = foreign {
        return Some(format!("subjectAltName holds {foreign}"));
    }
    let critical = certificate
        .extensions()
        .any(|extension| extension.oid == SUBJECT_ALT_NAME && extension.critical);
    match (certificate.subject().is_empty(), critical) {
        (true, false) => Some("the subject is empty but subjectAltName is not critical".to_owned()),
        (false, true) => Some("subjectAltName is critical beside a subject".to_owned()),
        _ => None,
    }
}
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(&leaf(|spec| spec.subject = name(&[])), &context()), None);
    }

    #[test]
    fn bad() {
        let none = leaf(|spec| spec.extensions.alternative_names.clear());
        assert_eq!(
            check(&none, &context()).unwrap(),
            "subjectAltName holds no mail address"
        );
        let critical = edited(|_, extensions| {
            extensions
                .iter_mut()
                .filter(|e| e.extn_id == SUBJECT_ALT_NAME)
                .for_each(|e| e.critical = true);
        });
        assert_eq!(
            check(&critical, &context()).unwrap(),
            "subjectAltName is critical beside a subject"
        );
        let host = edited(|_, extensions| {
            let names = b"\x30\x13\x81\x05a@b.c\x82\x0aexample.or".to_vec();
            let extension = extensions
                .iter_mut()
                .find(|e| e.extn_id == SUBJECT_ALT_NAME)
                .unwrap();
            extension.extn_value = der::asn1::OctetString::new(names).unwrap();
        });
        assert_eq!(
            check(&host, &context()).unwrap(),
            "subjectAltName holds the host example.or"
        );
    }
}
