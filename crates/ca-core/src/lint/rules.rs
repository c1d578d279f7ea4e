//! The rules.

use super::Rule;
pub(super) static ALL: &[&Rule] = &[];
