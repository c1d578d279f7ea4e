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

/// Writes the document of a command that has changed or made something: `action` says what, first.
pub(crate) fn acted<T: Serialize>(action: &'static str, report: &T) -> String {
    document(&Acted { action, report })
}

/// Writes a list whose elements say each what was done.
pub(crate) fn each_acted<T: Serialize>(action: &'static str, reports: &[T]) -> String {
    let all: Vec<_> = reports.iter().map(|report| Acted { action, report }).collect();
    document(&all)
}

#[derive(Serialize)]
struct Acted<'a, T> {
    action: &'static str,
    #[serde(flatten)]
    report: &'a T,
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
