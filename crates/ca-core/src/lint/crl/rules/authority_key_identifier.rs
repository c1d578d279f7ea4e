//! A list identifies its authority's key.

use super::extension;
use crate::lint::Severity;
use crate::lint::crl::{CrlFacts, CrlRule};
use der::asn1::ObjectIdentifier;
use x509_parser::extensions::{AuthorityKeyIdentifier, KeyIdentifier};
use x509_parser::prelude::FromDer as _;

pub(super) static RULE: CrlRule = CrlRule {
    name: "e_crl_authority_key_identifier",
    severity: Severity::Error,
    citation: "RFC 5280, 5.2.1",
    about: "A list identifies its authority's key.",
    effective: "2008-05-01",
    check,
};

fn check(facts: &CrlFacts<'_>) -> Option<String> {
    let Some(value) = extension(facts, AUTHORITY_KEY_IDENTIFIER) else {
        return Some("it does not identify the key that signed it".to_owned());
    };
    let expected = facts.issuer?.subject_key_identifier()?;
    let named = AuthorityKeyIdentifier::from_der(value)
        .ok()
        .and_then(|(_, named)| named.key_identifier);
    match named {
        Some(KeyIdentifier(named)) if named == expected => None,
        named => Some(format!(
            "it identifies the key as {}, but it is {}",
            named.map_or_else(|| "nothing".to_owned(), |named| hex::encode(named.0)),
            hex::encode(expected)
        )),
    }
}

const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::crl::testing::*;
    use crate::lint::testing::issuer;

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good(), issuer()), None);
    }

    #[test]
    fn bad() {
        let list = with(|list| drop(list.extensions.remove(0)));
        assert_breaks_only(&RULE, &list, "does not identify the key");
    }
}
