//! Addresses stand in the form that their local part demands, domains in ASCII.

use crate::lint::{LintContext, Rule, Severity};
use identity::{Certificate, GeneralName, Mailbox};

pub(super) static RULE: Rule = Rule {
    name: "e_mailbox",
    severity: Severity::Error,
    citation: "RFC 9598, 3; RFC 9549, 2.2; RFC 5280, 4.2.1.6",
    about: "Addresses stand in the form that their local part demands, domains in ASCII.",
    effective: "2024-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    certificate
        .subject_alt_names()
        .iter()
        .find_map(|name| match name {
            GeneralName::Rfc822(address) => fault(address, Mailbox::to_rfc822, "an rfc822Name"),
            GeneralName::SmtpUtf8(address) => fault(address, Mailbox::to_smtp_utf8, "a SmtpUTF8Mailbox"),
            _ => None,
        })
}
fn fault(address: &str, form: fn(&Mailbox) -> Option<String>, kind: &str) -> Option<String> {
    let shown: String = address.chars().take(128).flat_map(char::escape_default).collect();
    match Mailbox::parse(address) {
        Err(error) => Some(format!("{kind} is no address: {error}")),
        Ok(mailbox) => match form(&mailbox) {
            None => Some(format!("\"{shown}\" may not stand in {kind}")),
            Some(right) if !right.eq_ignore_ascii_case(address) => Some(format!(
                "\"{shown}\" stands in {kind}, which should say \"{right}\""
            )),
            Some(_) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        let local = AlternativeName::SmtpUtf8("zoé@example.org".to_owned());
        assert_eq!(
            check(
                &leaf(|spec| spec.extensions.alternative_names = vec![local]),
                &context()
            ),
            None
        );
    }

    #[test]
    fn bad() {
        for name in [
            AlternativeName::Rfc822("alice".to_owned()),
            AlternativeName::Rfc822("Alice <alice@example.org>".to_owned()),
            AlternativeName::SmtpUtf8("alice@example.org".to_owned()),
            AlternativeName::SmtpUtf8("zoé@exämple.org".to_owned()),
        ] {
            let certificate = leaf(|spec| spec.extensions.alternative_names = vec![name.clone()]);
            assert!(check(&certificate, &context()).is_some(), "{name:?}");
        }
    }
}
