//! What a key is for.

use crate::flawed::certificate::*;
use crate::flawed::{Case, accepted, refused};

pub(super) static CASES: &[Case] = &[
    refused(
        "server-purpose",
        "the certificate is for servers",
        "RFC 8550, 4.4.4",
        |kit| {
            kit.leaf
                .put(EXTENDED_USAGE, false, extended_usage(&[SERVER_AUTH]));
        },
    ),
    accepted("no-extended-key-usage", "RFC 8550, 4.4.4", |kit| {
        kit.leaf.drop(EXTENDED_USAGE)
    }),
    accepted("any-purpose", "RFC 8550, 4.4.4", |kit| {
        kit.leaf
            .put(EXTENDED_USAGE, false, extended_usage(&[ANY_PURPOSE]));
    }),
    accepted("mail-among-purposes", "RFC 8550, 4.4.4", |kit| {
        kit.leaf.put(
            EXTENDED_USAGE,
            false,
            extended_usage(&[SERVER_AUTH, EMAIL_PROTECTION]),
        );
    }),
    refused(
        "no-digital-signature",
        "the key is not for signing",
        "RFC 8550, 4.4.2",
        |kit| {
            kit.leaf.put(KEY_USAGE, true, key_usage(&[KEY_AGREEMENT]));
        },
    ),
    accepted("no-key-usage", "RFC 8550, 4.4.2", |kit| kit.leaf.drop(KEY_USAGE)),
    accepted("non-repudiation-only", "RFC 8550, 4.4.2", |kit| {
        kit.leaf.put(KEY_USAGE, true, key_usage(&[NON_REPUDIATION]));
    }),
    refused(
        "issuer-for-servers",
        "the issuer is for servers only",
        "RFC 8550, 4.4.4",
        |kit| {
            kit.issuing
                .put(EXTENDED_USAGE, false, extended_usage(&[SERVER_AUTH]));
        },
    ),
];
