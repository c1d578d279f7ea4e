//! The rules, in the order of a certificate's fields.

use super::Rule;

mod authority_extensions;
mod authority_key_identifier;
mod authority_key_usage;
mod authority_subject;
mod basic_constraints;
mod certificate_policies;
mod decodable;
mod extended_key_usage;
mod extension_criticality;
mod issuer_name;
mod key_usage;
mod mailbox;
mod name_constraints;
mod name_constraints_criticality;
mod name_constraints_empty;
mod ocsp_responder;
mod policy_mappings;
mod public_key;
mod serial_number;
mod signature_digest;
mod status_addresses;
mod subject_alt_name;
mod subject_attributes;
mod subject_key_identifier;
mod subject_mailbox;
mod unknown_critical;
mod validity_maximum;
mod validity_order;
mod validity_within_issuer;
mod version;

pub(super) static ALL: &[&Rule] = &[
    &decodable::RULE,
    &version::RULE,
    &serial_number::RULE,
    &signature_digest::RULE,
    &issuer_name::RULE,
    &validity_order::RULE,
    &validity_within_issuer::RULE,
    &validity_maximum::RULE,
    &authority_subject::RULE,
    &subject_attributes::RULE,
    &public_key::RULE,
    &extension_criticality::RULE,
    &authority_extensions::RULE,
    &unknown_critical::RULE,
    &authority_key_identifier::RULE,
    &subject_key_identifier::RULE,
    &basic_constraints::RULE,
    &key_usage::RULE,
    &authority_key_usage::RULE,
    &extended_key_usage::RULE,
    &subject_alt_name::RULE,
    &mailbox::RULE,
    &subject_mailbox::RULE,
    &name_constraints::RULE,
    &name_constraints_empty::RULE,
    &name_constraints_criticality::RULE,
    &policy_mappings::RULE,
    &certificate_policies::RULE,
    &status_addresses::RULE,
    &ocsp_responder::RULE,
];

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{LintContext, Severity, lint_certificate};
    use super::ALL;

    #[test]
    fn the_good_examples_break_no_rule() {
        assert_eq!(lint_certificate(&leaf(|_| {}), &policy_context()), []);
        assert_eq!(lint_certificate(root(), &LintContext::default()), []);
        assert_eq!(
            lint_certificate(
                issuer(),
                &LintContext {
                    issuer: Some(root()),
                    ..LintContext::default()
                }
            ),
            []
        );
    }

    #[test]
    fn names_are_unique_and_tell_the_severity() {
        let mut names: Vec<_> = ALL.iter().map(|rule| rule.name).collect();
        for rule in ALL {
            let prefix = if rule.severity == Severity::Error {
                "e_"
            } else {
                "w_"
            };
            assert!(
                rule.name.starts_with(prefix) && !rule.citation.is_empty(),
                "{}",
                rule.name
            );
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
