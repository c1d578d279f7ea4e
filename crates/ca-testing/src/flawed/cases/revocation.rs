//! Revocation lists.

use crate::flawed::list::List;
use crate::flawed::{Case, accepted, refused};

pub(super) static CASES: &[Case] = &[
    accepted("on-no-list", "RFC 5280, 6.3", |kit| kit.lists = List::both()),
    refused(
        "revoked",
        "the certificate is revoked",
        "RFC 5280, 6.3.3",
        |kit| {
            kit.lists = List::both();
            kit.lists[0].revoked = Some(("2025-06-01T00:00:00Z", 1));
        },
    ),
    refused(
        "on-hold",
        "the certificate is on hold",
        "RFC 5280, 5.3.1",
        |kit| {
            kit.lists = List::both();
            kit.lists[0].revoked = Some(("2025-06-01T00:00:00Z", 6));
        },
    ),
    refused(
        "list-outdated",
        "no current list is there",
        "RFC 5280, 6.3.3",
        |kit| {
            kit.lists = List::both();
            kit.lists[0].next_update = "2025-12-02T00:00:00Z";
            kit.at = Some("2026-01-02T00:00:00Z");
        },
    ),
    refused(
        "list-post-dated",
        "the list is of the future",
        "RFC 5280, 5.1.2.4",
        |kit| {
            kit.lists = List::both();
            kit.lists[0].this_update = "2110-01-01T00:00:00Z";
            kit.at = Some("2026-01-02T00:00:00Z");
        },
    ),
    refused(
        "list-forged",
        "the list is not the issuer's",
        "RFC 5280, 6.3.3 (g)",
        |kit| {
            kit.lists = List::both();
            kit.lists[0].forged = true;
        },
    ),
    refused(
        "list-missing",
        "nothing is known of the certificate",
        "RFC 5280, 6.3.3",
        |kit| {
            kit.lists = List::both();
            kit.lists.remove(0);
        },
    ),
    refused(
        "revoked-on-a-huge-list",
        "the certificate is revoked",
        "RFC 5280, 6.3.3",
        |kit| {
            kit.lists = List::both();
            kit.lists[0].others = 20_000;
            kit.lists[0].revoked = Some(("2025-06-01T00:00:00Z", 1));
        },
    ),
];
