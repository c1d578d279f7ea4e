//! Every address lies within the domains that the issuer may vouch for.

use crate::lint::{LintContext, Rule, Severity};
use identity::{Certificate, GeneralName, Mailbox};

pub(super) static RULE: Rule = Rule {
    name: "e_name_constraints",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.10; RFC 9598, 6",
    about: "Every address lies within the domains that the issuer may vouch for.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, context: &LintContext<'_>) -> Option<String> {
    let permitted = &context.issuer?.name_constraints()?.permitted;
    let domains: Vec<_> = permitted.iter().filter_map(rfc822).collect();
    if domains.is_empty() {
        return None;
    }
    let outside = certificate
        .emails()
        .into_iter()
        .find(|address| match Mailbox::parse(address) {
            Ok(mailbox) => !domains.iter().any(|constraint| admits(constraint, &mailbox)),
            Err(_) => true,
        })?;
    Some(format!(
        "{outside} lies outside the domains of the issuer ({})",
        domains.join(", ")
    ))
}
fn rfc822(name: &GeneralName) -> Option<&str> {
    match name {
        GeneralName::Rfc822(constraint) => Some(constraint),
        _ => None,
    }
}

/// RFC 5280, 4.2.1.10: a mailbox, a host, or with a leading dot the hosts below a domain.
fn admits(constraint: &str, mailbox: &Mailbox) -> bool {
    if constraint.contains('@') {
        return Mailbox::parse(constraint)
            .is_ok_and(|permitted| permitted.canonical() == mailbox.canonical());
    }
    let (constraint, domain) = (constraint.to_ascii_lowercase(), mailbox.ascii_domain());
    if constraint.starts_with('.') {
        domain.ends_with(&constraint)
    } else {
        domain == constraint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        for address in ["alice@EXAMPLE.org", "alice@mail.example.org"] {
            let names = vec![AlternativeName::Rfc822(address.to_owned())];
            assert_eq!(
                check(
                    &leaf(|spec| spec.extensions.alternative_names = names),
                    &context()
                ),
                None,
                "{address}"
            );
        }
    }

    #[test]
    fn bad() {
        for outside in [
            AlternativeName::Rfc822("alice@example.com".to_owned()),
            AlternativeName::Rfc822("alice@notexample.org".to_owned()),
            AlternativeName::SmtpUtf8("zoé@example.com".to_owned()),
        ] {
            let inside = AlternativeName::Rfc822("alice@example.org".to_owned());
            let names = vec![inside, outside];
            let certificate = leaf(|spec| spec.extensions.alternative_names = names);
            assert!(check(&certificate, &context()).unwrap().contains("lies outside"));
        }
    }
}
