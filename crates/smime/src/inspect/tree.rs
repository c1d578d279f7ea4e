//! The MIME tree.

use std::borrow::Cow;

use super::{CmsStructure, Entity, InspectError, MessageStructure, cms};
use crate::Limits;
use crate::mime::{ContentType, Header, Message, decode_words};
use crate::openpgp::is_open_pgp;
use crate::report::{escape, shorten};
use crate::source::{self, Source};

/// How many entities are shown.
const MOST_ENTITIES: usize = 10_000;

/// How many header fields are shown, and how many characters of each are decoded.
const MOST_FIELDS: usize = 1000;
const LONGEST_FIELD: usize = 4000;

/// The fields that people read.
const SHOWN: [&str; 9] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
];

pub(super) fn message(bytes: &[u8], limits: &Limits) -> Result<MessageStructure, InspectError> {
    let mut walk = Walk {
        limits,
        left: MOST_ENTITIES,
    };
    match Source::detect(bytes) {
        Source::Cms(octets) => {
            let structure = cms::read(&octets, &mut walk, 0)?;
            let mut root = Entity::of(&ContentType::default(), bytes.len());
            root.content_type = "application/pkcs7-mime".to_owned();
            root.parameters.clear();
            root.encoding = match octets {
                Cow::Borrowed(_) => "binary".to_owned(),
                Cow::Owned(_) => "PEM".to_owned(),
            };
            root.cms = Some(structure);
            Ok(MessageStructure {
                headers: Vec::new(),
                root,
            })
        }
        Source::Mime(message) => Ok(MessageStructure {
            headers: headers(message.header()),
            root: walk.entity(&message, 0, false),
        }),
    }
}

fn headers(header: &Header) -> Vec<(String, String)> {
    let shown = header
        .fields()
        .iter()
        .filter(|field| SHOWN.iter().any(|name| field.is(name)));
    shown
        .take(MOST_FIELDS)
        .map(|field| {
            // The end of an absurdly long value is cut off anyway.
            let value: String = field.value().chars().take(LONGEST_FIELD).collect();
            (escape(field.name()), shorten(&decode_words(&value)))
        })
        .collect()
}

/// The walk through a message, with what is left of its bounds.
pub(super) struct Walk<'l> {
    limits: &'l Limits,
    left: usize,
}

impl Walk<'_> {
    pub(super) fn entity(&mut self, message: &Message<'_>, depth: usize, signed: bool) -> Entity {
        let content_type = message.content_type();
        let mut entity = Entity::of(&content_type, message.raw().len());
        entity.signed = signed;
        entity.file_name = file_name(message, &content_type);
        entity.encoding = message.header().get("Content-Transfer-Encoding").map_or_else(
            || "7bit".to_owned(),
            |field| shorten(&field.value().to_ascii_lowercase()),
        );
        self.left = self.left.saturating_sub(1);
        if depth >= self.limits.max_depth || self.left == 0 {
            entity.problem = Some("too deep, or too many parts, to look into".to_owned());
            return entity;
        }
        match self.children(message, &content_type, depth, &mut entity) {
            Ok(()) if is_open_pgp(&content_type, message.body()) => {
                entity.problem = Some("this is OpenPGP (RFC 3156), not S/MIME".to_owned());
            }
            Ok(()) => {}
            Err(problem) => entity.problem = Some(shorten(&problem)),
        }
        entity
    }

    fn children(
        &mut self,
        message: &Message<'_>,
        content_type: &ContentType,
        depth: usize,
        entity: &mut Entity,
    ) -> Result<(), String> {
        if content_type.is("message", "rfc822") {
            entity
                .parts
                .push(self.entity(&Message::parse(message.body()), depth + 1, entity.signed));
            return Ok(());
        }
        if let Some(multipart) = message
            .multipart(self.limits)
            .map_err(|error| error.to_string())?
        {
            let clear = content_type.is("multipart", "signed");
            for (index, part) in multipart.parts().iter().enumerate() {
                if self.left == 0 {
                    return Err("it has too many parts to show all".to_owned());
                }
                // The first part of a multipart/signed is what its signature covers (RFC 1847 2.1).
                let part = self.entity(part, depth + 1, entity.signed || (clear && index == 0));
                entity.parts.push(part);
            }
            return Ok(());
        }
        let octets = if content_type.is_pkcs7_signature() {
            Some(
                message
                    .decoded_body()
                    .map_err(|error| error.to_string())?
                    .into_owned(),
            )
        } else {
            source::pkcs7_mime(message).map_err(|error| error.to_string())?
        };
        if let Some(octets) = octets {
            let structure: Result<CmsStructure, _> = cms::read(&octets, self, depth);
            entity.cms = Some(structure.map_err(|error| error.to_string())?);
        }
        Ok(())
    }
}

impl Entity {
    fn of(content_type: &ContentType, size: usize) -> Self {
        let parameters = content_type.parameters().iter();
        Self {
            content_type: shorten(&content_type.to_string()),
            parameters: parameters
                .map(|one| (shorten(&one.name), shorten(&one.value)))
                .collect(),
            encoding: "7bit".to_owned(),
            size: size as u64,
            file_name: None,
            signed: false,
            parts: Vec::new(),
            cms: None,
            problem: None,
        }
    }
}

fn file_name(message: &Message<'_>, content_type: &ContentType) -> Option<String> {
    let disposition = message
        .header()
        .get("Content-Disposition")
        .map(|field| field.text());
    // A disposition has the same grammar as a media type but for its first word (RFC 2183 2).
    let named = disposition.and_then(|value| ContentType::parse(&format!("x/{value}")));
    let named = named
        .as_ref()
        .and_then(|disposition| disposition.parameter("filename"));
    named.or_else(|| content_type.parameter("name")).map(shorten)
}
