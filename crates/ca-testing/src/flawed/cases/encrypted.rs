//! Encrypted messages.

use crate::flawed::embedded::{Identity, change, identity, message};
use crate::flawed::{Case, Kind, Made, embedded_accepted, embedded_refused};

/// Whose key is RSA; all but one are encrypted to it.
pub(super) const RECIPIENT: Identity = identity!("encrypted");

const fn accepted(name: &'static str, clause: &'static str, make: fn() -> Made) -> Case {
    embedded_accepted(name, clause, make).of_kind(Kind::Encrypted)
}

const fn refused(name: &'static str, why: &'static str, clause: &'static str, make: fn() -> Made) -> Case {
    embedded_refused(name, why, clause, make).of_kind(Kind::Encrypted)
}

pub(super) static CASES: &[Case] = &[
    accepted("encrypted", "RFC 8551, 3.3", || {
        RECIPIENT.with_message(message!("encrypted"))
    }),
    accepted("encrypted-gcm", "RFC 8551, 3.4", || {
        RECIPIENT.with_message(message!("encrypted-gcm"))
    }),
    accepted("encrypted-oaep", "RFC 3560, 2", || {
        RECIPIENT.with_message(message!("encrypted-oaep"))
    }),
    accepted("encrypted-ecdh", "RFC 5753, 3.1", || {
        identity!("encrypted-ecdh").with_message(message!("encrypted-ecdh"))
    }),
    refused(
        "encrypted-with-3des",
        "the cipher is withdrawn",
        "RFC 8551, B.3; NIST SP 800-131A, 2",
        || RECIPIENT.with_message(message!("encrypted-with-3des")),
    ),
    refused(
        "encrypted-with-des",
        "the cipher is broken",
        "RFC 8551, B.3",
        || RECIPIENT.with_message(message!("encrypted-with-des")),
    ),
    refused(
        "encrypted-with-rc2-40",
        "the cipher is broken",
        "RFC 8551, B.3",
        || RECIPIENT.with_message(message!("encrypted-with-rc2-40")),
    ),
    refused(
        "encrypted-to-a-stranger",
        "the message is for somebody else",
        "RFC 5652, 6.2",
        || RECIPIENT.with_message(message!("encrypted-to-a-stranger")),
    ),
    refused(
        "encrypted-padding-error",
        "the padding is not that of any message",
        "RFC 5652, 6.3",
        || RECIPIENT.with_message(&change(message!("encrypted"), |it| spoil_padding(it))),
    ),
    refused(
        "encrypted-odd-length",
        "the content is no whole number of blocks",
        "RFC 5652, 6.3",
        || RECIPIENT.with_message(&change(message!("encrypted"), shorten)),
    ),
    refused(
        "encrypted-gcm-altered",
        "the content was changed",
        "RFC 5083, 2.2",
        || RECIPIENT.with_message(&change(message!("encrypted-gcm"), |it| spoil_content(it))),
    ),
    refused(
        "encrypted-gcm-wrong-tag",
        "the content was changed",
        "RFC 5083, 2.2",
        || RECIPIENT.with_message(&change(message!("encrypted-gcm"), |it| spoil_last(it))),
    ),
    refused(
        "encrypted-key-altered",
        "the key that was sent along is not the content's",
        "RFC 3218, 2.3",
        || RECIPIENT.with_message(&change(message!("encrypted-gcm"), |it| spoil_key(it))),
    ),
    refused(
        "encrypted-truncated",
        "the message ends too soon",
        "RFC 5652, 6.1",
        || {
            let whole: &[u8] = message!("encrypted");
            RECIPIENT.with_message(&whole[..whole.len() * 2 / 3])
        },
    ),
];

const BLOCK: usize = 16;

/// Changes the octet of the last block but one that tells, once decrypted, how long the padding is.
fn spoil_padding(structure: &mut [u8]) {
    let at = structure.len() - BLOCK - 1;
    structure[at] ^= 0x40;
}

fn spoil_last(structure: &mut [u8]) {
    let at = structure.len() - 1;
    structure[at] ^= 1;
}

/// Changes the last octet before the authentication tag and its header.
fn spoil_content(structure: &mut [u8]) {
    let at = structure.len() - BLOCK - 3;
    structure[at] ^= 1;
}

/// Changes an octet of the key that is encrypted with RSA-2048.
fn spoil_key(structure: &mut [u8]) {
    let header = [0x04, 0x82, 0x01, 0x00];
    let at = structure
        .windows(header.len())
        .position(|found| found == header)
        .unwrap();
    structure[at + header.len() + 100] ^= 1;
}

/// Takes the last octet of the content away, and shortens by it whatever surrounds the content: three lengths that end at the given
/// places, those of ContentInfo, its `[0]` and EnvelopedData, and two near the end.
fn shorten(structure: &mut Vec<u8>) {
    let length = structure.len();
    for at in [3, 18, 22, length - 125, length - 81] {
        structure[at] -= 1;
    }
    structure.pop();
}
