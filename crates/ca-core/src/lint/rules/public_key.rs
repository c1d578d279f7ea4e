//! Keys are of a kind and size that can be trusted.

use crate::lint::{LintContext, Rule, Severity};
use identity::{Certificate, KeyKind};

pub(super) static RULE: Rule = Rule {
    name: "e_public_key",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 6.1.5 and 7.1.3.1; RFC 8410; RFC 8418",
    about: "Keys are of a kind and size that can be trusted.",
    effective: "2018-08-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    match certificate.public_key().kind() {
        KeyKind::Rsa { bits } if bits < 2048 => Some(format!("the RSA key has {bits} bits, fewer than 2048")),
        KeyKind::Rsa { bits } if bits % 8 != 0 => {
            Some(format!("the RSA key has {bits} bits, no multiple of 8"))
        }
        // X25519 (RFC 8410) is for encryption only (RFC 8418); what its usage may say is the key usage rule's.
        KeyKind::Rsa { .. }
        | KeyKind::EcP256
        | KeyKind::EcP384
        | KeyKind::EcP521
        | KeyKind::Ed25519
        | KeyKind::X25519 => None,
        kind => Some(format!(
            "the key is of the kind {kind}, which mail programs do not use"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        let key: &'static _ = leak(x25519_key());
        assert_eq!(check(&leaf(|spec| spec.public_key = key), &context()), None);
    }

    #[test]
    fn bad() {
        for (bits, words) in [(1024, "fewer than 2048"), (2052, "multiple of 8")] {
            let key: &'static _ = leak(rsa_key_of(bits));
            let message = check(&leaf(|spec| spec.public_key = key), &context()).unwrap();
            assert!(message.contains(words), "{message}");
        }
    }
}
