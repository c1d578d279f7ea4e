//! Answers of OCSP responders.

use crate::flawed::answer::{Answer, Status};
use crate::flawed::{Case, accepted, refused};

pub(super) static CASES: &[Case] = &[
    accepted("ocsp-good", "RFC 6960, 2.2", |kit| kit.answers = Answer::both()),
    refused(
        "ocsp-revoked",
        "the certificate is revoked",
        "RFC 6960, 2.2",
        |kit| {
            kit.answers = Answer::both();
            kit.answers[0].status = Status::Revoked("2025-06-01T00:00:00Z", 1);
        },
    ),
    refused(
        "ocsp-on-hold",
        "the certificate is on hold",
        "RFC 6960, 2.2; RFC 5280, 5.3.1",
        |kit| {
            kit.answers = Answer::both();
            kit.answers[0].status = Status::Revoked("2025-06-01T00:00:00Z", 6);
        },
    ),
    refused(
        "ocsp-unknown",
        "the responder does not know the certificate",
        "RFC 6960, 2.2",
        |kit| {
            kit.answers = Answer::both();
            kit.answers[0].status = Status::Unknown;
        },
    ),
    refused(
        "ocsp-issuer-revoked",
        "the issuer's certificate is revoked",
        "RFC 5280, 6.3",
        |kit| {
            kit.answers = Answer::both();
            kit.answers[1].status = Status::Revoked("2025-06-01T00:00:00Z", 2);
        },
    ),
    refused(
        "ocsp-outdated",
        "no current answer is there",
        "RFC 6960, 3.2",
        |kit| {
            kit.answers = Answer::both();
            kit.answers[0].next_update = "2025-12-02T00:00:00Z";
            kit.at = Some("2026-01-02T00:00:00Z");
        },
    ),
    refused(
        "ocsp-post-dated",
        "the answer is of the future",
        "RFC 6960, 3.2",
        |kit| {
            kit.answers = Answer::both();
            kit.answers[0].this_update = "2110-01-01T00:00:00Z";
            kit.at = Some("2026-01-02T00:00:00Z");
        },
    ),
    refused(
        "ocsp-of-another-certificate",
        "nothing is known of the certificate",
        "RFC 6960, 3.2",
        |kit| {
            kit.answers = Answer::both();
            kit.answers[0].of_another = true;
        },
    ),
    refused(
        "ocsp-forged",
        "the answer is not the issuer's",
        "RFC 6960, 3.2",
        |kit| {
            kit.answers = Answer::both();
            kit.answers[0].forged = true;
        },
    ),
];
