//! The cases, by theme.

mod algorithms;
mod answers;
mod chains;
mod containers;
mod encodings;
mod encrypted;
mod extensions;
mod keys;
mod messages;
mod names;
mod purposes;
mod revocation;
mod times;

use super::Case;

pub(super) static ALL: [&[Case]; 13] = [
    times::CASES,
    names::CASES,
    purposes::CASES,
    extensions::CASES,
    encodings::CASES,
    keys::CASES,
    algorithms::CASES,
    chains::CASES,
    revocation::CASES,
    answers::CASES,
    messages::CASES,
    encrypted::CASES,
    containers::CASES,
];
