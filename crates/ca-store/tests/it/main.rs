//! What the store promises, seen from outside.

mod directory;
mod kill;
mod ledger;
mod staging;
mod support;
mod trust;
