//! The algorithm of a key is written in the one form that the requirements give.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_public_key_algorithm",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.3.1",
    about: "The algorithm of a key is written in the one form that the requirements give.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let written = candidate.public_key_algorithm()?;
    (!ALLOWED.contains(&written.as_slice())).then(|| {
        format!(
            "the key's algorithm is written {}, which is no form of the requirements",
            hex::encode(&written)
        )
    })
}
/// rsaEncryption with NULL; P-256, P-384 and P-521 by name; Ed25519 and Ed448 without parameters.
const ALLOWED: [&[u8]; 6] = [
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00",
    b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
    b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22",
    b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23",
    b"\x30\x05\x06\x03\x2b\x65\x70",
    b"\x30\x05\x06\x03\x2b\x65\x71",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        let rsa: &'static _ = leak(rsa_key_of(2048));
        assert_eq!(
            judge(
                check,
                &strict(Level::Mailbox, |spec| spec.public_key = rsa),
                MAILBOX_STRICT
            ),
            None
        );
        for algorithm in [
            KeyAlgorithm::EcP256,
            KeyAlgorithm::EcP384,
            KeyAlgorithm::EcP521,
            KeyAlgorithm::Ed25519,
        ] {
            let key = key_of(algorithm);
            assert_eq!(
                judge(
                    check,
                    &strict(Level::Mailbox, |spec| spec.public_key = key),
                    MAILBOX_STRICT
                ),
                None
            );
        }
    }

    #[test]
    fn bad() {
        let key: &'static _ = leak(x25519_key());
        let certificate = strict(Level::Mailbox, |spec| spec.public_key = key);
        assert!(
            judge(check, &certificate, MAILBOX_STRICT)
                .unwrap()
                .contains("2b656e")
        );
    }
}
