//! The rules, in the order of a list's fields.

use super::{CrlFacts, CrlRule};
use der::asn1::ObjectIdentifier;

mod authority_key_identifier;
mod delta;
mod empty_field;
mod entry_critical;
mod entry_date;
mod entry_future;
mod entry_reason;
mod entry_reason_unspecified;
mod entry_removed;
mod entry_serial;
mod extension_criticality;
mod issuer;
mod issuer_key_usage;
mod issuer_validity;
mod number;
mod update_times;
mod version;

pub(super) static ALL: &[&CrlRule] = &[
    &version::RULE,
    &issuer::RULE,
    &issuer_key_usage::RULE,
    &update_times::RULE,
    &issuer_validity::RULE,
    &empty_field::RULE,
    &entry_serial::RULE,
    &entry_date::RULE,
    &entry_reason::RULE,
    &entry_reason_unspecified::RULE,
    &entry_removed::RULE,
    &entry_future::RULE,
    &entry_critical::RULE,
    &authority_key_identifier::RULE,
    &number::RULE,
    &delta::RULE,
    &extension_criticality::RULE,
];

/// Says what is wrong with the first entry that has a flaw.
fn entry(serial: &Option<String>, flaw: &str) -> Option<String> {
    serial
        .as_ref()
        .map(|serial| format!("the entry of {serial} {flaw}"))
}

fn extension<'a>(facts: &'a CrlFacts<'_>, oid: ObjectIdentifier) -> Option<&'a [u8]> {
    let found = facts.view.extensions().find(|extension| extension.oid == oid);
    found.map(|extension| extension.value_der)
}
