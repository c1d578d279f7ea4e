//! The issuer signs with an algorithm of the requirements, written in the one form that they give.

use crate::lint::baseline::{BaselineRule, Candidate, signature_fault};
use crate::lint::{Rule, Severity};

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_signature_algorithm",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.3.2",
    about: "The issuer signs with an algorithm of the requirements, written in the one form that they give.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    signature_fault(candidate.certificate.signature_algorithm_der())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn by(scheme: &'static [u8]) -> Option<String> {
        signature_fault(scheme)
    }

    #[test]
    fn good() {
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
        assert_eq!(by(b"\x30\x05\x06\x03\x2b\x65\x70"), None);
    }

    #[test]
    fn bad() {
        // SHA-1 with RSA, and SHA-256 with RSA without NULL.
        assert!(by(b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00").is_some());
        assert!(by(b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b").is_some());
    }
}
