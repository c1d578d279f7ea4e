//! The protected header fields of a message (RFC 9788), as the reading `mail` commands list them.

use serde::Serialize;
use smime::ProtectedHeaders;

/// The protected header.
#[derive(Serialize)]
pub(crate) struct ProtectedHeadersView {
    scheme: &'static str,
    encrypted: bool,
    signed: bool,
    /// Whether the text begins with lines that repeat hidden fields for older programs.
    legacy_display: bool,
    fields: Vec<FieldView>,
}

#[derive(Serialize)]
struct FieldView {
    name: String,
    value: String,
    outer: Option<String>,
    visibility: &'static str,
    protection: &'static str,
}

impl ProtectedHeadersView {
    pub(crate) fn new(headers: &ProtectedHeaders) -> Self {
        let field = |field: &smime::protected::ProtectedField| FieldView {
            name: field.name.clone(),
            value: field.value.clone(),
            outer: field.outer.clone(),
            visibility: field.visibility.as_str(),
            protection: headers.protection(field).as_str(),
        };
        Self {
            scheme: headers.scheme.as_str(),
            encrypted: headers.encrypted,
            signed: headers.signed,
            legacy_display: headers.legacy_display,
            fields: headers.fields.iter().map(field).collect(),
        }
    }

    /// One line for each field, for people.
    pub(crate) fn lines(&self) -> String {
        let line = |field: &FieldView| match field.visibility {
            "visible" => format!("{}: {}", field.name, field.value),
            visibility => format!("{}: {} ({visibility} outside)", field.name, field.value),
        };
        let legacy = self.legacy_display.then(|| LEGACY_DISPLAY.to_owned());
        let lines = self.fields.iter().map(line).chain(legacy);
        lines.collect::<Vec<_>>().join("\n")
    }
}

const LEGACY_DISPLAY: &str = "(the text begins with lines that repeat hidden fields for older programs)";
