//! BER pulled from a reader: small values are collected, the one large OCTET STRING is handed on in pieces.

use std::io::{self, Read};

use const_oid::ObjectIdentifier;

use super::CmsError;
use super::ber::{
    CONSTRUCTED, CONSTRUCTED_OCTET_STRING, Head, MAX_DEPTH, MAX_PIECES_DEPTH, OBJECT_IDENTIFIER,
    OCTET_STRING, SEQUENCE, Value, context, structure,
};
use crate::mime::MimeError;
use crate::source::opens_with_content_info;
use crate::stream::{Peekable, StreamError};

pub(crate) mod enveloped;
pub(crate) mod signed;

/// Pulls values from a reader.
pub(crate) struct BerStream<R> {
    input: Peekable<R>,
    open: Vec<Open>,
    /// The identifier and length octets that were read last, as they stood.
    raw_head: Vec<u8>,
    /// How many octets may still be collected.
    budget: usize,
    /// The piece of a string that is being handed on.
    string: Pieces,
}

/// What stands behind a ContentInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Nothing but blanks or zeros.
    Nothing,
    /// Octets that belong to nothing.
    Octets,
    /// What looks like one more ContentInfo.
    ContentInfo,
}

/// A constructed value that is being read.
#[derive(Clone, Copy)]
struct Open {
    /// Where it ends; `None` if end-of-contents octets tell.
    end: Option<u64>,
    /// Where it ends at the latest, as what is around it ends there.
    limit: u64,
}

/// What is being read of an OCTET STRING.
#[derive(Clone, Copy)]
enum Pieces {
    None,
    /// `left` octets of the piece; the string's constructed values are those above `base`.
    Within {
        left: u64,
        base: usize,
    },
}

/// A collected value with its identifier and length octets.
pub(crate) struct Collected(Vec<u8>);

impl Collected {
    pub(crate) fn value(&self) -> Result<Value<'_>, CmsError> {
        Value::parse(&self.0)
    }
}

impl<R: Read> BerStream<R> {
    /// Begins a ContentInfo and returns its contentType; the content is read next.
    pub(crate) fn content_info(input: R) -> Result<(Self, ObjectIdentifier), StreamError> {
        const NAME: &str = "ContentInfo";
        let mut stream = Self {
            input: Peekable::new(input),
            open: Vec::new(),
            raw_head: Vec::new(),
            budget: MOST_COLLECTED,
            string: Pieces::None,
        };
        let head = stream.head()?.ok_or(CmsError::Encoding {
            offset: 0,
            reason: "there is nothing",
        })?;
        if head.tag != SEQUENCE {
            return Err(structure(NAME, "it is not a SEQUENCE").into());
        }
        stream.enter(&head)?;
        let content_type = stream.expect(OBJECT_IDENTIFIER, NAME)?.value()?.oid()?;
        Ok((stream, content_type))
    }

    /// Goes into the content of a ContentInfo, which must be a SEQUENCE.
    pub(crate) fn content(&mut self, name: &'static str) -> Result<(), StreamError> {
        self.expect_and_enter(context(0), "ContentInfo")?;
        self.expect_and_enter(SEQUENCE, name)
    }

    /// Collects the next value, which must be there and have that tag (strings may be constructed).
    pub(crate) fn expect(&mut self, tag: u8, name: &'static str) -> Result<Collected, StreamError> {
        let head = self.expect_head(tag, name)?;
        self.collect(&head)
    }

    /// Collects the next value if it has that tag (primitive or constructed).
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Collected>, StreamError> {
        match self.optional_head(tag)? {
            Some(head) => self.collect(&head).map(Some),
            None => Ok(None),
        }
    }

    /// Goes into the next value, which must be there and have that tag.
    pub(crate) fn expect_and_enter(&mut self, tag: u8, name: &'static str) -> Result<(), StreamError> {
        let head = self.expect_head(tag, name)?;
        if head.tag & CONSTRUCTED == 0 {
            return Err(structure(name, "a field is missing").into());
        }
        self.enter(&head)
    }

    /// Goes into the next value if it has that tag; tells whether it has.
    pub(crate) fn optional_and_enter(&mut self, tag: u8) -> Result<bool, StreamError> {
        match self.optional_head(tag)? {
            Some(head) if head.tag & CONSTRUCTED != 0 => self.enter(&head).map(|()| true),
            Some(_) => Err(structure("explicit tag", "it holds no value").into()),
            None => Ok(false),
        }
    }

    /// Begins the OCTET STRING that comes next; its octets are then read with [`Self::read_octets`].
    pub(crate) fn expect_string(&mut self, name: &'static str) -> Result<(), StreamError> {
        let head = self.expect_head(OCTET_STRING, name)?;
        self.begin_string(&head)
    }

    /// Begins the implicitly tagged OCTET STRING that comes next if it has that tag.
    pub(crate) fn optional_string(&mut self, tag: u8) -> Result<bool, StreamError> {
        match self.optional_head(tag)? {
            Some(head) => self.begin_string(&head).map(|()| true),
            None => Ok(false),
        }
    }

    /// Leaves the value that was entered last, past whatever else is in it.
    pub(crate) fn leave(&mut self) -> Result<(), StreamError> {
        while let Some(head) = self.head()? {
            self.skip(&head)?;
        }
        self.open.pop();
        Ok(())
    }

    /// Leaves all values and reads the input to its end; tells what stands behind them.
    pub(crate) fn finish(mut self) -> Result<Behind, StreamError> {
        while !self.open.is_empty() {
            self.leave()?;
        }
        let behind = match self.input.peek(LONGEST_BEGIN) {
            Ok(begin) if opens_with_content_info(begin) => Behind::ContentInfo,
            Ok(_) => Behind::Nothing,
            Err(error) => return behind_broken(error),
        };
        // Files end in a line end now and then, or are filled up with zeros.
        let mut padding_only = true;
        loop {
            let octets = match self.input.peek(1) {
                Ok(octets) => octets,
                Err(error) => return behind_broken(error),
            };
            if octets.is_empty() {
                break;
            }
            padding_only &= octets
                .iter()
                .all(|octet| *octet == 0 || octet.is_ascii_whitespace());
            let length = octets.len();
            self.input.consume(length);
        }
        Ok(match behind {
            Behind::Nothing if !padding_only => Behind::Octets,
            behind => behind,
        })
    }

    /// Reads octets of the string that was begun until `out` is full or the string ends; returns how many.
    pub(crate) fn read_octets(&mut self, out: &mut [u8]) -> Result<usize, StreamError> {
        let mut filled = 0;
        while let Pieces::Within { left, base } = self.string {
            if left == 0 {
                self.next_piece(base)?;
                continue;
            }
            let room = out.get_mut(filled..).unwrap_or_default();
            if room.is_empty() {
                break;
            }
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(room.len());
            let read = match self.input.read(room.get_mut(..most).unwrap_or_default()) {
                Ok(0) => return Err(self.broken("the value is cut off").into()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            filled += read;
            self.string = Pieces::Within {
                left: left - read as u64,
                base,
            };
        }
        Ok(filled)
    }

    fn begin_string(&mut self, head: &Head) -> Result<(), StreamError> {
        let base = self.open.len();
        let mut left = 0;
        if head.tag & CONSTRUCTED == 0 {
            left = self.check_length(head)?;
        } else {
            self.enter(head)?;
        }
        self.string = Pieces::Within { left, base };
        Ok(())
    }

    /// Goes to the next piece of the string, or ends it.
    fn next_piece(&mut self, base: usize) -> Result<(), StreamError> {
        if self.open.len() == base {
            self.string = Pieces::None;
            return Ok(());
        }
        match self.head()? {
            None => {
                self.open.pop();
            }
            Some(head) if head.tag == OCTET_STRING => {
                let left = self.check_length(&head)?;
                self.string = Pieces::Within { left, base };
            }
            Some(head) if head.tag == CONSTRUCTED_OCTET_STRING => {
                if self.open.len() - base > MAX_PIECES_DEPTH {
                    return Err(self.broken("values nest too deep").into());
                }
                self.enter(&head)?;
            }
            Some(_) => return Err(structure("OCTET STRING", "one of its pieces is of another type").into()),
        }
        Ok(())
    }

    fn broken(&self, reason: &'static str) -> CmsError {
        CmsError::Encoding {
            offset: usize::try_from(self.input.position()).unwrap_or(usize::MAX),
            reason,
        }
    }

    /// Where the value that was entered last ends at the latest.
    fn limit(&self) -> u64 {
        self.open.last().map_or(u64::MAX, |open| open.limit)
    }

    /// The next identifier octet in the value that was entered last; `None` at its end.
    fn next_tag(&mut self) -> Result<Option<u8>, StreamError> {
        let (at_end, by_length) = match self.open.last() {
            None => (self.input.peek(1)?.is_empty(), false),
            Some(Open { end: Some(end), .. }) => (self.input.position() >= *end, true),
            Some(Open { end: None, .. }) => (self.input.peek(2)?.starts_with(&[0, 0]), false),
        };
        if at_end {
            return Ok(None);
        }
        match self.input.peek(1)?.first() {
            Some(tag) => Ok(Some(*tag)),
            None if by_length => Err(self.broken("the value is cut off").into()),
            None => Err(self.broken("the end-of-contents octets are missing").into()),
        }
    }

    /// Reads the next identifier and length; `None` at the end of the value that was entered last.
    fn head(&mut self) -> Result<Option<Head>, StreamError> {
        if self.next_tag()?.is_none() {
            if let Some(Open { end: None, .. }) = self.open.last() {
                self.input.consume(2);
                // Only once: from here on this value ends where it is.
                let (end, limit) = (self.input.position(), self.limit());
                if end > limit {
                    return Err(self.broken("the value is cut off").into());
                }
                if let Some(open) = self.open.last_mut() {
                    open.end = Some(end);
                }
            }
            return Ok(None);
        }
        let parsed = Head::parse(self.input.peek(MAX_HEAD)?);
        let head = match parsed {
            Ok(head) => head,
            Err(reason) => return Err(self.broken(reason).into()),
        };
        let octets = self.input.buffered();
        if head.tag == 0 {
            return Err(self.broken("end-of-contents octets out of place").into());
        }
        self.raw_head.clear();
        self.raw_head
            .extend_from_slice(octets.get(..head.length).unwrap_or_default());
        self.input.consume(head.length);
        if self.input.position() > self.limit() {
            return Err(self.broken("the value is cut off").into());
        }
        Ok(Some(head))
    }

    fn expect_head(&mut self, tag: u8, name: &'static str) -> Result<Head, StreamError> {
        match self.head()? {
            Some(head) if head.tag | CONSTRUCTED == tag | CONSTRUCTED => Ok(head),
            Some(_) => Err(structure(name, "a field has an unexpected type").into()),
            None => Err(structure(name, "a field is missing").into()),
        }
    }

    fn optional_head(&mut self, tag: u8) -> Result<Option<Head>, StreamError> {
        match self.next_tag()? {
            Some(next) if next | CONSTRUCTED == tag | CONSTRUCTED => self.head(),
            _ => Ok(None),
        }
    }

    /// The length of a primitive value, which must end within what is around it.
    fn check_length(&self, head: &Head) -> Result<u64, StreamError> {
        let length = head.content.unwrap_or_default();
        match self.input.position().checked_add(length) {
            Some(end) if end <= self.limit() => Ok(length),
            _ => Err(self.broken("the value is cut off").into()),
        }
    }

    fn enter(&mut self, head: &Head) -> Result<(), StreamError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.broken("values nest too deep").into());
        }
        let open = match head.content {
            Some(_) => {
                let end = self.input.position() + self.check_length(head)?;
                Open {
                    end: Some(end),
                    limit: end,
                }
            }
            None => Open {
                end: None,
                limit: self.limit(),
            },
        };
        self.open.push(open);
        Ok(())
    }

    /// Reads past a value.
    fn skip(&mut self, head: &Head) -> Result<(), StreamError> {
        if head.content.is_none() {
            self.enter(head)?;
            return self.leave();
        }
        let mut left = self.check_length(head)?;
        while left > 0 {
            let at_hand = self.input.peek(1)?.len();
            if at_hand == 0 {
                return Err(self.broken("the value is cut off").into());
            }
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(at_hand);
            self.input.consume(count);
            left -= count as u64;
        }
        Ok(())
    }

    /// Collects a value whose head was just read, identifier and length octets included.
    fn collect(&mut self, head: &Head) -> Result<Collected, StreamError> {
        let mut out = Vec::new();
        self.collect_into(head, &mut out)?;
        Ok(Collected(out))
    }

    fn collect_into(&mut self, head: &Head, out: &mut Vec<u8>) -> Result<(), StreamError> {
        out.extend_from_slice(&self.raw_head);
        match head.content {
            Some(_) => {
                let length = self.check_length(head)?;
                self.budget = usize::try_from(length)
                    .ok()
                    .and_then(|length| self.budget.checked_sub(length))
                    .ok_or_else(|| structure("message", "more surrounds its content than is ever needed"))?;
                let read = (&mut self.input).take(length).read_to_end(out)?;
                if read as u64 != length {
                    return Err(self.broken("the value is cut off").into());
                }
            }
            None => {
                self.enter(head)?;
                while let Some(inner) = self.head()? {
                    self.budget = self.budget.checked_sub(inner.length).ok_or_else(|| {
                        structure("message", "more surrounds its content than is ever needed")
                    })?;
                    self.collect_into(&inner, out)?;
                }
                self.open.pop();
                out.extend_from_slice(&[0, 0]);
            }
        }
        Ok(())
    }
}

/// Text behind the structure need not be in its transfer encoding: it was all read.
fn behind_broken(error: io::Error) -> Result<Behind, StreamError> {
    match StreamError::from(error) {
        StreamError::Mime(MimeError::BadEncoding { .. }) => Ok(Behind::Octets),
        error => Err(error),
    }
}

/// Identifier and length octets are seldom more than six; BER admits up to 127 for a length.
const MAX_HEAD: usize = 129;

/// Where the type of a ContentInfo stands.
const LONGEST_BEGIN: usize = 16;

/// How much may stand around the content: recipients, certificates, revocation lists, attributes.
const MOST_COLLECTED: usize = 16 << 20;
