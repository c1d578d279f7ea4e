//! The rules, in the order of a list's fields.

use super::{CrlFacts, CrlRule};
use crate::lint::Severity;
use der::asn1::ObjectIdentifier;
use x509_parser::extensions::{AuthorityKeyIdentifier, KeyIdentifier};
use x509_parser::prelude::FromDer as _;

pub(super) static ALL: &[CrlRule] = &[
    CrlRule {
        name: "e_crl_version",
        severity: Severity::Error,
        citation: "RFC 5280, 5.1.2.1",
        about: "A list is of version 2.",
        check: version,
    },
    CrlRule {
        name: "e_crl_issuer",
        severity: Severity::Error,
        citation: "RFC 5280, 5.1.2.3",
        about: "A list names the authority that made it, by the very bytes of its subject.",
        check: issuer,
    },
    CrlRule {
        name: "e_crl_issuer_key_usage",
        severity: Severity::Error,
        citation: "RFC 5280, 4.2.1.3",
        about: "Whoever makes lists may do so.",
        check: issuer_key_usage,
    },
    CrlRule {
        name: "e_crl_update_times",
        severity: Severity::Error,
        citation: "RFC 5280, 5.1.2.4 and 5.1.2.5",
        about: "A list says when it was made and when the next one comes, in the right types.",
        check: update_times,
    },
    CrlRule {
        name: "e_crl_issuer_validity",
        severity: Severity::Error,
        citation: "RFC 5280, 6.3.3",
        about: "A list is made while its authority is valid.",
        check: issuer_validity,
    },
    CrlRule {
        name: "e_crl_empty_field",
        severity: Severity::Error,
        citation: "RFC 5280, 5.1.2.6",
        about: "A list of nothing leaves the field out.",
        check: empty_field,
    },
    CrlRule {
        name: "e_crl_entry_serial",
        severity: Severity::Error,
        citation: "RFC 5280, 4.1.2.2",
        about: "Each entry names a serial of 1 to 20 octets.",
        check: |facts| {
            about(
                &facts.entries.bad_serial,
                "is not a serial number of 1 to 20 octets",
            )
        },
    },
    CrlRule {
        name: "e_crl_entry_date",
        severity: Severity::Error,
        citation: "RFC 5280, 5.1.2.6",
        about: "Each entry has a date of the right type.",
        check: |facts| about(&facts.entries.bad_date, "has a date in the wrong type"),
    },
    CrlRule {
        name: "e_crl_entry_reason",
        severity: Severity::Error,
        citation: "RFC 5280, 5.3.1",
        about: "Each reason is one that exists.",
        check: entry_reason,
    },
    CrlRule {
        name: "w_crl_entry_reason_unspecified",
        severity: Severity::Warning,
        citation: "RFC 5280, 5.3.1",
        about: "No reason is better than one that says nothing.",
        check: |facts| {
            about(
                &facts.entries.unspecified,
                "says that no reason is given, instead of giving none",
            )
        },
    },
    CrlRule {
        name: "e_crl_entry_removed",
        severity: Severity::Error,
        citation: "RFC 5280, 5.3.1",
        about: "Only a delta list takes entries back.",
        check: entry_removed,
    },
    CrlRule {
        name: "w_crl_entry_future",
        severity: Severity::Warning,
        citation: "RFC 5280, 5.1.2.6",
        about: "No entry is dated after the list.",
        check: |facts| about(&facts.entries.future, "is dated after the list"),
    },
    CrlRule {
        name: "w_crl_entry_critical",
        severity: Severity::Warning,
        citation: "RFC 5280, 5.3",
        about: "No entry demands an extension that readers may not know.",
        check: |facts| {
            about(
                &facts.entries.critical,
                "has a critical extension that readers may not know",
            )
        },
    },
    CrlRule {
        name: "e_crl_authority_key_identifier",
        severity: Severity::Error,
        citation: "RFC 5280, 5.2.1",
        about: "A list identifies its authority's key.",
        check: authority_key_identifier,
    },
    CrlRule {
        name: "e_crl_number",
        severity: Severity::Error,
        citation: "RFC 5280, 5.2.3",
        about: "A list has a number of at most 20 octets.",
        check: number,
    },
    CrlRule {
        name: "e_crl_delta",
        severity: Severity::Error,
        citation: "RFC 5280, 5.2.4",
        about: "A delta list says what it adds to, and its number is higher.",
        check: delta,
    },
    CrlRule {
        name: "e_crl_extension_criticality",
        severity: Severity::Error,
        citation: "RFC 5280, 5.2",
        about: "Each extension is as critical as the standard has it.",
        check: criticality,
    },
];

fn about(serial: &Option<String>, flaw: &str) -> Option<String> {
    serial
        .as_ref()
        .map(|serial| format!("the entry of {serial} {flaw}"))
}

fn version(facts: &CrlFacts<'_>) -> Option<String> {
    match facts.view.version() {
        Some(1) => None,
        Some(other) => Some(format!("the version field says {other}, not 1 for version 2")),
        None => Some("it is of version 1, which has no numbers and no extensions".to_owned()),
    }
}

fn issuer(facts: &CrlFacts<'_>) -> Option<String> {
    let subject = facts.issuer?.subject();
    (facts.view.issuer().der() != subject.der()).then(|| {
        format!(
            "its issuer is \"{}\", but the authority is \"{subject}\"",
            facts.view.issuer()
        )
    })
}

fn issuer_key_usage(facts: &CrlFacts<'_>) -> Option<String> {
    let usage = facts.issuer?.key_usage()?;
    (!usage.crl_sign).then(|| "the authority's key may not sign lists (keyUsage without cRLSign)".to_owned())
}

fn update_times(facts: &CrlFacts<'_>) -> Option<String> {
    let Some(next) = facts.view.next_update() else {
        return Some("it does not say when the next one comes".to_owned());
    };
    if next <= facts.view.this_update() {
        return Some(format!(
            "the next one comes at {next}, before it was made at {}",
            facts.view.this_update()
        ));
    }
    (!facts.view.times_are_rightly_encoded())
        .then(|| "its times are in the wrong type for their years".to_owned())
}

fn issuer_validity(facts: &CrlFacts<'_>) -> Option<String> {
    let issuer = facts.issuer?;
    let made = facts.view.this_update();
    (made < issuer.not_before() || made > issuer.not_after()).then(|| {
        format!(
            "it was made at {made}, outside the authority's validity from {} to {}",
            issuer.not_before(),
            issuer.not_after()
        )
    })
}

fn empty_field(facts: &CrlFacts<'_>) -> Option<String> {
    (facts.entries.count == 0 && facts.view.has_entries_field())
        .then(|| "it has a list of entries, which is empty: the field must be absent".to_owned())
}

fn entry_reason(facts: &CrlFacts<'_>) -> Option<String> {
    let (serial, reason) = facts.entries.bad_reason.as_ref()?;
    Some(format!(
        "the entry of {serial} has the reason {reason}, which does not exist"
    ))
}

fn entry_removed(facts: &CrlFacts<'_>) -> Option<String> {
    if facts.view.delta_base_hex().is_some() {
        return None;
    }
    about(
        &facts.entries.removed,
        "is said to be removed, which only delta lists may say",
    )
}

fn authority_key_identifier(facts: &CrlFacts<'_>) -> Option<String> {
    let Some(value) = extension(facts, AUTHORITY_KEY_IDENTIFIER) else {
        return Some("it does not identify the key that signed it".to_owned());
    };
    let expected = facts.issuer?.subject_key_identifier()?;
    let named = AuthorityKeyIdentifier::from_der(value)
        .ok()
        .and_then(|(_, named)| named.key_identifier);
    match named {
        Some(KeyIdentifier(named)) if named == expected => None,
        named => Some(format!(
            "it identifies the key as {}, but it is {}",
            named.map_or_else(|| "nothing".to_owned(), |named| hex::encode(named.0)),
            hex::encode(expected)
        )),
    }
}

fn number(facts: &CrlFacts<'_>) -> Option<String> {
    match facts.view.number_hex() {
        None => Some("it has no number".to_owned()),
        Some(number) if number.len() > 40 => Some(format!("its number {number} is longer than 20 octets")),
        Some(_) => None,
    }
}

fn delta(facts: &CrlFacts<'_>) -> Option<String> {
    let base = facts.view.delta_base_hex()?;
    let number = facts.view.number_hex().unwrap_or_default();
    // Hexadecimal without leading zeros: the longer, the larger.
    ((base.len(), &base) > (number.len(), &number))
        .then(|| format!("it continues number {base}, which is after its own {number}"))
}

fn criticality(facts: &CrlFacts<'_>) -> Option<String> {
    facts.view.extensions().find_map(|extension| {
        let must_be = match extension.oid {
            AUTHORITY_KEY_IDENTIFIER | CRL_NUMBER | FRESHEST_CRL => false,
            DELTA_CRL_INDICATOR | ISSUING_DISTRIBUTION_POINT => true,
            _ => return None,
        };
        let says = |critical| if critical { "critical" } else { "not critical" };
        (extension.critical != must_be).then(|| {
            format!(
                "the extension {} is {}, but must be {}",
                extension.oid,
                says(extension.critical),
                says(must_be)
            )
        })
    })
}

fn extension<'a>(facts: &'a CrlFacts<'_>, oid: ObjectIdentifier) -> Option<&'a [u8]> {
    let found = facts.view.extensions().find(|extension| extension.oid == oid);
    found.map(|extension| extension.value_der)
}

const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const FRESHEST_CRL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.46");
