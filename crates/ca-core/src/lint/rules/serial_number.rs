//! A serial is positive, of at most 20 octets, and cannot be guessed.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_serial_number",
    severity: Severity::Error,
    citation: "RFC 5280, 4.1.2.2; CA/B S/MIME BR 7.1",
    about: "A serial is positive, of at most 20 octets, and cannot be guessed.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let content = certificate.serial();
    let shown = certificate.serial_hex();
    let significant = content.iter().skip_while(|octet| **octet == 0).count();
    if content.first().is_none_or(|first| *first >= 0x80) || significant == 0 {
        Some(format!("the serial {shown} is not positive"))
    } else if content.len() > 20 {
        Some(format!(
            "the serial {shown} has {} octets, more than 20",
            content.len()
        ))
    } else if significant < 8 {
        Some(format!(
            "the serial {shown} cannot hold the 64 random bits that are demanded"
        ))
    } else {
        None
    }
}

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
        let message = check(&leaf(|spec| spec.serial = "01".parse().unwrap()), &context()).unwrap();
        assert!(message.contains("64 random bits"), "{message}");
        let long = "ffffffffffffffffffffffffffffffffffffffff".parse().unwrap();
        let message = check(&leaf(|spec| spec.serial = long), &context()).unwrap();
        assert!(message.contains("21 octets"), "{message}");
    }
}
