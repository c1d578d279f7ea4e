//! Beginnings and ends.

use crate::flawed::der::time;
use crate::flawed::{Case, accepted, refused};

pub(super) static CASES: &[Case] = &[
    accepted("good", "RFC 8551, 3.5", |_| {}),
    refused(
        "expired",
        "the certificate has expired",
        "RFC 5280, 6.1.3 (a) (2)",
        |kit| {
            kit.leaf.not_after = time("2025-01-01T00:00:00Z");
            kit.at = Some("2026-01-02T00:00:00Z");
        },
    ),
    refused(
        "not-yet-valid",
        "the certificate is not valid yet",
        "RFC 5280, 6.1.3 (a) (2)",
        |kit| {
            kit.leaf.not_before = time("2110-01-01T00:00:00Z");
            kit.at = Some("2026-01-02T00:00:00Z");
        },
    ),
    refused(
        "issuer-expired",
        "the issuer's certificate has expired",
        "RFC 5280, 6.1.3 (a) (2)",
        |kit| {
            kit.issuing.not_after = time("2025-01-01T00:00:00Z");
            kit.at = Some("2026-01-02T00:00:00Z");
        },
    ),
    refused(
        "ends-before-it-begins",
        "the certificate is never valid",
        "RFC 5280, 4.1.2.5",
        |kit| {
            std::mem::swap(&mut kit.leaf.not_before, &mut kit.leaf.not_after);
            kit.at = Some("2026-01-02T00:00:00Z");
        },
    ),
    accepted("last-second", "RFC 5280, 4.1.2.5", |kit| {
        kit.leaf.not_after = time("2026-01-02T00:00:00Z");
        kit.at = Some("2026-01-02T00:00:00Z");
    }),
    refused(
        "one-second-late",
        "the certificate has expired",
        "RFC 5280, 4.1.2.5",
        |kit| {
            kit.leaf.not_after = time("2026-01-02T00:00:00Z");
            kit.at = Some("2026-01-02T00:00:01Z");
        },
    ),
];
