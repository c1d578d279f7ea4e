//! keyUsage is present, critical, and says only what a key of this kind can do.

use crate::lint::{LintContext, Rule, Severity};
use der::asn1::ObjectIdentifier;
use identity::{Certificate, KeyKind};

pub(super) static RULE: Rule = Rule {
    name: "e_key_usage",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.3; RFC 8410, 5; RFC 8813, 3; RFC 9295, 3; CA/B S/MIME BR 7.1.2.3 (e)",
    about: "keyUsage is present, critical, and says only what a key of this kind can do.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let Some(usage) = certificate.key_usage() else {
        return Some("keyUsage is absent".to_owned());
    };
    if !certificate
        .extensions()
        .any(|extension| extension.oid == KEY_USAGE && extension.critical)
    {
        return Some("keyUsage is not critical".to_owned());
    }
    let kind = certificate.public_key().kind();
    let useless = match kind {
        KeyKind::Rsa { .. } | KeyKind::RsaPss { .. } => &[
            ("keyAgreement", usage.key_agreement),
            ("encipherOnly", usage.encipher_only),
            ("decipherOnly", usage.decipher_only),
        ][..],
        KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 => &[
            ("keyEncipherment", usage.key_encipherment),
            ("dataEncipherment", usage.data_encipherment),
        ],
        KeyKind::Ed25519 => &[
            ("keyEncipherment", usage.key_encipherment),
            ("dataEncipherment", usage.data_encipherment),
            ("keyAgreement", usage.key_agreement),
            ("encipherOnly", usage.encipher_only),
            ("decipherOnly", usage.decipher_only),
        ],
        // RFC 8410 5: agreement, and nothing that takes a signature.
        KeyKind::X25519 => &[
            ("digitalSignature", usage.digital_signature),
            ("nonRepudiation", usage.non_repudiation),
            ("keyEncipherment", usage.key_encipherment),
            ("dataEncipherment", usage.data_encipherment),
            ("keyCertSign", usage.key_cert_sign),
            ("cRLSign", usage.crl_sign),
        ],
        _ => &[],
    };
    if let Some((bit, _)) = useless.iter().find(|(_, set)| *set) {
        return Some(format!("keys of the kind {kind} cannot be used for {bit}"));
    }
    let any = usage.digital_signature || usage.key_encipherment || usage.key_agreement || usage.key_cert_sign;
    (!any).then(|| "keyUsage allows neither signing nor encrypting".to_owned())
}
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(issuer(), &context()), None);
    }

    #[test]
    fn bad() {
        let certificate = leaf(|spec| spec.extensions.key_usage.key_encipherment = true);
        assert_eq!(
            check(&certificate, &context()).unwrap(),
            "keys of the kind ec-p256 cannot be used for keyEncipherment"
        );
        let key: &'static _ = leak(x25519_key());
        let signing = leaf(|spec| spec.public_key = key);
        assert_eq!(
            check(&signing, &context()).unwrap(),
            "keys of the kind x25519 cannot be used for digitalSignature"
        );
        let absent = edited(|_, extensions| extensions.retain(|extension| extension.extn_id != KEY_USAGE));
        assert_eq!(check(&absent, &context()).unwrap(), "keyUsage is absent");
        let soft = edited(|_, extensions| {
            extensions
                .iter_mut()
                .for_each(|extension| extension.critical = false)
        });
        assert_eq!(check(&soft, &context()).unwrap(), "keyUsage is not critical");
        let nothing = leaf(|spec| {
            spec.extensions.key_usage.digital_signature = false;
            spec.extensions.key_usage.key_agreement = false;
            spec.extensions.key_usage.decipher_only = true;
        });
        assert!(check(&nothing, &context()).unwrap().contains("neither"));
    }
}
