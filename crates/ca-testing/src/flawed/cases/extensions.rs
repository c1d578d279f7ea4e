//! Extensions that should not be there, or not so.

use crate::flawed::certificate::*;
use crate::flawed::der::*;
use crate::flawed::{Case, accepted, refused};

pub(super) static CASES: &[Case] = &[
    refused(
        "unknown-critical-extension",
        "a critical extension is unknown",
        "RFC 5280, 4.2",
        |kit| {
            kit.leaf.put("1.3.6.1.4.1.32473.9.2", true, vec![0x05, 0x00]);
        },
    ),
    accepted("unknown-extension", "RFC 5280, 4.2", |kit| {
        kit.leaf.put("1.3.6.1.4.1.32473.9.2", false, vec![0x05, 0x00]);
    }),
    refused(
        "unknown-critical-extension-of-issuer",
        "a critical extension is unknown",
        "RFC 5280, 4.2",
        |kit| {
            kit.issuing.put("1.3.6.1.4.1.32473.9.2", true, vec![0x05, 0x00]);
        },
    ),
    refused(
        "duplicate-extension",
        "an extension is there twice",
        "RFC 5280, 4.2",
        |kit| {
            let again = kit.leaf.extensions.last().cloned().unwrap();
            kit.leaf.extensions.push(again);
        },
    ),
    refused(
        "broken-alternative-names",
        "an extension cannot be read",
        "RFC 5280, 4.2.1.6",
        |kit| {
            kit.leaf.put(ALTERNATIVE_NAMES, false, vec![0x30, 0x7f, 0x81]);
        },
    ),
    refused(
        "ca-false-issuer",
        "the issuer is no authority",
        "RFC 5280, 6.1.4 (k)",
        |kit| {
            kit.issuing.put(CONSTRAINTS, true, sequence(&[]));
        },
    ),
    refused(
        "issuer-without-constraints",
        "the issuer is no authority",
        "RFC 5280, 6.1.4 (k)",
        |kit| {
            kit.issuing.drop(CONSTRAINTS);
        },
    ),
    refused(
        "issuer-without-cert-sign",
        "the issuer may not issue",
        "RFC 5280, 6.1.4 (n)",
        |kit| {
            kit.issuing.put(KEY_USAGE, true, key_usage(&[CRL_SIGN]));
        },
    ),
    refused(
        "name-outside-constraint",
        "the issuer may not vouch for this address",
        "RFC 5280, 4.2.1.10",
        |kit| {
            kit.issuing
                .put(NAME_CONSTRAINTS, true, name_constraints(&["example.org"], &[]));
        },
    ),
    refused(
        "name-excluded",
        "the issuer may not vouch for this address",
        "RFC 5280, 4.2.1.10",
        |kit| {
            kit.issuing
                .put(NAME_CONSTRAINTS, true, name_constraints(&[], &["example.com"]));
        },
    ),
    accepted("name-within-constraint", "RFC 5280, 4.2.1.10", |kit| {
        kit.issuing
            .put(NAME_CONSTRAINTS, true, name_constraints(&["example.com"], &[]));
    }),
];
