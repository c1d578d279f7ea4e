//! Whose certificate it is.

use crate::flawed::certificate::{ALTERNATIVE_NAMES, addresses};
use crate::flawed::der::*;
use crate::flawed::kit::common;
use crate::flawed::{Case, accepted, refused};

pub(super) static CASES: &[Case] = &[
    refused(
        "wrong-address",
        "the sender's address is not the signer's",
        "RFC 8550, 3",
        |kit| {
            kit.leaf
                .put(ALTERNATIVE_NAMES, false, addresses(&["mallory@example.com"]));
        },
    ),
    refused(
        "wrong-domain",
        "the sender's address is not the signer's",
        "RFC 8550, 3",
        |kit| {
            kit.leaf
                .put(ALTERNATIVE_NAMES, false, addresses(&["alice@example.org"]));
        },
    ),
    refused(
        "wildcard-address",
        "no address holds wildcards",
        "RFC 5280, 4.2.1.6",
        |kit| {
            kit.leaf
                .put(ALTERNATIVE_NAMES, false, addresses(&["*@example.com"]));
        },
    ),
    refused(
        "domain-for-an-address",
        "a domain is no address",
        "RFC 5280, 4.2.1.6",
        |kit| {
            kit.leaf
                .put(ALTERNATIVE_NAMES, false, addresses(&["example.com"]));
        },
    ),
    refused(
        "nul-in-address",
        "the address ends at no NUL",
        "RFC 5280, 4.2.1.6",
        |kit| {
            kit.leaf.put(
                ALTERNATIVE_NAMES,
                false,
                addresses(&["alice@example.com\0.evil.example"]),
            );
        },
    ),
    refused(
        "host-for-an-address",
        "the certificate is a host's",
        "RFC 8550, 3",
        |kit| {
            let names = sequence(&[&tlv(0x82, &[b"example.com"])]);
            kit.leaf.put(ALTERNATIVE_NAMES, false, names);
        },
    ),
    refused(
        "no-address",
        "the certificate names no address",
        "RFC 8550, 3",
        |kit| {
            kit.leaf.drop(ALTERNATIVE_NAMES);
        },
    ),
    accepted("address-in-subject-only", "RFC 8550, 3", |kit| {
        kit.leaf.drop(ALTERNATIVE_NAMES);
        kit.leaf.subject = name(&[
            (COMMON_NAME, UTF8, "Alice"),
            (EMAIL_ADDRESS, IA5, "alice@example.com"),
        ]);
    }),
    refused(
        "address-in-common-name-only",
        "a common name is no address",
        "RFC 8550, 3",
        |kit| {
            kit.leaf.drop(ALTERNATIVE_NAMES);
            kit.leaf.subject = common("alice@example.com");
        },
    ),
    accepted("several-addresses", "RFC 8550, 3", |kit| {
        let all = addresses(&["a.adams@example.com", "alice@example.com", "alice@example.org"]);
        kit.leaf.put(ALTERNATIVE_NAMES, false, all);
    }),
    accepted("domain-in-capitals", "RFC 5280, 7.5", |kit| {
        kit.leaf
            .put(ALTERNATIVE_NAMES, false, addresses(&["alice@EXAMPLE.COM"]));
    }),
    accepted("empty-subject", "RFC 5280, 4.1.2.6", |kit| {
        kit.leaf.subject = sequence(&[]);
        kit.leaf
            .put(ALTERNATIVE_NAMES, true, addresses(&["alice@example.com"]));
    }),
    accepted("internationalized-address", "RFC 9598, 3", |kit| {
        let mailbox = tlv(0xa0, &[&tlv(UTF8, &["zoé@example.com".as_bytes()])]);
        let names = sequence(&[&tlv(0xa0, &[&oid("1.3.6.1.5.5.7.8.9"), &mailbox])]);
        kit.leaf.put(ALTERNATIVE_NAMES, false, names);
        kit.from = "zoé@example.com";
    }),
];
