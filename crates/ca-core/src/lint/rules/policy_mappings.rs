//! No policy is mapped to or from anyPolicy.

use crate::lint::{LintContext, Rule, Severity};
use der::asn1::ObjectIdentifier;
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "e_policy_mappings",
    severity: Severity::Error,
    citation: "RFC 5280, 4.2.1.5",
    about: "No policy is mapped to or from anyPolicy.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let mut extensions = certificate.extensions();
    let mappings = extensions.find(|extension| extension.oid == POLICY_MAPPINGS)?;
    let pairs: Result<Vec<Vec<ObjectIdentifier>>, _> = der::Decode::from_der(mappings.value_der);
    match pairs {
        Err(error) => Some(format!("policyMappings are not to be read: {error}")),
        Ok(pairs) if pairs.is_empty() => Some("policyMappings map nothing".to_owned()),
        Ok(pairs) => {
            let any = pairs.iter().flatten().any(|policy| *policy == ANY_POLICY);
            any.then(|| "anyPolicy is among the policyMappings".to_owned())
        }
    }
}
const POLICY_MAPPINGS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.33");
const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::put;
    use crate::lint::testing::*;

    fn mapped(to: &[u8]) -> Option<String> {
        let one = tlv(0x30, &[&[6, 3, 0x2a, 3, 4], to]);
        check(
            &put(&authority(|_| {}), "2.5.29.33", true, &tlv(0x30, &[&one])),
            &context(),
        )
    }

    #[test]
    fn good() {
        assert_eq!(check(issuer(), &context()), None);
        assert_eq!(mapped(&[6, 3, 0x2a, 3, 5]), None);
    }

    #[test]
    fn bad() {
        assert!(
            mapped(&[6, 4, 0x55, 0x1d, 0x20, 0])
                .unwrap()
                .contains("anyPolicy")
        );
        assert!(mapped(&[5, 0]).unwrap().contains("not to be read"));
        let nothing = put(&authority(|_| {}), "2.5.29.33", true, &[0x30, 0]);
        assert!(check(&nothing, &context()).unwrap().contains("nothing"));
    }
}
