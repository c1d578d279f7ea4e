//! Reads typed values out of a policy's tree, and collects what is wrong on the way.

use std::fmt::Display;

use super::suggestion::{listed, suggestion};
use super::yaml::{Key, Node, Position, Value, excerpt};
use super::{PolicyError, PolicyErrors};

/// A value and its place in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) at: Position,
}

/// Collects the errors of one file.
pub(super) struct Diagnostics<'a> {
    path: &'a str,
    errors: Vec<PolicyError>,
}

impl<'a> Diagnostics<'a> {
    pub(super) fn new(path: &'a str) -> Self {
        Self {
            path,
            errors: Vec::new(),
        }
    }

    /// Notes an error.
    pub(super) fn push(&mut self, at: Position, message: impl Into<String>, remedy: impl Into<String>) {
        self.errors.push(PolicyError {
            path: self.path.to_owned(),
            line: at.line,
            column: at.column,
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    /// Returns the value that was read if nothing was wrong.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, PolicyErrors> {
        PolicyErrors::unless_empty(self.errors)?;
        // Every reader notes an error before it returns `None`; should one forget, the file is still refused.
        value.ok_or_else(|| {
            PolicyErrors::from(PolicyError {
                path: self.path.to_owned(),
                line: 1,
                column: 1,
                message: "the policy could not be read".to_owned(),
                remedy: "report this as a bug, with the file".to_owned(),
            })
        })
    }
}

/// A mapping whose keys are known.
pub(super) struct Mapping<'n> {
    entries: &'n [(Key, Node)],
    at: Position,
    /// Where the mapping stands, for messages: empty at the top, else as in ` in validity`.
    place: String,
}

impl<'n> Mapping<'n> {
    /// Reads the whole file as a mapping with the keys `known`.
    pub(super) fn top(node: &'n Node, known: &[&str], diagnostics: &mut Diagnostics<'_>) -> Option<Self> {
        Self::new(node, Position::START, "", known, diagnostics)
    }

    fn new(
        node: &'n Node,
        at: Position,
        name: &str,
        known: &[&str],
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            let what = if name.is_empty() {
                "the file".to_owned()
            } else {
                format!("\"{name}\"")
            };
            diagnostics.push(
                node.at,
                format!(
                    "{what} must hold keys and values, but holds {}",
                    node.value.describe()
                ),
                format!("write {}", listed(known, "and")),
            );
            return None;
        };
        let place = if name.is_empty() {
            String::new()
        } else {
            format!(" in \"{name}\"")
        };
        for (index, (key, _)) in entries.iter().enumerate() {
            if !known.contains(&key.name.as_str()) {
                diagnostics.push(
                    key.at,
                    format!("unknown key \"{}\"{place}", excerpt(&key.name)),
                    suggestion(&key.name, known),
                );
            } else if let Some((first, _)) = entries
                .iter()
                .take(index)
                .find(|(other, _)| other.name == key.name)
            {
                diagnostics.push(
                    key.at,
                    format!(
                        "the key \"{}\"{place} is there twice, first in line {}",
                        key.name, first.at.line
                    ),
                    "remove one of the two",
                );
            }
        }
        Some(Self { entries, at, place })
    }

    /// Returns a key's value, if the key is there.
    pub(super) fn optional(&self, name: &str) -> Option<&'n Node> {
        self.entries
            .iter()
            .find(|(key, _)| key.name == name)
            .map(|(_, node)| node)
    }

    /// Returns a key's value; `example` is a value for the remedy.
    pub(super) fn required(
        &self,
        name: &str,
        example: &str,
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<&'n Node> {
        let node = self.optional(name);
        if node.is_none() {
            diagnostics.push(
                self.at,
                format!("the key \"{name}\" is missing{}", self.place),
                format!("add a line such as `{name}: {example}`"),
            );
        }
        node
    }

    /// Returns a mapping within this one.
    pub(super) fn mapping(
        &self,
        name: &str,
        known: &[&str],
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Mapping<'n>> {
        let Some((key, node)) = self.entries.iter().find(|(key, _)| key.name == name) else {
            diagnostics.push(
                self.at,
                format!("the section \"{name}\" is missing{}", self.place),
                format!("add `{name}:` with {}", listed(known, "and")),
            );
            return None;
        };
        Self::new(node, key.at, name, known, diagnostics)
    }

    /// Returns a mapping within this one, `None` also if it is absent.
    pub(super) fn optional_mapping(
        &self,
        name: &str,
        known: &[&str],
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Mapping<'n>> {
        self.optional(name)?;
        self.mapping(name, known, diagnostics)
    }

    /// Reads a text of 1 to `maximum` characters without control characters.
    pub(super) fn text(
        &self,
        name: &str,
        maximum: usize,
        example: &str,
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Located<&'n str>> {
        let node = self.required(name, example, diagnostics)?;
        let text = scalar_text(node, name, example, diagnostics)?;
        let length = text.value.chars().count();
        if text.value.trim().is_empty() || length > maximum || text.value.chars().any(char::is_control) {
            diagnostics.push(
                text.at,
                format!(
                    "\"{name}\" must have 1 to {maximum} characters on one line, but is {}",
                    node.value.describe()
                ),
                format!("write a short text such as `{name}: {example}`"),
            );
            return None;
        }
        Some(text)
    }

    /// Reads a whole number within a range.
    pub(super) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u32>,
        example: &str,
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Located<u32>> {
        let node = self.required(name, example, diagnostics)?;
        number(node, name, range, diagnostics)
    }

    /// Reads a whole number within a range, or takes a default if the key is absent.
    pub(super) fn number_or(
        &self,
        name: &str,
        default: u32,
        range: std::ops::RangeInclusive<u32>,
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Located<u32>> {
        match self.optional(name) {
            Some(node) => number(node, name, range, diagnostics),
            None => Some(Located {
                value: default,
                at: self.at,
            }),
        }
    }

    /// Reads a truth value, or takes a default if the key is absent.
    pub(super) fn flag_or(
        &self,
        name: &str,
        default: bool,
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<bool> {
        match self.optional(name) {
            None => Some(default),
            Some(Node {
                value: Value::Bool(value),
                ..
            }) => Some(*value),
            Some(node) => {
                diagnostics.push(
                    node.at,
                    format!(
                        "\"{name}\" must be true or false, but is {}",
                        node.value.describe()
                    ),
                    format!("write `{name}: true` or `{name}: false`"),
                );
                None
            }
        }
    }

    /// Reads one of several names.
    pub(super) fn choice<T: Copy + Display>(
        &self,
        name: &str,
        choices: &[T],
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Located<T>> {
        let example = choices.first().map(ToString::to_string).unwrap_or_default();
        let node = self.required(name, &example, diagnostics)?;
        choice(node, name, choices, diagnostics)
    }

    /// Reads one of several names, or takes a default if the key is absent.
    pub(super) fn choice_or<T: Copy + Display>(
        &self,
        name: &str,
        default: T,
        choices: &[T],
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Located<T>> {
        match self.optional(name) {
            Some(node) => choice(node, name, choices, diagnostics),
            None => Some(Located {
                value: default,
                at: self.at,
            }),
        }
    }

    /// Reads a list that is not empty, of different names out of several.
    pub(super) fn choices<T: Copy + Display + PartialEq>(
        &self,
        name: &str,
        choices: &[T],
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Located<Vec<Located<T>>>> {
        let example = choices
            .first()
            .map(|first| format!("[{first}]"))
            .unwrap_or_default();
        let node = self.required(name, &example, diagnostics)?;
        let items = list(node, name, &example, diagnostics)?;
        if items.is_empty() {
            diagnostics.push(
                node.at,
                format!("\"{name}\" is an empty list"),
                format!("write `{name}: {example}`"),
            );
            return None;
        }
        let mut read: Vec<Located<T>> = Vec::new();
        let mut complete = true;
        for item in items {
            match choice(item, name, choices, diagnostics) {
                Some(item) => {
                    note_repetition(&read, &item, name, diagnostics);
                    read.push(item);
                }
                None => complete = false,
            }
        }
        complete.then_some(Located {
            value: read,
            at: node.at,
        })
    }
}

/// Reads a list.
pub(super) fn list<'n>(
    node: &'n Node,
    name: &str,
    example: &str,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<&'n [Node]> {
    match &node.value {
        Value::List(items) => Some(items),
        other => {
            diagnostics.push(
                node.at,
                format!("\"{name}\" must be a list, but is {}", other.describe()),
                format!("write it in brackets, as in `{name}: {example}`"),
            );
            None
        }
    }
}

/// Reads a text.
pub(super) fn scalar_text<'n>(
    node: &'n Node,
    name: &str,
    example: &str,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Located<&'n str>> {
    match &node.value {
        Value::Text(text) => Some(Located {
            value: text,
            at: node.at,
        }),
        other => {
            diagnostics.push(
                node.at,
                format!("\"{name}\" must be a text, but is {}", other.describe()),
                format!("write `{name}: {example}`, in quotation marks if it looks like a number"),
            );
            None
        }
    }
}

/// Reads one of several names.
pub(super) fn choice<T: Copy + Display>(
    node: &Node,
    name: &str,
    choices: &[T],
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Located<T>> {
    let names: Vec<String> = choices.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = match &node.value {
        Value::Text(text) => {
            let found = choices.iter().zip(&names).find(|(_, name)| *name == text);
            if found.is_none() {
                diagnostics.push(
                    node.at,
                    format!("\"{}\" is not a value of \"{name}\"", excerpt(text)),
                    suggestion(text, &names),
                );
            }
            found
        }
        // A number is a fine name where the names are numbers.
        Value::Integer(number) if names.contains(&number.to_string().as_str()) => choices
            .iter()
            .zip(&names)
            .find(|(_, name)| **name == number.to_string()),
        other => {
            diagnostics.push(
                node.at,
                format!("\"{name}\" cannot be {}", other.describe()),
                format!("use {}", listed(&names, "or")),
            );
            None
        }
    };
    found.map(|(&value, _)| Located { value, at: node.at })
}

/// Notes an item that is already in the list.
pub(super) fn note_repetition<T: PartialEq + Display>(
    before: &[Located<T>],
    item: &Located<T>,
    name: &str,
    diagnostics: &mut Diagnostics<'_>,
) {
    if before.iter().any(|other| other.value == item.value) {
        diagnostics.push(
            item.at,
            format!("{} is twice in \"{name}\"", item.value),
            "remove one of the two",
        );
    }
}

/// Reads a whole number within a range.
pub(super) fn number(
    node: &Node,
    name: &str,
    range: std::ops::RangeInclusive<u32>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Located<u32>> {
    let (least, most) = (*range.start(), *range.end());
    if let Value::Integer(value) = node.value
        && let Ok(value) = u32::try_from(value)
        && range.contains(&value)
    {
        return Some(Located { value, at: node.at });
    }
    diagnostics.push(
        node.at,
        format!(
            "\"{name}\" must be a whole number from {least} to {most}, but is {}",
            node.value.describe()
        ),
        format!(
            "write it without quotation marks, as in `{name}: {}`",
            most.min(365).max(least)
        ),
    );
    None
}
