//! An address in the subject is among the alternative names too.

use crate::lint::{LintContext, Rule, Severity};
use identity::name::{COMMON_NAME, EMAIL_ADDRESS};
use identity::{Certificate, GeneralName, Mailbox};

pub(super) static RULE: Rule = Rule {
    name: "e_subject_mailbox",
    severity: Severity::Error,
    citation: "RFC 8550, 3; CA/B S/MIME BR 7.1.4.2.1",
    about: "An address in the subject is among the alternative names too.",
    effective: "2019-04-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let names: Vec<_> = certificate
        .subject_alt_names()
        .iter()
        .filter_map(address)
        .collect();
    let subject = certificate.subject();
    let in_subject = subject.get(EMAIL_ADDRESS).chain(subject.get(COMMON_NAME));
    let mut addresses = in_subject.filter_map(|value| Mailbox::parse(value).ok());
    let lonely = addresses.find(|mailbox| !names.contains(&mailbox.canonical()))?;
    Some(format!(
        "the subject names {lonely}, which is not among the alternative names"
    ))
}
fn address(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Rfc822(address) | GeneralName::SmtpUtf8(address) => {
            Mailbox::parse(address).ok().map(|mailbox| mailbox.canonical())
        }
        _ => None,
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
        for attribute in [COMMON_NAME, EMAIL_ADDRESS] {
            let certificate = leaf(|spec| spec.subject = name(&[(attribute, "bob@example.org")]));
            assert!(
                check(&certificate, &context())
                    .unwrap()
                    .contains("bob@example.org")
            );
        }
    }
}
