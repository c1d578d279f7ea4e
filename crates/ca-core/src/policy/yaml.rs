//! A YAML document with the place of each of its values.
//!
//! Policies are read into this tree first, then checked key by key: so everything that is wrong is found at once,
//! while a derived deserializer would stop at the first.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_yaml::{Location, Options, Spanned};

use super::PolicyError;

/// A place in a file; line and column are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// Repeated keys are all here.
    Map(Vec<(Key, Node)>),
}

/// A key and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) at: Position,
    pub(super) name: String,
}

impl Position {
    /// The beginning of a file.
    pub(super) const START: Self = Self { line: 1, column: 1 };

    fn of(location: Location) -> Self {
        Self {
            line: location.line().max(1),
            column: location.column().max(1),
        }
    }
}

/// Reads one document, within limits that no policy reaches.
pub(super) fn parse(path: &str, text: &str) -> Result<Node, PolicyError> {
    let refused = |at: Position, message: String, remedy: &str| PolicyError {
        path: path.to_owned(),
        line: at.line,
        column: at.column,
        message,
        remedy: remedy.to_owned(),
    };
    if text.len() > MAXIMUM_BYTES {
        let message = format!("the file has {} bytes, more than {MAXIMUM_BYTES}", text.len());
        return Err(refused(Position::START, message, "check that it is a policy"));
    }
    let parsed = serde_yaml::from_str_with_options::<Spanned<Value>>(text, options());
    match parsed {
        Ok(spanned) => Ok(Node::from(spanned)),
        Err(error) => {
            let error = error.without_snippet();
            let at = error.location().map_or(Position::START, Position::of);
            let (message, remedy) = match error {
                serde_yaml::Error::Budget { .. } | serde_yaml::Error::AliasReplayLimitExceeded { .. } => (
                    "the file has more values, levels or documents than any policy".to_owned(),
                    "keep it to one small document with its values written out",
                ),
                serde_yaml::Error::MergeKeyNotAllowed { .. } => {
                    ("merge keys (`<<`) are not read".to_owned(), "write the keys out")
                }
                _ => (
                    message_of(error),
                    "correct the YAML: two spaces for each level, `key: value`, lists as `[a, b]`",
                ),
            };
            Err(refused(at, message, remedy))
        }
    }
}

/// Returns the library's message without the place, which is given beside it.
fn message_of(error: &serde_yaml::Error) -> String {
    let full = error.render();
    let first = full.lines().next().unwrap_or_default();
    let message = match first.find(" at line ").or_else(|| first.find(" (line ")) {
        Some(end) => &first[..end],
        None => first,
    };
    format!(
        "this is not YAML that can be read: {}",
        message.trim_start_matches("error: ").trim()
    )
}

/// A policy has about 3,000 bytes, comments included.
const MAXIMUM_BYTES: usize = 64 * 1024;

fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_nodes: 4_096,
            max_events: 8_192,
            max_depth: 8,
            max_documents: 1,
            max_aliases: 64,
            max_anchors: 64,
        },
        alias_limits: serde_yaml::alias_limits! {
            max_total_replayed_events: 4_096,
            max_replay_stack_depth: 4,
        },
        // Repeated keys come through, to be reported with everything else.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self {
            at: Position::of(spanned.referenced),
            value: spanned.value,
        }
    }
}

impl Value {
    /// Says what the value is, for messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".into(),
            Self::Bool(value) => format!("the truth value {value}"),
            Self::Integer(value) => format!("the number {value}"),
            Self::Float(value) => format!("the number {value}"),
            Self::Text(text) => format!("the text \"{}\"", excerpt(text)),
            Self::List(_) => "a list".into(),
            Self::Map(_) => "a mapping".into(),
        }
    }
}

/// Returns the beginning of a text with control characters escaped, fit for a message.
pub(super) fn excerpt(text: &str) -> String {
    let mut out: String = text.chars().take(64).flat_map(char::escape_debug).collect();
    if text.chars().nth(64).is_some() {
        out.push('…');
    }
    out
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Value>>()? {
            items.push(item.into());
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let value = access.next_value::<Spanned<Value>>()?;
            entries.push((
                Key {
                    at: Position::of(key.referenced),
                    name: key.value,
                },
                value.into(),
            ));
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_place() {
        let node = parse("t.yaml", "a: 1\nb:\n  c: [x, -2.5, true]\n  d: ~\n").unwrap();
        let Value::Map(entries) = &node.value else {
            panic!("{node:?}")
        };
        assert_eq!(
            entries[0].0,
            Key {
                at: Position { line: 1, column: 1 },
                name: "a".into()
            }
        );
        assert_eq!(
            entries[0].1,
            Node {
                at: Position { line: 1, column: 4 },
                value: Value::Integer(1)
            }
        );
        let Value::Map(inner) = &entries[1].1.value else {
            panic!("{node:?}")
        };
        assert_eq!(inner[0].0.at, Position { line: 3, column: 3 });
        let Value::List(items) = &inner[0].1.value else {
            panic!("{node:?}")
        };
        assert_eq!(
            items[0],
            Node {
                at: Position { line: 3, column: 7 },
                value: Value::Text("x".into())
            }
        );
        assert_eq!(items[1].value, Value::Float(-2.5));
        assert_eq!(
            items[2],
            Node {
                at: Position { line: 3, column: 16 },
                value: Value::Bool(true)
            }
        );
        assert_eq!(inner[1].1.value, Value::Null);
    }

    #[test]
    fn keeps_repeated_keys() {
        let node = parse("t.yaml", "a: 1\na: 2\n").unwrap();
        assert!(matches!(node.value, Value::Map(entries) if entries.len() == 2));
    }

    #[test]
    fn stops_bombs() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", [before.as_str(); 10].join(", "));
        }
        for text in [
            bomb,
            "[".repeat(50_000),
            "x".repeat(10_000_000),
            "a: ".repeat(1000),
            "- ".repeat(1000),
        ] {
            let error = parse("t.yaml", &text).unwrap_err();
            assert!(error.message.len() < 300 && error.remedy.len() < 100, "{error}");
        }
    }

    #[test]
    fn names_the_place_of_a_syntax_error() {
        let refused = |text| parse("t.yaml", text).unwrap_err().to_string();
        assert_eq!(
            refused("a: 1\nb: [x\nc: 2\n"),
            "t.yaml:3:2: this is not YAML that can be read: illegal placement of ':' indicator; \
             correct the YAML: two spaces for each level, `key: value`, lists as `[a, b]`"
        );
        assert!(
            refused("a: 1\n---\nb: 2\n").starts_with("t.yaml:2:1: the file has more values, levels or doc")
        );
        assert!(refused("a: &x {b: 1}\nc:\n  <<: *x\n").starts_with("t.yaml:3:3: merge keys"));
    }
}
