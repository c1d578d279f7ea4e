//! A message taken apart for wrapping, its body never in memory as a whole.

use std::io::{self, Read, Seek, SeekFrom, Write};

use chrono::{DateTime, Utc};
use identity::digest::Hasher;
use identity::{DigestAlgorithm, Mailbox};

use super::walk::{self, Plan, WalkError};
use super::{BLIND, BLIND_NOTE, CR_NOTE, Compose, ComposeError, is_content_field, is_message};
use crate::mime::{ContentType, Field, Header, Message};
use crate::overlap::{Sink, through};
use crate::{Limits, Spool, protected};

/// What stays outside of a message that is signed or encrypted, and the entity that goes inside.
pub(crate) struct Entity<R> {
    /// All fields but Content-*; MIME-Version among them.
    pub(crate) outer: Header,
    /// What could not be made safe, for the report.
    pub(crate) notes: Vec<String>,
    /// The length of the MIME entity inside, in octets.
    pub(crate) length: u64,
    /// Its digest, if one was asked for.
    pub(crate) digest: Option<Vec<u8>>,
    header: Header,
    plan: Plan,
    body: Kept<R>,
    limits: Limits,
}

/// Why an input cannot be taken apart.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EntityError {
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the input is longer than {limit} octets")]
    TooLong { limit: u64 },
}

impl From<WalkError> for EntityError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Compose(error) => Self::Compose(error),
            WalkError::Io(error) => Self::Io(error),
        }
    }
}

/// What an entity is made from, beside its input.
pub(crate) struct Making<'a> {
    pub(crate) default_from: Option<&'a Mailbox>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) limits: &'a Limits,
    /// The digest to take of the entity.
    pub(crate) digest: Option<DigestAlgorithm>,
}

impl Compose {
    /// Reads all of `input` once: what is longer than [`IN_MEMORY`] waits in `spool` until it is written.
    pub(crate) fn entity<S>(
        &self,
        mut input: impl Read,
        mut spool: S,
        making: &Making<'_>,
    ) -> Result<Entity<S::Reader>, EntityError>
    where
        S: Spool,
        S::Reader: Seek,
    {
        let limits = making.limits;
        let mut head = Vec::new();
        (&mut input)
            .take(limits.max_input.saturating_add(1).min(IN_MEMORY))
            .read_to_end(&mut head)?;
        if head.len() as u64 > limits.max_input {
            return Err(EntityError::TooLong {
                limit: limits.max_input,
            });
        }
        let mut notes = Vec::new();
        let (given, mut content, untyped) = if !self.force_text && is_message(&head) {
            let message = Message::parse(&head);
            let (outer, content) = message.header().clone().partition(|f| !is_content_field(f));
            let (outer, blind) = outer.partition(|f| !BLIND.iter().any(|name| f.is(name)));
            if !blind.fields().is_empty() {
                notes.push(BLIND_NOTE.to_owned());
            }
            let untyped = content.get("Content-Type").is_none().then_some(Untyped::Message);
            (outer, content, untyped)
        } else {
            let kind = if !self.force_text && is_binary(&head) {
                notes.push(BINARY_NOTE.to_owned());
                Untyped::Binary
            } else {
                Untyped::Text
            };
            (Header::default(), Header::default(), Some(kind))
        };
        let begin = match untyped {
            Some(Untyped::Text | Untyped::Binary) => 0,
            _ => head.len() - Message::parse(&head).body().len(),
        };
        let mut outer = self.complete(given, making.default_from, making.now)?;
        let bare = content.clone();
        let complete = outer.clone();
        let finish = |mut content: Header, charset: Option<&str>| {
            if let (Some(untyped), Some(charset)) = (untyped, charset) {
                untyped.mark(&mut content, charset);
            }
            self.protect(complete.clone(), content)
        };
        (outer, content) = finish(content, untyped.map(Untyped::usual_charset))?;

        let large = head.len() as u64 >= IN_MEMORY;
        let mut tee = Tee {
            input: large.then_some((&mut input, &mut spool)),
            left: limits.max_input.saturating_sub(head.len() as u64),
            too_long: false,
        };
        if large && let Some((_, spool)) = &mut tee.input {
            spool.write_all(&head)?;
        }
        let header = content.clone();
        let surveyed = measured(making.digest, large, |sink| {
            let mut body = head.get(begin..).unwrap_or_default().chain(&mut tee);
            Ok(walk::survey(header, &mut body, limits, sink)?)
        });
        if tee.too_long {
            return Err(EntityError::TooLong {
                limit: limits.max_input,
            });
        }
        let ((plan, mut as_written, top), mut length, mut digest) = surveyed?;
        if let Some(untyped @ (Untyped::Message | Untyped::Text)) = untyped {
            let charset = match untyped {
                Untyped::Message if top.is_ascii() => "us-ascii",
                _ => top.charset(),
            };
            if !matches!(charset, "utf-8" | "us-ascii") {
                notes.push(format!("the text is not UTF-8; it is marked as {charset}"));
            }
            if top.has_cr_alone() {
                notes.push(CR_NOTE.to_owned());
            }
            as_written &= charset == untyped.usual_charset();
            (_, content) = finish(bare, Some(charset))?;
        }
        notes.extend(plan.notes.iter().cloned());
        let mut body = if large {
            drop(head);
            let mut reader = spool.into_reader()?;
            let begin = reader.stream_position()? + begin as u64;
            Kept::Spooled { reader, begin }
        } else {
            Kept::Memory { octets: head, begin }
        };
        if !as_written {
            let ((), measured_length, measured_digest) = measured(making.digest, large, |sink| {
                let header = content.clone();
                let mut write = |body: &mut dyn Read| walk::follow(&plan, header.clone(), body, limits, sink);
                Ok::<(), EntityError>(body.read(&mut write)?)
            })?;
            (length, digest) = (measured_length, measured_digest);
        }
        Ok(Entity {
            outer,
            notes,
            length,
            digest,
            header: content,
            plan,
            body,
            limits: *limits,
        })
    }

    /// Copies the outer header into that of the entity, if that is asked for.
    fn protect(&self, outer: Header, content: Header) -> Result<(Header, Header), ComposeError> {
        let Some(protection) = self.protect_headers else {
            return Ok((outer, content));
        };
        let content_type = content
            .get("Content-Type")
            .and_then(|field| ContentType::parse(&field.value()))
            .unwrap_or_default();
        if protected::is_cryptographic(&content_type) {
            return Err(ComposeError::AlreadySealed {
                content_type: content_type.to_string(),
            });
        }
        Ok(protected::protect(outer, content.canonical(), protection))
    }
}

impl<R: Read + Seek> Entity<R> {
    /// Tells whether a second thread is worth its while.
    pub(crate) fn is_large(&self) -> bool {
        self.length >= IN_MEMORY
    }

    /// Puts the entity out in canonical form, safe from changes on its way.
    ///
    /// # Errors
    /// Whatever reading and writing reports, and an input that is not what it was when it was surveyed.
    pub(crate) fn write(&mut self, sink: Sink<'_>) -> io::Result<()> {
        let (header, plan, limits) = (self.header.clone(), &self.plan, &self.limits);
        let mut length = 0_u64;
        let mut counted = |bytes: &[u8]| {
            length += bytes.len() as u64;
            sink(bytes)
        };
        self.body
            .read(&mut |body| walk::follow(plan, header.clone(), body, limits, &mut counted))
            .map_err(|error| match error {
                WalkError::Io(error) => error,
                WalkError::Compose(error) => io::Error::other(error),
            })?;
        match length == self.length {
            true => Ok(()),
            false => Err(changed()),
        }
    }
}

/// Says that the input was another when it was read again.
pub(crate) fn changed() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the input changed while it was being read; leave it alone and try again",
    )
}

/// Where the input waits to be read again, and where in it the body begins.
enum Kept<R> {
    Memory { octets: Vec<u8>, begin: usize },
    Spooled { reader: R, begin: u64 },
}

impl<R: Read + Seek> Kept<R> {
    fn read(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Read) -> Result<(), WalkError>,
    ) -> Result<(), WalkError> {
        match self {
            Self::Memory { octets, begin } => work(&mut octets.get(*begin..).unwrap_or_default()),
            Self::Spooled { reader, begin } => {
                reader.seek(SeekFrom::Start(*begin))?;
                work(reader)
            }
        }
    }
}

/// An entity that does not say what it is.
#[derive(Clone, Copy)]
enum Untyped {
    /// A message without a Content-Type: plain text (RFC 2045 5.2).
    Message,
    /// Text.
    Text,
    /// What is neither: octets that are carried as they are.
    Binary,
}

impl Untyped {
    /// The character set that most are in.
    fn usual_charset(self) -> &'static str {
        match self {
            Self::Message => "us-ascii",
            Self::Text | Self::Binary => "utf-8",
        }
    }

    fn mark(self, content: &mut Header, charset: &str) {
        let content_type = match self {
            Self::Binary => "application/octet-stream".to_owned(),
            Self::Message | Self::Text => format!("text/plain; charset={charset}"),
        };
        content.push(Field::new("Content-Type", &content_type));
        match self {
            Self::Message => {}
            Self::Text => content.push(Field::new("Content-Transfer-Encoding", "7bit")),
            Self::Binary => content.push(Field::new("Content-Transfer-Encoding", "binary")),
        }
    }
}

/// Tells what no text file holds: control characters that do not shape text, or CR alone among octets that are not
/// UTF-8. The line ends of such octets are no line ends.
fn is_binary(head: &[u8]) -> bool {
    let shapes_text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x08 | 0x0C | 0x1A | 0x1B);
    if head.iter().any(|&byte| byte < 0x20 && !shapes_text(byte)) {
        return true;
    }
    let cr_alone =
        || memchr::memchr_iter(b'\r', head).any(|at| head.get(at + 1).is_some_and(|next| *next != b'\n'));
    // The last character may be cut by the end of the head.
    let is_utf8 = || std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    cr_alone() && !is_utf8()
}

/// What is said of input that is no text.
const BINARY_NOTE: &str = "the input is no text: it is carried octet by octet, as application/octet-stream (--text takes it for text)";

/// Reads the rest of an input that does not fit into memory, and puts it into the spool.
struct Tee<'a, R, S> {
    input: Option<(&'a mut R, &'a mut S)>,
    left: u64,
    too_long: bool,
}

impl<R: Read, S: Write> Read for Tee<'_, R, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((input, spool)) = &mut self.input else {
            return Ok(0);
        };
        let read = input.read(buffer)?;
        if read as u64 > self.left {
            self.too_long = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.left -= read as u64;
        spool.write_all(buffer.get(..read).unwrap_or_default())?;
        Ok(read)
    }
}

/// Runs `work` and returns the length, and the digest, of what it puts out.
fn measured<T>(
    digest: Option<DigestAlgorithm>,
    large: bool,
    work: impl FnOnce(Sink<'_>) -> Result<T, EntityError>,
) -> Result<(T, u64, Option<Vec<u8>>), EntityError> {
    let mut length = 0_u64;
    let Some(algorithm) = digest else {
        let value = work(&mut |bytes| {
            length += bytes.len() as u64;
            Ok(())
        })?;
        return Ok((value, length, None));
    };
    let (value, hasher) = through(
        large,
        Hasher::new(algorithm),
        |hasher, bytes, _| hasher.update(bytes),
        &mut |_| Ok(()),
        |sink| {
            work(&mut |bytes| {
                length += bytes.len() as u64;
                sink(bytes)
            })
        },
    )?;
    Ok((value, length, Some(hasher.finish())))
}

/// Longer inputs, in octets, go through the spool.
const IN_MEMORY: u64 = 1 << 20;
