//! Keys, policies and authorities for tests.

use crate::policy::{PolicySet, shipped};
use chrono::{DateTime, Utc};
use identity::{KeyAlgorithm, PrivateKey};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

/// The moment that tests happen at.
pub(crate) fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 250_000_000).unwrap()
}

/// A key of this kind, made once per test run.
pub(crate) fn key(algorithm: KeyAlgorithm) -> &'static PrivateKey {
    static KEYS: OnceLock<Mutex<HashMap<String, &'static PrivateKey>>> = OnceLock::new();
    let mut keys = KEYS.get_or_init(Mutex::default).lock().unwrap();
    keys.entry(algorithm.to_string())
        .or_insert_with(|| Box::leak(Box::new(PrivateKey::generate(algorithm).unwrap())))
}

/// The shipped policies.
pub(crate) fn policies() -> &'static PolicySet {
    static POLICIES: OnceLock<PolicySet> = OnceLock::new();
    POLICIES.get_or_init(|| PolicySet::parse(shipped()).unwrap())
}
