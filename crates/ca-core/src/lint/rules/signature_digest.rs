//! No certificate is signed with MD2, MD4, MD5 or SHA-1.

use crate::lint::{LintContext, Rule, Severity};
use der::asn1::AnyRef;
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_signature_digest",
    severity: Severity::Error,
    citation: "RFC 8550, 4.3 and A; CA/B S/MIME BR 7.1.3.2",
    about: "No certificate is signed with MD2, MD4, MD5 or SHA-1.",
    effective: "2019-04-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    // What is at the top of a path is trusted for other reasons than its signature.
    if certificate.is_ca() && certificate.is_self_issued() {
        return None;
    }
    let name = broken(certificate.signature_algorithm_der())?;
    Some(format!(
        "the certificate is signed with {name}, of which forgeries are known"
    ))
}

fn broken(algorithm: &[u8]) -> Option<&'static str> {
    let algorithm: Vec<AnyRef<'_>> = der::Decode::from_der(algorithm).ok()?;
    let oid: ObjectIdentifier = algorithm.first()?.decode_as().ok()?;
    let found = BROKEN.iter().find(|(broken, _)| *broken == oid);
    found.map(|(_, name)| *name)
}

const BROKEN: [(ObjectIdentifier, &str); 6] = [
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.2"),
        "MD2 with RSA",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.3"),
        "MD4 with RSA",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4"),
        "MD5 with RSA",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"),
        "SHA-1 with RSA",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"),
        "SHA-1 with ECDSA",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.10040.4.3"),
        "SHA-1 with DSA",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
    }

    #[test]
    fn bad() {
        for (oid, name) in BROKEN {
            let algorithm = tlv(0x30, &[&der::Encode::to_der(&oid).unwrap(), &[5, 0]]);
            assert_eq!(broken(&algorithm), Some(name));
        }
        assert_eq!(broken(&[5, 0]), None);
    }
}
