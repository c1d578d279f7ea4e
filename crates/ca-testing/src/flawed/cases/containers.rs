//! P12 files (RFC 7292), all of the same identity.

use crate::flawed::cases::encrypted::RECIPIENT;
use crate::flawed::embedded::p12;
use crate::flawed::{Case, Kind, Made, PASSWORD, embedded_accepted, embedded_refused};

const fn accepted(name: &'static str, clause: &'static str, make: fn() -> Made) -> Case {
    embedded_accepted(name, clause, make).of_kind(Kind::Container)
}

const fn refused(name: &'static str, why: &'static str, clause: &'static str, make: fn() -> Made) -> Case {
    embedded_refused(name, why, clause, make).of_kind(Kind::Container)
}

pub(super) static CASES: &[Case] = &[
    accepted("p12", "RFC 7292, 4", || {
        RECIPIENT.with_p12(RECIPIENT.p12, PASSWORD)
    }),
    accepted("p12-triple-des", "RFC 7292, C", || {
        RECIPIENT.with_p12(p12!("p12-triple-des"), PASSWORD)
    }),
    accepted("p12-pbmac1", "RFC 9579, 3", || {
        RECIPIENT.with_p12(p12!("p12-pbmac1"), PASSWORD)
    }),
    accepted("p12-without-mac", "RFC 7292, 4", || {
        RECIPIENT.with_p12(p12!("p12-without-mac"), PASSWORD)
    }),
    accepted("p12-empty-password", "RFC 7292, B.1", || {
        RECIPIENT.with_p12(p12!("p12-empty-password"), "")
    }),
    accepted("p12-accented-password", "RFC 7292, B.1", || {
        RECIPIENT.with_p12(p12!("p12-accented-password"), "Gr\u{fc}\u{df}e-\u{e0}-toi")
    }),
    accepted("p12-several-keys", "RFC 7292, 4.2", || {
        RECIPIENT.with_p12(p12!("p12-several-keys"), PASSWORD)
    }),
    refused("p12-rc2-40", "the encryption is broken", "RFC 7292, C", || {
        RECIPIENT.with_p12(p12!("p12-rc2-40"), PASSWORD)
    }),
    refused(
        "p12-without-key",
        "there is no key in it",
        "RFC 7292, 4.2",
        || RECIPIENT.with_p12(p12!("p12-without-key"), PASSWORD),
    ),
    refused(
        "p12-wrong-password",
        "the password is another",
        "RFC 7292, 5.1",
        || RECIPIENT.with_p12(RECIPIENT.p12, "fixtures"),
    ),
    refused("p12-wrong-mac", "the file was changed", "RFC 7292, 5.1", || {
        let mut p12 = RECIPIENT.p12.to_vec();
        // The digest of 32 octets stands before the salt of eight, each with two of header, and the number of rounds with four.
        let at = p12.len() - 4 - 10 - 1;
        p12[at] ^= 1;
        RECIPIENT.with_p12(&p12, PASSWORD)
    }),
    refused("p12-truncated", "the file ends too soon", "RFC 7292, 4", || {
        RECIPIENT.with_p12(&RECIPIENT.p12[..RECIPIENT.p12.len() / 2], PASSWORD)
    }),
];
