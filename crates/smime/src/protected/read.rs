//! Reading protected headers, and comparing them with those outside (RFC 9788 4).

use std::collections::HashMap;

use super::{HP_OUTER, ProtectedField, ProtectedHeaders, Scheme, Visibility, is_cryptographic};
use crate::Limits;
use crate::compose::is_content_field;
use crate::mime::{Field, Header, Message, decode_words};
use crate::report::{Code, Finding, escape, shorten};

/// How much of the content is looked at: the protected header stands at its beginning.
pub(crate) const LONGEST: usize = 1 << 16;

/// How deep the text that people read lies at most: mixed, related, alternative.
const DEEPEST_TEXT: usize = 3;

/// How many protected fields are compared and reported.
const MOST_FIELDS: usize = 500;

/// The longest value in a report, in characters.
const LONGEST_VALUE: usize = 2000;

/// The root of a cryptographic payload that protects its header.
#[derive(Debug)]
pub(crate) struct Payload {
    scheme: Scheme,
    header: Header,
    legacy_display: bool,
}

impl Payload {
    /// Looks for a protected header in the octets that a payload opens with (RFC 9788 4.1 and 4.10.1).
    ///
    /// `head` is the beginning, up to [`LONGEST`] octets, of what the innermost signature or encryption covers.
    pub(crate) fn of(outer: Option<&Header>, head: &[u8]) -> Option<Self> {
        let head = head.get(..LONGEST).unwrap_or(head);
        let message = Message::parse(head);
        message.header().get("Content-Type")?;
        let content_type = message.content_type();
        if is_cryptographic(&content_type) {
            return None;
        }
        let scheme = match content_type.parameter("hp") {
            Some(hp) if hp.eq_ignore_ascii_case("clear") => Some(Scheme::Clear),
            Some(hp) if hp.eq_ignore_ascii_case("cipher") => Some(Scheme::Cipher),
            _ => content_type
                .parameter("protected-headers")
                .filter(|version| version.to_ascii_lowercase().starts_with("v1"))
                .map(|_| Scheme::V1),
        };
        if let Some(scheme) = scheme {
            return Some(Self {
                scheme,
                header: message.header().clone(),
                legacy_display: scheme == Scheme::Cipher && has_legacy_display(&message, DEEPEST_TEXT),
            });
        }
        if content_type.kind() != "message" || !matches!(content_type.subtype(), "rfc822" | "global") {
            return None;
        }
        let child = Message::parse(message.body());
        let child_type = child.content_type();
        if is_cryptographic(&child_type)
            || child_type.parameter("hp").is_some()
            || !child.header_is_complete()
        {
            return None;
        }
        let wraps = match content_type
            .parameter("forwarded")
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("no") => true,
            // Without the parameter only a message that is the same as the one outside is no forwarded one.
            None => outer.is_some_and(|outer| is_same(outer, child.header())),
            Some(_) => false,
        };
        wraps.then(|| Self {
            scheme: Scheme::Rfc8551,
            header: child.header().clone(),
            legacy_display: false,
        })
    }

    /// The protected fields.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Compares with the header outside, if there is one; `encrypted` tells whether a layer of encryption was taken off.
    pub(crate) fn compare(
        &self,
        outer: Option<&Header>,
        encrypted: bool,
        findings: &mut Vec<Finding>,
    ) -> ProtectedHeaders {
        let (recorded, own): (Vec<&Field>, Vec<&Field>) = self
            .header
            .fields()
            .iter()
            .filter(|field| !is_content_field(field) && !field.is("MIME-Version"))
            .take(MOST_FIELDS)
            .partition(|field| field.is(HP_OUTER));
        let protected = Values::of(own.iter().map(|field| (field.name(), field.text())));
        let record = Values::of(recorded.iter().filter_map(|field| {
            let value = field.value();
            let (name, value) = value.split_once(':')?;
            Some((name.trim().to_owned(), decode_words(value.trim())))
        }));
        let actual = outer.map(|outer| {
            let wanted = |field: &&Field| {
                let name = field.name();
                protected.has(name) || record.has(name) || is_user_facing(name)
            };
            let fields = outer.fields().iter().filter(wanted).take(MOST_FIELDS);
            Values::of(fields.map(|field| (field.name(), field.text())))
        });
        // What the sender put outside: as he says, or as he must have.
        let intended = match (self.scheme, &actual) {
            (Scheme::Cipher, _) => record,
            // The older ways keep no record of it (RFC 9788 4.10.2).
            (Scheme::Rfc8551 | Scheme::V1, Some(actual)) if encrypted => actual.clone(),
            (Scheme::Rfc8551 | Scheme::V1, Some(actual)) => {
                let mut intended = protected.clone();
                if let Some(subject) = actual.get("Subject").filter(|subject| is_placeholder(subject)) {
                    intended.set("Subject", subject.to_vec());
                }
                intended
            }
            _ => protected.clone(),
        };
        if let Some(actual) = &actual {
            differences(&protected, &intended, actual, findings);
        }
        let fields = own
            .iter()
            .map(|field| {
                let value = field.text();
                let visibility = match intended.get(field.name()) {
                    None => Visibility::Removed,
                    Some(values) if values.contains(&normal(&value)) => Visibility::Visible,
                    Some(_) => Visibility::Obscured,
                };
                let outside = actual.as_ref().and_then(|actual| actual.get(field.name()));
                ProtectedField {
                    name: escape(field.name()),
                    value: clip(&normal(&value)),
                    outer: outside.map(|values| clip(&values.join(", "))),
                    visibility,
                }
            })
            .collect();
        ProtectedHeaders {
            scheme: self.scheme,
            encrypted,
            signed: false,
            legacy_display: self.legacy_display,
            fields,
        }
    }
}

/// Tells whether a text in `message` says that it opens with a Legacy Display Element (RFC 9788 2.1.2).
fn has_legacy_display(message: &Message<'_>, depth: usize) -> bool {
    let content_type = message.content_type();
    if content_type.kind() == "text" {
        return content_type.parameter("hp-legacy-display") == Some("1");
    }
    if depth == 0 || content_type.kind() != "multipart" {
        return false;
    }
    let parts = message.multipart(&Limits::default()).ok().flatten();
    parts.is_some_and(|found| {
        found
            .parts()
            .iter()
            .any(|part| has_legacy_display(part, depth - 1))
    })
}

/// Reports each name whose values outside are not those that the sender put there.
fn differences(protected: &Values, intended: &Values, actual: &Values, findings: &mut Vec<Finding>) {
    let only_protected = protected.names.iter().filter(|name| !intended.has(name));
    for name in intended.names.iter().chain(only_protected) {
        let (wrote, found) = (intended.get(name), actual.get(name));
        if wrote == found {
            continue;
        }
        let message = match (wrote, found) {
            (Some(wrote), Some(found)) => format!(
                "{} is `{}` outside, where the sender wrote `{}`: what is protected counts",
                shorten(name),
                shorten(&found.join(", ")),
                shorten(&wrote.join(", "))
            ),
            (None, Some(found)) => format!(
                "{} is `{}` outside, where the sender wrote none: what is protected counts",
                shorten(name),
                shorten(&found.join(", "))
            ),
            (_, None) => format!("{} was taken away outside; it is protected", shorten(name)),
        };
        findings.push(Finding::new(Code::HeaderDiffers, message));
    }
    for name in &actual.names {
        if is_user_facing(name) && !protected.has(name) && !intended.has(name) {
            findings.push(Finding::new(
                Code::HeaderNotProtected,
                format!(
                    "{} stands outside only, in a message whose sender protected its header: it was added on the way",
                    shorten(name)
                ),
            ));
        }
    }
}

/// The values of each field name, comparable: names in lower case, values decoded and without folds.
#[derive(Clone, Debug, Default)]
struct Values {
    /// As first written, in order.
    names: Vec<String>,
    values: HashMap<String, Vec<String>>,
}

impl Values {
    fn of<N: Into<String>>(fields: impl Iterator<Item = (N, String)>) -> Self {
        let mut all = Self::default();
        for (name, value) in fields {
            let name = name.into();
            let values = all.values.entry(name.to_ascii_lowercase()).or_default();
            if values.is_empty() {
                all.names.push(name);
            }
            values.push(normal(&value));
        }
        all
    }

    fn get(&self, name: &str) -> Option<&[String]> {
        self.values.get(&name.to_ascii_lowercase()).map(Vec::as_slice)
    }

    fn has(&self, name: &str) -> bool {
        self.values.contains_key(&name.to_ascii_lowercase())
    }

    fn set(&mut self, name: &str, values: Vec<String>) {
        if self.values.insert(name.to_ascii_lowercase(), values).is_none() {
            self.names.push(name.to_owned());
        }
    }
}

/// Folding and the blanks around it may change on the way.
fn normal(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn clip(value: &str) -> String {
    let cut: String = value.chars().take(LONGEST_VALUE).collect();
    escape(&cut)
}

/// Fields that a reader sees, or that steer an answer or a thread without being seen (RFC 9788 4.6).
fn is_user_facing(name: &str) -> bool {
    const USER_FACING: [&str; 12] = [
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Comments",
        "Keywords",
        "In-Reply-To",
        "References",
        "Mail-Followup-To",
    ];
    USER_FACING.iter().any(|one| name.eq_ignore_ascii_case(one))
}

/// What programs without a record of it put in a Subject's place.
fn is_placeholder(subject: &[String]) -> bool {
    matches!(subject, [one] if matches!(one.as_str(), "..." | "[...]" | "Encrypted Message"))
}

/// Tells whether two headers are those of the same message.
fn is_same(outer: &Header, inner: &Header) -> bool {
    let same = |name: &str| match (outer.get(name), inner.get(name)) {
        (Some(outer), Some(inner)) => normal(&outer.value()) == normal(&inner.value()),
        _ => false,
    };
    same("Message-ID") || same("From") && same("Date")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTER: &str = "From: a@example.org\r\nSubject: [...]\r\nTo: b@example.org\r\n\r\n";
    const INNER: &str = "From: a@example.org\r\nSubject: Merger\r\nTo: b@example.org\r\nKeywords: x\r\n\
        HP-Outer: From: a@example.org\r\nHP-Outer: Subject: [...]\r\nHP-Outer: To:\r\n b@example.org\r\n\
        Content-Type: text/plain; hp=\"cipher\"\r\n\r\nText";

    fn compare(outer: &str, inner: &str, encrypted: bool) -> (Option<ProtectedHeaders>, Vec<Code>) {
        let (outer, _) = Header::split(outer.as_bytes());
        let mut findings = Vec::new();
        let found = Payload::of(Some(&outer), inner.as_bytes())
            .map(|payload| payload.compare(Some(&outer), encrypted, &mut findings));
        (found, findings.iter().map(|finding| finding.code).collect())
    }

    fn shown(headers: &ProtectedHeaders) -> Vec<(&str, Visibility)> {
        headers
            .fields
            .iter()
            .map(|field| (&*field.name, field.visibility))
            .collect()
    }

    #[test]
    fn the_senders_record_says_what_was_hidden() {
        let (headers, codes) = compare(OUTER, INNER, true);
        let headers = headers.unwrap();
        assert_eq!(
            shown(&headers),
            [
                ("From", Visibility::Visible),
                ("Subject", Visibility::Obscured),
                ("To", Visibility::Visible),
                ("Keywords", Visibility::Removed)
            ]
        );
        assert_eq!(codes, []);
        assert_eq!(headers.get("subject").unwrap().outer.as_deref(), Some("[...]"));
        assert_eq!(
            headers.protection(headers.get("Keywords").unwrap()),
            super::super::Protection::EncryptedOnly
        );
    }

    #[test]
    fn changes_outside_are_noticed() {
        for (from, to, code) in [
            ("Subject: [...]", "Subject: You won", Code::HeaderDiffers),
            ("Subject: [...]\r\n", "", Code::HeaderDiffers),
            ("To:", "To: eve@example.org\r\nTo:", Code::HeaderDiffers),
            ("To:", "Keywords: y\r\nTo:", Code::HeaderDiffers),
            (
                "To:",
                "Reply-To: eve@example.org\r\nTo:",
                Code::HeaderNotProtected,
            ),
        ] {
            assert_eq!(
                compare(&OUTER.replacen(from, to, 1), INNER, true).1,
                [code],
                "{to}"
            );
        }
        let spaced = OUTER
            .replace("To: b@", "TO:\r\n\tb@")
            .replace("Subject", "Received: x\r\nSubject");
        assert_eq!(compare(&spaced, INNER, false).1, []);
    }

    #[test]
    fn older_ways_are_read() {
        let v1 = "From: a@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nTo: b@example.org\r\n\
                  Content-Type: multipart/mixed; boundary=b; protected-headers=\"v1\"\r\n\r\n";
        let (headers, codes) = compare(&OUTER.replace("[...]", "..."), v1, false);
        let headers = headers.unwrap();
        assert_eq!((headers.scheme, codes.as_slice()), (Scheme::V1, &[][..]));
        assert_eq!(headers.get("Subject").unwrap().value, "Grüße");
        assert_eq!(headers.get("Subject").unwrap().visibility, Visibility::Obscured);

        let wrapped = |parameter: &str, date: &str| {
            format!(
                "Content-Type: message/rfc822{parameter}\r\n\r\nFrom: a@example.org\r\nSubject: [...]\r\n\
                 To: b@example.org\r\nDate: {date}\r\n\r\nText"
            )
        };
        let outer = OUTER.replace("\r\n\r\n", "\r\nDate: today\r\n\r\n");
        for (parameter, date, found) in [
            ("; forwarded=no", "today", true),
            ("; forwarded=no", "yesterday", true),
            ("", "today", true),
            ("", "yesterday", false),
            ("; forwarded=yes", "today", false),
        ] {
            let (headers, codes) = compare(&outer, &wrapped(parameter, date), false);
            assert_eq!(headers.is_some(), found, "{parameter} {date}");
            assert_eq!(codes.is_empty(), !found || date == "today");
        }
    }

    #[test]
    fn only_the_root_of_the_payload_counts() {
        for inner in [
            "Content-Type: text/plain\r\n\r\nContent-Type: text/plain; hp=clear\r\n",
            "From: a@example.org\r\n\r\nx",
            "Content-Type: multipart/signed; boundary=b; hp=clear\r\n\r\n",
            "Content-Type: application/pkcs7-mime; hp=cipher\r\n\r\n",
            "Content-Type: text/plain; hp=other\r\n\r\n",
            "",
        ] {
            assert!(Payload::of(None, inner.as_bytes()).is_none(), "{inner}");
        }
        let many = "X: y\r\n".repeat(20_000) + "Content-Type: text/plain; hp=clear\r\n\r\n";
        assert!(Payload::of(None, many.as_bytes()).is_none());
    }
}
