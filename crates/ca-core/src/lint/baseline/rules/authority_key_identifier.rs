//! The issuer's key is named by its identifier alone.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use der::asn1::ObjectIdentifier;
use x509_parser::extensions::ParsedExtension;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_authority_key_identifier",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (g)",
    about: "The issuer's key is named by its identifier alone.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let Some(ParsedExtension::AuthorityKeyIdentifier(identifier)) =
        candidate.extension(AUTHORITY_KEY_IDENTIFIER)
    else {
        return Some("authorityKeyIdentifier is absent".to_owned());
    };
    if identifier.key_identifier.is_none() {
        return Some("authorityKeyIdentifier names no key".to_owned());
    }
    let more = identifier.authority_cert_issuer.is_some() || identifier.authority_cert_serial.is_some();
    more.then(|| "authorityKeyIdentifier names the issuer's certificate beside its key".to_owned())
}
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(parts: &[&[u8]]) -> Option<String> {
        let certificate = put(
            &strict(Level::Mailbox, |_| {}),
            "2.5.29.35",
            false,
            &tlv(0x30, parts),
        );
        judge(check, &certificate, MAILBOX_STRICT)
    }

    #[test]
    fn good() {
        assert_eq!(of(&[&tlv(0x80, &[&[7; 20]])]), None);
    }

    #[test]
    fn bad() {
        let serial = tlv(0x82, &[&[1]]);
        let issuer = tlv(0xa1, &[&tlv(0x81, &[b"ca@example.org"])]);
        assert!(of(&[&issuer, &serial]).unwrap().contains("no key"));
        assert!(
            of(&[&tlv(0x80, &[&[7; 20]]), &issuer, &serial])
                .unwrap()
                .contains("beside")
        );
        let none = strict(Level::Mailbox, |spec| {
            spec.extensions.authority_key_identifier = None
        });
        assert!(judge(check, &none, MAILBOX_STRICT).unwrap().contains("absent"));
    }
}
