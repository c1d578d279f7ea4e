//! The public exponent of an RSA key is at least 65537.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};

pub(super) static RULE: BaselineRule = Rule {
    name: "w_sbr_rsa_exponent_range",
    severity: Severity::Warning,
    citation: "CA/B S/MIME BR 6.1.6",
    about: "The public exponent of an RSA key is at least 65537.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let exponent = candidate.rsa_exponent()?;
    let in_range = (3..=32).contains(&exponent.len()) && exponent != [1, 0, 0];
    (!in_range).then(|| {
        format!(
            "the public exponent is {} (hexadecimal), outside 2^16+1 to 2^256-1",
            hex::encode(exponent)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(exponent: u32) -> Option<String> {
        let key: &'static _ = leak(rsa_key_with(2048, exponent));
        judge(
            check,
            &strict(Level::Mailbox, |spec| spec.public_key = key),
            MAILBOX_STRICT,
        )
    }

    #[test]
    fn good() {
        assert_eq!(of(65537), None);
    }

    #[test]
    fn bad() {
        assert!(of(3).is_some());
        assert!(of(257).is_some());
    }
}
