//! What the store promises, seen from outside.

mod directory;
mod kill;
mod staging;
mod support;
mod trust;
