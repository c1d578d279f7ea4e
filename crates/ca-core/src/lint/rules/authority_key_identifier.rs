//! A certificate that is not self-signed names its issuer's key by the issuer's own identifier.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_authority_key_identifier",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.1",
    about: "A certificate that is not self-signed names its issuer's key by the issuer's own identifier.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, context: &LintContext<'_>) -> Option<String> {
    let named = certificate.authority_key_identifier();
    if named.is_none() && !certificate.is_self_issued() {
        return Some("the issuer's key is not identified".to_owned());
    }
    let issuer = context.issuer?.subject_key_identifier()?;
    named.filter(|named| *named != issuer).map(|named| {
        format!(
            "the issuer's key is identified as {}, but it is {}",
            hex::encode(named),
            hex::encode(issuer)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(root(), &LintContext::default()), None);
    }

    #[test]
    fn bad() {
        let absent = leaf(|spec| spec.extensions.authority_key_identifier = None);
        assert_eq!(
            check(&absent, &context()).unwrap(),
            "the issuer's key is not identified"
        );
        let wrong = leaf(|spec| spec.extensions.authority_key_identifier = Some(vec![1; 20]));
        assert!(check(&wrong, &context()).unwrap().contains("0101"));
    }
}
