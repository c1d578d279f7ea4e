//! The MIME tree.

use std::io::{self, Read};

use super::{Entity, InspectError, MessageStructure, cms};
use crate::Limits;
use crate::mime::{ContentType, Header, Message, MimeError, PartsReader, decode_words};
use crate::openpgp::is_open_pgp;
use crate::report::{escape, shorten};
use crate::source::streamed::{self, Octets, Streamed};
use crate::stream::{Peekable, StreamError, drain};

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

pub(super) fn message(input: &mut dyn Read, limits: &Limits) -> Result<MessageStructure, InspectError> {
    let failed = |error| InspectError::from_stream(error, limits);
    let mut walk = Walk::new(limits);
    let mut counted = Counted::new(input);
    let mut headers = Vec::new();
    let mut root = {
        let mut input = Peekable::new(&mut counted);
        let first = input.peek(1).map_err(InspectError::Io)?.first().copied();
        match Streamed::detect(input, limits).map_err(failed)? {
            Streamed::Cms(octets) => {
                let mut root = Entity::bare(first, Place::default());
                root.cms = Some(cms::read(octets, &mut walk, Place::default()).map_err(failed)?);
                root
            }
            Streamed::Mime(entity) => {
                if entity.begin().header().fields().is_empty() {
                    return Err(InspectError::NoMessage);
                }
                headers = shown_fields(entity.begin().header());
                walk.entity(entity, Place::default()).map_err(failed)?
            }
        }
    };
    root.size = counted.rest(&mut root).map_err(failed)?;
    Ok(MessageStructure { headers, root })
}

/// The walk through a message, with what is left of its bounds.
pub(super) struct Walk<'l> {
    pub(super) limits: &'l Limits,
    entities_left: usize,
    /// How many certificates and revocation lists may still be kept: each part may bring megabytes of them.
    pub(super) certificates_left: usize,
    /// How many octets all compressed contents have inflated to.
    pub(super) inflated: u64,
}

/// Where an entity stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// How many octets stand before it.
    offset: u64,
    depth: usize,
    /// Whether a signature covers it.
    signed: bool,
}

impl Place {
    /// The content of a CMS structure.
    pub(super) fn content(self, signed: bool) -> Self {
        Self {
            offset: 0,
            depth: self.depth + 1,
            signed: self.signed || signed,
        }
    }

    /// A part, so many octets behind the beginning.
    fn part(self, octets: u64, signed: bool) -> Self {
        Self {
            offset: self.offset.saturating_add(octets),
            depth: self.depth + 1,
            signed: self.signed || signed,
        }
    }
}

impl<'l> Walk<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            entities_left: MOST_ENTITIES,
            certificates_left: cms::MOST_CERTIFICATES,
            inflated: 0,
        }
    }

    /// Looks at the content of a CMS structure: an entity, or again CMS. Reads `input` to its end.
    pub(super) fn content(&mut self, input: &mut dyn Read, place: Place) -> Result<Entity, StreamError> {
        let mut counted = Counted::new(input);
        let mut shown = {
            let mut input = Peekable::new(&mut counted);
            let first = input.peek(1)?.first().copied();
            match Streamed::detect(input, self.limits)? {
                Streamed::Cms(octets) => {
                    let mut shown = Entity::bare(first, place);
                    if place.depth >= self.limits.max_depth {
                        shown.problem = Some(TOO_MUCH.to_owned());
                        return Ok(shown);
                    }
                    match cms::read(octets, self, place) {
                        Ok(structure) => shown.cms = Some(structure),
                        Err(error) => shown.note(error)?,
                    }
                    shown
                }
                Streamed::Mime(entity) => self.entity(entity, place)?,
            }
        };
        shown.size = counted.rest(&mut shown)?;
        Ok(shown)
    }

    /// Looks at an entity that is one part of another. Reads `input` to its end.
    fn part(&mut self, input: &mut dyn Read, place: Place) -> Result<Entity, StreamError> {
        let mut counted = Counted::new(input);
        let mut shown = match streamed::Entity::read(Peekable::new(&mut counted)) {
            Ok(entity) => self.entity(entity, place)?,
            Err(error) => {
                let mut shown = Entity::unknown(place);
                shown.note(error)?;
                shown
            }
        };
        shown.size = counted.rest(&mut shown)?;
        Ok(shown)
    }

    /// Looks at an entity; its size is still to be told, and what is left of it to be read.
    fn entity(&mut self, entity: streamed::Entity<'_>, place: Place) -> Result<Entity, StreamError> {
        let begin = entity.begin();
        let content_type = begin.content_type();
        let mut shown = Entity::of(&begin, &content_type, place);
        self.entities_left = self.entities_left.saturating_sub(1);
        if place.depth >= self.limits.max_depth || self.entities_left == 0 {
            shown.problem = Some(TOO_MUCH.to_owned());
            return Ok(shown);
        }
        let open_pgp = is_open_pgp(&content_type, begin.body());
        match self.inside(entity, &content_type, place, &mut shown) {
            Ok(()) if open_pgp => {
                shown.problem = Some("this is OpenPGP (RFC 3156), not S/MIME".to_owned());
            }
            Ok(()) => {}
            Err(error) => shown.note(error)?,
        }
        Ok(shown)
    }

    fn inside(
        &mut self,
        entity: streamed::Entity<'_>,
        content_type: &ContentType,
        place: Place,
        shown: &mut Entity,
    ) -> Result<(), StreamError> {
        if content_type.is("message", "rfc822") {
            let place = place.part(shown.header_size, false);
            shown.parts.push(self.part(&mut entity.into_body(), place)?);
            return Ok(());
        }
        if content_type.kind() == "multipart" {
            return self.parts(entity.into_body(), content_type, place, shown);
        }
        let by_name = content_type.is("application", "octet-stream")
            && shown
                .file_name
                .as_ref()
                .is_some_and(|name| name.to_ascii_lowercase().ends_with(".p7s"));
        let octets = if content_type.is_pkcs7_signature() || by_name {
            let encoding = entity.begin().transfer_encoding()?;
            encoding.reader(entity.into_body())
        } else {
            match entity.pkcs7_mime()? {
                Ok(octets) => octets,
                Err(_) => return Ok(()),
            }
        };
        shown.cms = Some(cms::read(octets, self, place)?);
        Ok(())
    }

    fn parts(
        &mut self,
        body: Octets<'_>,
        content_type: &ContentType,
        place: Place,
        shown: &mut Entity,
    ) -> Result<(), StreamError> {
        let clear = content_type.is("multipart", "signed");
        let mut parts = PartsReader::new(body, content_type)?;
        while parts.next_part()? {
            if shown.parts.len() >= self.limits.max_parts || self.entities_left == 0 {
                return Err(MimeError::TooMany {
                    what: "parts",
                    limit: self.limits.max_parts.min(MOST_ENTITIES),
                }
                .into());
            }
            // The first part of a multipart/signed is what its signature covers (RFC 1847 2.1).
            let signed = clear && shown.parts.is_empty();
            let place = place.part(shown.header_size + parts.position(), signed);
            shown.parts.push(self.part(&mut parts, place)?);
        }
        if shown.parts.is_empty() {
            let boundary = parts.boundary().to_owned();
            return Err(MimeError::BoundaryMissing { boundary }.into());
        }
        Ok(())
    }
}

impl Entity {
    fn of(begin: &Message<'_>, content_type: &ContentType, place: Place) -> Self {
        let header = begin.header();
        let encoding = header.get("Content-Transfer-Encoding");
        let parameters = content_type.parameters().iter();
        Self {
            content_type: shorten(&content_type.to_string()),
            names_its_type: header.get("Content-Type").is_some(),
            parameters: parameters
                .map(|one| (shorten(&one.name), shorten(&one.value)))
                .collect(),
            encoding: encoding.map_or_else(
                || "7bit".to_owned(),
                |field| shorten(&field.value().to_ascii_lowercase()),
            ),
            offset: place.offset,
            size: 0,
            header_size: (begin.raw().len() - begin.body().len()) as u64,
            file_name: file_name(header, content_type),
            signed: place.signed,
            parts: Vec::new(),
            cms: None,
            problem: None,
        }
    }

    /// CMS without a MIME header; `first` is the first octet of the input.
    fn bare(first: Option<u8>, place: Place) -> Self {
        let encoding = match first {
            Some(b'-') => "PEM",
            Some(b'0') => "binary",
            _ => "base64",
        };
        Self {
            content_type: "application/pkcs7-mime".to_owned(),
            encoding: encoding.to_owned(),
            ..Self::unknown(place)
        }
    }

    /// An entity of which nothing is known.
    fn unknown(place: Place) -> Self {
        let mut shown = Self::of(&Message::parse(b""), &ContentType::default(), place);
        shown.parameters.clear();
        shown
    }

    /// Keeps in mind what is wrong with the entity; errors that end all reading are handed on.
    pub(super) fn note(&mut self, error: StreamError) -> Result<(), StreamError> {
        let problem = match error {
            StreamError::Cms(error) => error.to_string(),
            StreamError::Mime(error) => error.to_string(),
            other => return Err(other),
        };
        self.problem.get_or_insert_with(|| shorten(&problem));
        Ok(())
    }
}

/// An input whose octets are counted.
struct Counted<'a> {
    input: &'a mut dyn Read,
    octets: u64,
}

impl<'a> Counted<'a> {
    fn new(input: &'a mut dyn Read) -> Self {
        Self { input, octets: 0 }
    }

    /// Reads what is left; returns how much it was in all.
    fn rest(mut self, shown: &mut Entity) -> Result<u64, StreamError> {
        if let Err(error) = drain(&mut self) {
            shown.note(error.into())?;
        }
        Ok(self.octets)
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.octets += read as u64;
        Ok(read)
    }
}

fn shown_fields(header: &Header) -> Vec<(String, String)> {
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

fn file_name(header: &Header, content_type: &ContentType) -> Option<String> {
    let disposition = header.get("Content-Disposition").map(|field| field.text());
    // A disposition has the same grammar as a media type but for its first word (RFC 2183 2).
    let named = disposition.and_then(|value| ContentType::parse(&format!("x/{value}")));
    let named = named
        .as_ref()
        .and_then(|disposition| disposition.parameter("filename"));
    named.or_else(|| content_type.parameter("name")).map(shorten)
}

const TOO_MUCH: &str = "too deep, or too many parts, to look into";
