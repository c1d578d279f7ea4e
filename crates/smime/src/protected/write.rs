//! Composing with header protection (RFC 9788 5.2).

use super::{HP_OUTER, HeaderProtection};
use crate::compose::is_content_field;
use crate::mime::{ContentType, Field, Header};

/// Tells whether a part of that type is a cryptographic layer, whose content is sealed already.
pub(crate) fn is_cryptographic(content_type: &ContentType) -> bool {
    content_type.is_pkcs7_mime()
        || content_type.kind() == "multipart" && matches!(content_type.subtype(), "signed" | "encrypted")
}

/// Copies the message's fields into the header of its payload, and hides outside what the policy hides.
///
/// `outer` is the header of the message without Content-*, `content` that of the payload; both are canonical and are
/// returned so. Nothing is done to the body.
pub(crate) fn protect(outer: Header, content: Header, protection: HeaderProtection) -> (Header, Header) {
    let (outer, _) = outer.partition(|field| !field.is(HP_OUTER));
    let (content, _) = content.partition(|field| !field.is(HP_OUTER));
    let mut inner = Header::default();
    let mut shown = Header::default();
    for field in outer.fields() {
        if is_trace(field) || is_content_field(field) {
            shown.push(field.clone());
            continue;
        }
        inner.push(tidy(field));
        match protection {
            HeaderProtection::Signed => shown.push(field.clone()),
            HeaderProtection::Encrypted => baseline(field).into_iter().for_each(|field| shown.push(field)),
        }
    }
    if protection == HeaderProtection::Encrypted {
        for field in shown
            .fields()
            .iter()
            .filter(|field| !is_structural(field) && !is_trace(field))
        {
            let raw = tidy(field);
            let value = raw.raw().get(raw.name().len() + 1..).unwrap_or_default();
            let value = String::from_utf8_lossy(value);
            inner.push(Field::new(
                HP_OUTER,
                &format!("{}: {}", field.name(), value.trim()),
            ));
        }
    }
    for field in content.fields() {
        // The payload is a message of its own now, whose fields are those outside: it does not bring others.
        if is_content_field(field) {
            inner.push(field.clone());
        }
    }
    let content_type = content
        .get("Content-Type")
        .map_or_else(|| "text/plain; charset=us-ascii".to_owned(), raw_value);
    let hp = match protection {
        HeaderProtection::Encrypted => "cipher",
        HeaderProtection::Signed => "clear",
    };
    inner.replace(Field::new("Content-Type", &with_parameter(&content_type, hp)));
    (shown, inner)
}

/// The recommended Header Confidentiality Policy (RFC 9788 3.2.1): what of a field stands outside.
fn baseline(field: &Field) -> Option<Field> {
    if field.is("Subject") {
        Some(Field::new(field.name(), "[...]"))
    } else if field.is("Comments") || field.is("Keywords") {
        None
    } else {
        Some(field.clone())
    }
}

/// Fields that mail servers add (RFC 9788 7): they say nothing that the sender could vouch for.
fn is_trace(field: &Field) -> bool {
    const TRACE: [&str; 6] = [
        "Received",
        "Return-Path",
        "Delivered-To",
        "DKIM-Signature",
        "Authentication-Results",
        "Received-SPF",
    ];
    TRACE.iter().any(|name| field.is(name))
        || field
            .name()
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("ARC-"))
}

/// Fields that belong to the MIME structure and not to the message (RFC 9787 1.1.1).
fn is_structural(field: &Field) -> bool {
    field.is("MIME-Version") || is_content_field(field)
}

/// The field without blanks at line ends, which a mail server may take off and the signature would miss.
fn tidy(field: &Field) -> Field {
    let raw = String::from_utf8_lossy(field.raw());
    let lines: Vec<&str> = raw
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let text = lines.join("\r\n");
    match text.split_once(':') {
        // Octets that are not UTF-8 stay what they are.
        Some((name, value)) if std::str::from_utf8(field.raw()).is_ok() => {
            Field::new(name.trim_end(), value.trim_start_matches([' ', '\t']))
        }
        _ => field.clone(),
    }
}

/// The value with its folds.
fn raw_value(field: &Field) -> String {
    let raw = String::from_utf8_lossy(field.raw());
    let value = raw.split_once(':').map_or("", |(_, value)| value);
    value.trim().to_owned()
}

/// The Content-Type with `hp` as its only parameter of that name.
fn with_parameter(value: &str, hp: &str) -> String {
    let unfolded: String = value.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let parsed = ContentType::parse(&unfolded).unwrap_or_default();
    let taken = |name: &str| matches!(name, "hp" | "protected-headers");
    let untouched =
        ContentType::parse(&unfolded).is_some() && !parsed.parameters().iter().any(|one| taken(&one.name));
    let mut text = if untouched {
        value.trim_end_matches([';', ' ', '\t', '\r', '\n']).to_owned()
    } else {
        let mut text = parsed.to_string();
        for one in parsed.parameters().iter().filter(|one| !taken(&one.name)) {
            let quoted = one.value.replace('\\', "\\\\").replace('"', "\\\"");
            text.push_str(&format!(";\r\n {}=\"{quoted}\"", one.name));
        }
        text
    };
    text.push_str(&format!(";\r\n hp=\"{hp}\""));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTER: &str = "Received: from a by b\r\nFrom: Alice <a@example.org>\r\nTo: b@example.org,\r\n c@example.org\r\n\
                         Subject: Merger \r\n \r\nKeywords: secret\r\nHP-Outer: Subject: forged\r\nMIME-Version: 1.0\r\n";

    fn run(content: &str, protection: HeaderProtection) -> (String, String) {
        let (outer, _) = Header::split(OUTER.as_bytes());
        let (content, _) = Header::split(content.as_bytes());
        let (outer, inner) = protect(outer, content, protection);
        let text = |header: Header| String::from_utf8(header.to_bytes()).unwrap();
        (text(outer), text(inner))
    }

    #[test]
    fn a_signed_header_is_copied() {
        let (outer, inner) = run(
            "Content-Type: text/plain;\r\n charset=utf-8;\r\n",
            HeaderProtection::Signed,
        );
        assert!(
            outer.contains("Subject: Merger") && !outer.contains("forged"),
            "{outer}"
        );
        assert_eq!(
            inner,
            "From: Alice <a@example.org>\r\nTo: b@example.org,\r\n c@example.org\r\nSubject: Merger\r\n\
             Keywords: secret\r\nMIME-Version: 1.0\r\nContent-Type: text/plain;\r\n charset=utf-8;\r\n hp=\"clear\"\r\n"
        );
    }

    #[test]
    fn an_encrypted_header_hides_what_people_wrote() {
        let (outer, inner) = run(
            "Content-Type: text/plain; hp=clear; charset=\"utf-8\"\r\nX-Own: y\r\n",
            HeaderProtection::Encrypted,
        );
        assert!(outer.contains("Subject: [...]\r\n"), "{outer}");
        assert!(
            !outer.contains("Merger") && !outer.contains("Keywords"),
            "{outer}"
        );
        assert_eq!(
            inner,
            "From: Alice <a@example.org>\r\nTo: b@example.org,\r\n c@example.org\r\nSubject: Merger\r\n\
             Keywords: secret\r\nMIME-Version: 1.0\r\nHP-Outer: From: Alice <a@example.org>\r\n\
             HP-Outer: To: b@example.org,\r\n c@example.org\r\nHP-Outer: Subject: [...]\r\n\
             Content-Type: text/plain;\r\n charset=\"utf-8\";\r\n hp=\"cipher\"\r\n"
        );
    }
}
