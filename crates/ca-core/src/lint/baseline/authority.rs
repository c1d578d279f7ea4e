//! The rules about the certificates of authorities.

use super::AuthorityRule;

mod authority_information;
mod crl_distribution_points;
mod extended_key_usage;
mod name_constraints;
mod policies;
mod root_path_length;
mod root_policies;
mod subject;

pub(super) static ALL: &[&AuthorityRule] = &[
    &policies::RULE,
    &root_policies::RULE,
    &root_path_length::RULE,
    &subject::RULE,
    &extended_key_usage::RULE,
    &crl_distribution_points::RULE,
    &authority_information::RULE,
    &name_constraints::RULE,
];
