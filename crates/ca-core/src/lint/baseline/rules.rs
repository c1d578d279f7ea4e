//! The rules about persons' and organizations' certificates, in the order of a certificate's fields.

use super::BaselineRule;

mod adobe;
mod alternative_names;
mod authority_information;
mod authority_information_addresses;
mod authority_key_identifier;
mod common_name;
mod country;
mod crl_distribution_points;
mod crl_distribution_points_criticality;
mod directory_attributes;
mod directory_mailbox;
mod extended_key_usage;
mod extension_criticality;
mod generation;
mod key_usage;
mod legal_entity_identifier;
mod organization_identifier;
mod organization_identifier_germany;
mod place;
mod policy_criticality;
mod policy_qualifiers;
mod policy_reserved;
mod pseudonym;
mod public_key_algorithm;
mod rsa_exponent;
mod rsa_exponent_range;
mod signature_algorithm;
mod signature_digest;
mod subject_allowed;
mod subject_required;
mod validity;
mod validity_margin;

pub(super) static ALL: &[&BaselineRule] = &[
    &generation::RULE,
    &signature_algorithm::RULE,
    &signature_digest::RULE,
    &validity::RULE,
    &validity_margin::RULE,
    &subject_allowed::RULE,
    &subject_required::RULE,
    &common_name::RULE,
    &pseudonym::RULE,
    &place::RULE,
    &country::RULE,
    &organization_identifier::RULE,
    &organization_identifier_germany::RULE,
    &public_key_algorithm::RULE,
    &rsa_exponent::RULE,
    &rsa_exponent_range::RULE,
    &authority_key_identifier::RULE,
    &key_usage::RULE,
    &extended_key_usage::RULE,
    &alternative_names::RULE,
    &directory_mailbox::RULE,
    &policy_reserved::RULE,
    &policy_qualifiers::RULE,
    &policy_criticality::RULE,
    &crl_distribution_points::RULE,
    &crl_distribution_points_criticality::RULE,
    &authority_information::RULE,
    &authority_information_addresses::RULE,
    &directory_attributes::RULE,
    &legal_entity_identifier::RULE,
    &adobe::RULE,
    &extension_criticality::RULE,
];
