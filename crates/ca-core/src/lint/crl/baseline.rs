//! What the CA/Browser Forum's S/MIME Baseline Requirements want of lists beyond the standards.

use super::CrlRule;

mod signature_algorithm;
mod validity_interval;

pub(super) static ALL: &[&CrlRule] = &[&signature_algorithm::RULE, &validity_interval::RULE];
