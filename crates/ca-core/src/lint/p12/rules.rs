//! The rules about PKCS#12 files.

use super::P12Rule;
use identity::Certificate;
use identity::pkcs12::{Contents, KeyBag};

mod chain;
mod iterations;
mod key_in_clear;
mod key_without_certificate;
mod mac;
mod old_encryption;
mod unread;

pub(super) static ALL: &[&P12Rule] = &[
    &key_without_certificate::RULE,
    &key_in_clear::RULE,
    &mac::RULE,
    &iterations::RULE,
    &old_encryption::RULE,
    &chain::RULE,
    &unread::RULE,
];

/// A key's certificate in the same file.
fn certificate_of<'a>(contents: &'a Contents, key: &KeyBag) -> Option<&'a Certificate> {
    let certificates = contents.certificates.iter().map(|bag| &bag.certificate);
    certificates
        .into_iter()
        .find(|certificate| certificate.public_key() == key.key.public_key())
}
