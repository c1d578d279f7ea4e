//! An issuer with an elliptic-curve key signs with the digest of its curve.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use identity::KeyKind;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_signature_digest",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.3.2.2",
    about: "An issuer with an elliptic-curve key signs with the digest of its curve.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let kind = candidate.issuer?.public_key().kind();
    let (last, digest) = match kind {
        KeyKind::EcP256 => (2, "SHA-256"),
        KeyKind::EcP384 => (3, "SHA-384"),
        KeyKind::EcP521 => (4, "SHA-512"),
        _ => return None,
    };
    // What is no ECDSA with SHA-2 is another rule's.
    let used = candidate
        .certificate
        .signature_algorithm_der()
        .strip_prefix(ECDSA)?;
    (used != [last]).then(|| {
        format!("the issuer's key is {kind}, with which goes {digest}, but it signed with another digest")
    })
}

/// The AlgorithmIdentifier of ECDSA with SHA-2, but for its last octet.
const ECDSA: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03";

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
    }

    #[test]
    fn bad() {
        // The good one's, its algorithm overwritten in both places.
        let mut der = strict(Level::Mailbox, |_| {}).der().to_vec();
        let places: Vec<_> = (0..der.len())
            .filter(|at| der[*at..].starts_with(ECDSA))
            .map(|at| at + ECDSA.len())
            .collect();
        assert_eq!(places.len(), 2);
        for at in places {
            der[at] = 3;
        }
        let certificate = identity::Certificate::from_der(&der).unwrap();
        let said = judge(check, &certificate, MAILBOX_STRICT).unwrap();
        assert!(said.contains("SHA-256"), "{said}");
    }
}
