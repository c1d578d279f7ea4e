//! The documents of `--format json`: their keys are a contract with scripts.

use serde::Serialize;

/// Writes a document on one line.
pub(crate) fn line<T: Serialize>(value: &T) -> String {
    // What is serialized here has string keys only.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

/// Writes one document, ending in a line feed.
pub(crate) fn document<T: Serialize>(value: &T) -> String {
    // These types hold strings, numbers and lists only, which always serialise.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_else(|_| "null".to_owned());
    text.push('\n');
    text
}

/// A command that failed.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    error: FailureDetail<'a>,
}

#[derive(Serialize)]
struct FailureDetail<'a> {
    kind: &'a str,
    message: &'a str,
    hints: &'a [String],
}

impl<'a> Failure<'a> {
    pub(crate) fn new(kind: &'a str, message: &'a str, hints: &'a [String]) -> Self {
        Self {
            error: FailureDetail { kind, message, hints },
        }
    }
}
