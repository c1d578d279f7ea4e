//! The cases, by theme.

mod chains;
mod encodings;
mod extensions;
mod keys;
mod messages;
mod names;
mod purposes;
mod revocation;
mod times;

use super::Case;

pub(super) static ALL: [&[Case]; 9] = [
    times::CASES,
    names::CASES,
    purposes::CASES,
    extensions::CASES,
    encodings::CASES,
    keys::CASES,
    chains::CASES,
    revocation::CASES,
    messages::CASES,
];
