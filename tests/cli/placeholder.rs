//! Replaced as the tests land.
