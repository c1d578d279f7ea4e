//! The public exponent of an RSA key is odd and at least 3.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_rsa_exponent",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 6.1.6",
    about: "The public exponent of an RSA key is odd and at least 3.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let exponent = candidate.rsa_exponent()?;
    let (last, small) = (exponent.last().copied().unwrap_or(0), exponent.len() <= 1);
    (last % 2 == 0 || (small && last < 3)).then(|| {
        format!(
            "the public exponent is {}, not odd and at least 3",
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
        assert_eq!(of(3), None);
        assert_eq!(of(65537), None);
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
    }

    #[test]
    fn bad() {
        assert!(of(65536).is_some());
        assert!(of(1).is_some());
    }
}
