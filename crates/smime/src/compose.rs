//! From text or a message to the entity that is signed or encrypted.

mod body;
mod entity;
mod header_text;
mod survey;
mod walk;

use chrono::{DateTime, Utc};
use identity::Mailbox;

use crate::mime::{Field, Header, format_date};
use crate::protected::HeaderProtection;
pub(crate) use entity::{EntityError, Making, changed};

/// What a message is to say about itself.
///
/// Plain text gets these fields, or the defaults named here; in an input that is a message already they replace the
/// fields of the same name.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Compose {
    /// The From address; by default the first address of the signing identity.
    pub from: Option<Mailbox>,
    /// The To addresses.
    pub to: Vec<Mailbox>,
    /// The Subject.
    pub subject: Option<String>,
    /// The Date; by default the moment of signing or encrypting.
    pub date: Option<DateTime<Utc>>,
    /// The Message-ID with its angle brackets; by default a random one in the domain of the From address.
    pub message_id: Option<String>,
    /// Takes the input for text even if it opens with header fields.
    pub force_text: bool,
    /// Puts the header fields under the signature or into the encryption as well (RFC 9788).
    pub protect_headers: Option<HeaderProtection>,
}

/// Why no message can be made of an input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// The header is to be protected, but the message is signed or encrypted already.
    #[error(
        "the message is {content_type} already, and its header fields cannot be put under that seal any more; \
         protect them when it is signed (with the recipients given there, if it is to be encrypted as well)"
    )]
    AlreadySealed {
        /// The media type of the message.
        content_type: String,
    },
    /// A header value with a line break or another control character in it.
    #[error(
        "the {field} holds a line break or another control character, which would forge header fields; remove it"
    )]
    ControlCharacter {
        /// The header field.
        field: &'static str,
    },
    /// The header of a part is longer than a header can be.
    #[error("the header of a part is longer than {limit} octets; is the input a message?")]
    HeaderTooLong {
        /// The limit in octets.
        limit: u64,
    },
    /// A Message-ID that is not `<left@right>`.
    #[error("the Message-ID `{value}` is not of the form <left@right>")]
    MessageId {
        /// What was given.
        value: String,
    },
    /// No random octets could be had.
    #[error("no random octets could be had for the Message-ID")]
    Random,
}

/// Tells whether an input that begins with `head` is a message: header fields, From, Subject, Date or MIME-Version
/// among them, and then an empty line. Otherwise it is text.
pub fn is_message(head: &[u8]) -> bool {
    let (header, _, complete) = Header::split_at_empty_line(head);
    complete
        && ["From", "Subject", "Date", "MIME-Version"]
            .iter()
            .any(|name| header.get(name).is_some())
}

impl Compose {
    /// The outer header: what is given here in place of what the message says, and what is missing added.
    fn complete(
        &self,
        given: Header,
        default_from: Option<&Mailbox>,
        now: DateTime<Utc>,
    ) -> Result<Header, ComposeError> {
        let mut header = given;
        if let Some(subject) = &self.subject {
            check(subject, "Subject")?;
        }
        let from = self
            .from
            .as_ref()
            .or_else(|| default_from.filter(|_| header.get("From").is_none()));
        if let Some(from) = from {
            header.replace(Field::new("From", &from.canonical()));
        }
        if !self.to.is_empty() {
            let to: Vec<_> = self.to.iter().map(Mailbox::canonical).collect();
            header.replace(Field::new("To", &to.join(",\r\n ")));
        }
        if let Some(subject) = &self.subject {
            header.replace(Field::unstructured("Subject", subject));
        }
        if self.date.is_some() || header.get("Date").is_none() {
            header.replace(Field::new("Date", &format_date(self.date.unwrap_or(now))));
        }
        if let Some(id) = &self.message_id {
            let body = id.strip_prefix('<').and_then(|i| i.strip_suffix('>'));
            let sound = body.is_some_and(|b| b.contains('@') && b.bytes().all(|c| c.is_ascii_graphic()));
            if !sound || id.len() > 900 {
                return Err(ComposeError::MessageId {
                    value: id.escape_debug().take(100).collect(),
                });
            }
            header.replace(Field::new("Message-ID", id));
        } else if header.get("Message-ID").is_none()
            && let Some(domain) = domain_of(&header)
        {
            let random: [u8; 16] = identity::random::bytes().map_err(|_| ComposeError::Random)?;
            header.replace(Field::new(
                "Message-ID",
                &format!("<{}@{domain}>", hex::encode(random)),
            ));
        }
        match header.all("MIME-Version").count() {
            1 => {}
            _ => header.replace(Field::new("MIME-Version", "1.0")),
        }
        Ok(header_text::encode(header).canonical())
    }
}

/// Fields that describe a body, and so go wherever the body goes.
pub(crate) fn is_content_field(field: &Field) -> bool {
    field
        .name()
        .get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case("content-"))
}

/// Fields that mail programs keep to themselves (RFC 5322 3.6.3): who is named there must be given to the mail server
/// in another way.
const BLIND: [&str; 2] = ["Bcc", "Resent-Bcc"];

/// What is said when they are left out.
pub(crate) const BLIND_NOTE: &str =
    "Bcc was left out, which everybody would have read: name the hidden recipients to the mail server itself";

/// What is said of a text in which a CR stands alone.
pub(crate) const CR_NOTE: &str = "carriage returns that stand alone in the text became line ends: to keep every octet, attach it as a file";

fn check(value: &str, field: &'static str) -> Result<(), ComposeError> {
    match value.chars().any(|c| c.is_control() && c != '\t') {
        true => Err(ComposeError::ControlCharacter { field }),
        false => Ok(()),
    }
}

/// The domain of the first From address, for the Message-ID.
fn domain_of(header: &Header) -> Option<String> {
    let address = header.addresses("From").into_iter().next()?;
    Mailbox::parse(&address).ok().map(|m| m.ascii_domain().to_owned())
}

#[cfg(test)]
mod tests {
    use super::entity::Entity;
    use super::*;
    use crate::{Limits, MemorySpool};
    use chrono::TimeZone;

    type InMemory = Entity<std::io::Cursor<Vec<u8>>>;

    /// An entity, and the octets that go inside.
    fn entity(compose: &Compose, input: &[u8]) -> Result<(InMemory, Vec<u8>), EntityError> {
        let making = Making {
            default_from: Some(&Mailbox::parse("alice@example.org").unwrap()),
            now: Utc.with_ymd_and_hms(2026, 11, 23, 8, 9, 10).unwrap(),
            limits: &Limits::default(),
            digest: None,
        };
        let mut entity = compose.entity(input, MemorySpool::new(), &making)?;
        let mut inner = Vec::new();
        entity
            .write(&mut |bytes| {
                inner.extend_from_slice(bytes);
                Ok(())
            })
            .unwrap();
        Ok((entity, inner))
    }

    #[test]
    fn text_and_messages_are_told_apart() {
        assert!(is_message(b"From: a@b\r\nTo: c@d\r\n\r\nbody"));
        assert!(is_message(b"mime-version: 1.0\nContent-Type: text/plain\n\nx"));
        assert!(is_message(b"From a@b Mon Nov 23\nSubject: mbox\n\n"));
        for text in [
            &b"Dear Bob:\n\nhow are you\n"[..],
            b"From: a@b\nno empty line",
            b"",
            b"\n\nFrom: a@b\n\n",
        ] {
            assert!(!is_message(text));
        }
    }

    #[test]
    fn text_gets_a_header() {
        let (entity, inner) = entity(&Compose::default(), "Grüße\n".as_bytes()).unwrap();
        assert_eq!(entity.outer.addresses("From"), ["alice@example.org"]);
        assert_eq!(
            entity.outer.get("Date").unwrap().value(),
            "Mon, 23 Nov 2026 08:09:10 +0000"
        );
        assert!(
            entity
                .outer
                .get("Message-ID")
                .unwrap()
                .value()
                .ends_with("@example.org>")
        );
        assert_eq!(
            String::from_utf8(inner).unwrap(),
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
             Gr=C3=BC=C3=9Fe\r\n"
        );
    }

    #[test]
    fn header_fields_cannot_be_forged() {
        let forged = Compose {
            subject: Some("x\r\nBcc: eve@example.org".to_owned()),
            ..Compose::default()
        };
        assert!(matches!(
            entity(&forged, b"text"),
            Err(EntityError::Compose(ComposeError::ControlCharacter {
                field: "Subject"
            }))
        ));
        let forged = Compose {
            message_id: Some("<a@b>\r\nX: y".to_owned()),
            ..Compose::default()
        };
        assert!(matches!(
            entity(&forged, b"text"),
            Err(EntityError::Compose(ComposeError::MessageId { .. }))
        ));
    }

    #[test]
    fn blind_copies_stay_blind() {
        let input =
            b"From: a@example.org\nBCC: eve@example.org,\n mallory@example.org\nMIME-Version: 1.0\nMIME-Version: 1.0\n\nx\n";
        let (entity, _) = entity(&Compose::default(), input).unwrap();
        let outer = String::from_utf8(entity.outer.to_bytes()).unwrap();
        assert!(!outer.contains("eve") && !outer.contains("mallory"), "{outer}");
        assert_eq!(outer.matches("MIME-Version").count(), 1);
        assert!(entity.notes.iter().any(|note| note.contains("Bcc")));
    }

    #[test]
    fn a_bare_cr_makes_no_field() {
        let input = b"From: a@example.org\nX-Y: z\rBcc: eve@example.org\r\n\nx\n";
        let outer = entity(&Compose::default(), input).unwrap().0.outer.to_bytes();
        let (header, _) = Header::split(&outer);
        assert!(header.get("Bcc").is_none() && !outer.contains(&b'\0'));
        assert_eq!(header.get("X-Y").unwrap().value(), "z Bcc: eve@example.org");
    }

    #[test]
    fn given_fields_replace_those_of_a_message() {
        let compose = Compose {
            subject: Some("new".to_owned()),
            to: vec![Mailbox::parse("bob@example.org").unwrap()],
            ..Compose::default()
        };
        let input = b"Subject: old\nFrom: Carol <carol@example.org>\nContent-Language: en\n\nhello \n";
        let (entity, inner) = entity(&compose, input).unwrap();
        let names: Vec<_> = entity.outer.fields().iter().map(Field::name).collect();
        assert_eq!(
            names,
            ["Subject", "From", "To", "Date", "Message-ID", "MIME-Version"]
        );
        assert_eq!(entity.outer.get("Subject").unwrap().raw(), b"Subject: new\r\n");
        let inner = String::from_utf8(inner).unwrap();
        assert!(inner.starts_with("Content-Language: en\r\nContent-Type: text/plain; charset=us-ascii\r\n"));
        assert!(
            inner.ends_with("Content-Transfer-Encoding: quoted-printable\r\n\r\nhello=20\r\n"),
            "{inner}"
        );
    }

    #[test]
    fn what_is_no_text_is_carried_octet_by_octet() {
        for octets in [&b"PK\x03\x04\0\r\n\n\r\xFF"[..], b"\xFF\xD8\xE0 a\rb\nc\r\n"] {
            let (made, inner) = entity(&Compose::default(), octets).unwrap();
            let message = crate::mime::Message::parse(&inner);
            assert_eq!(message.content_type().to_string(), "application/octet-stream");
            assert_eq!(*message.decoded_body().unwrap(), *octets);
            assert_eq!(made.notes.len(), 1, "{:?}", made.notes);
        }
        for text in [&b"\xE9t\xE9\n"[..], b"\x1b[1mbold\n", "é\rà\n".as_bytes(), b"a\r"] {
            let (made, inner) = entity(&Compose::default(), text).unwrap();
            assert!(inner.starts_with(b"Content-Type: text/plain"));
            let tells = made.notes.iter().any(|note| note == CR_NOTE);
            assert_eq!(tells, text.contains(&b'\r'), "{:?}", made.notes);
        }
        let forced = Compose {
            force_text: true,
            ..Compose::default()
        };
        let (_, inner) = entity(&forced, b"a\0b\n").unwrap();
        assert!(inner.starts_with(b"Content-Type: text/plain"));
    }
}
