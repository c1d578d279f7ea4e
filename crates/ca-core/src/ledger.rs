//! The records of the authority.
