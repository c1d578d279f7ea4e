//! What an input is, told by its first octets while the rest is still to come.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::{PEM_LABELS, opens_with_content_info};
use crate::cms::ber::structure;
use crate::limits::Limits;
use crate::mime::reader::Base64Reader;
use crate::mime::{ContentType, Message, MimeError, TransferEncoding, decode_base64};
use crate::stream::{Carried, Limited, Peekable, StreamError, drain};

/// Octets that are read as they are needed.
pub(crate) type Octets<'a> = Box<dyn Read + 'a>;

/// An input, told apart by its first octets.
pub(crate) enum Streamed<'a> {
    /// CMS on its own, as BER: the input was DER, BER, PEM or base64.
    Cms(Octets<'a>),
    /// A MIME entity.
    Mime(Entity<'a>),
}

/// A MIME entity: its header was read, its body is still to come.
pub(crate) struct Entity<'a> {
    /// The header, and of the body what was read with it.
    head: Vec<u8>,
    body: Octets<'a>,
}

impl<'a> Streamed<'a> {
    /// Tells what `input` is. What is neither BER nor PEM is taken for a MIME entity.
    pub(crate) fn detect(input: impl Read + 'a, limits: &Limits) -> Result<Self, StreamError> {
        let mut input = Peekable::new(Limited::new(input, limits.max_input));
        let begin = input.peek(PEEK)?;
        if opens_with_content_info(begin) {
            return Ok(Self::Cms(Box::new(input)));
        }
        let text = begin.trim_ascii_start();
        // A mail program's message could quote a PEM block: only one at the very beginning counts.
        if let Some(block) = PemBlock::at_begin(begin) {
            return Ok(Self::Cms(Box::new(Base64Reader::new(block.body(input)))));
        }
        // The base64 of a SEQUENCE without any header, as it stands in a message's body.
        if text.starts_with(b"MI")
            && text
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"+/=\r\n\t ".contains(b))
            && opens_with_content_info(&decoded_begin(text))
        {
            return Ok(Self::Cms(Box::new(Base64Reader::new(input))));
        }
        Entity::read(input).map(Self::Mime)
    }
}

impl<'a> Entity<'a> {
    /// Reads the header.
    pub(crate) fn read(mut input: Peekable<impl Read + 'a>) -> Result<Self, StreamError> {
        let mut length = PEEK;
        loop {
            let begin = input.peek(length)?;
            let all = begin.len() < length;
            let message = Message::parse(begin);
            // (What ends the header without an empty line may only look like its end, being cut off.)
            let known = message.header_is_complete() || message.body().contains(&b'\n');
            if all || known {
                break;
            }
            if length >= LONGEST_HEADER {
                if !message.body().is_empty() {
                    // An endless line that does not look like a field.
                    break;
                }
                return Err(StreamError::Mime(MimeError::TooMany {
                    what: "octets in its header",
                    limit: LONGEST_HEADER,
                }));
            }
            length *= 2;
        }
        let head = input.buffered().to_vec();
        input.consume(head.len());
        Ok(Self {
            head,
            body: Box::new(input),
        })
    }

    /// The entity as far as it was read: all of the header, and a beginning of the body.
    pub(crate) fn begin(&self) -> Message<'_> {
        Message::parse(&self.head)
    }

    /// Reads the entity up to some length of its body.
    pub(crate) fn read_beginning(mut self, most: u64) -> Result<Vec<u8>, StreamError> {
        self.body.by_ref().take(most).read_to_end(&mut self.head)?;
        Ok(self.head)
    }

    /// The body as received.
    pub(crate) fn into_body(self) -> Octets<'a> {
        let begin = self.begin().body().len();
        let head = self.head.len() - begin;
        let mut begin = io::Cursor::new(self.head);
        begin.set_position(head as u64);
        Box::new(begin.chain(self.body))
    }

    /// The CMS octets (BER) of an `application/pkcs7-mime` entity, or of one that only its file name marks as such
    /// (RFC 8551 3.2.1, 3.10); the entity itself if it is something else.
    pub(crate) fn pkcs7_mime(self) -> Result<Result<Octets<'a>, Self>, StreamError> {
        if !self.is_pkcs7_mime() {
            return Ok(Err(self));
        }
        self.into_cms().map(|cms| Ok(cms.octets))
    }

    /// Tells whether the body should be CMS.
    pub(crate) fn is_pkcs7_mime(&self) -> bool {
        super::is_pkcs7_mime(&self.begin())
    }

    /// Tells whether the body should be a signature whose content stands elsewhere.
    pub(crate) fn is_pkcs7_signature(&self) -> bool {
        super::is_pkcs7_signature(&self.begin())
    }

    /// The body taken for CMS (BER), whatever the type of the entity.
    pub(crate) fn into_cms(self) -> Result<CmsBody<'a>, StreamError> {
        let encoding = self.begin().transfer_encoding()?;
        if encoding == TransferEncoding::Base64 {
            // PEM is base64 itself: who puts it into a message says so, and means one encoding rather than two.
            let mut body = Peekable::new(self.into_body());
            return Ok(match PemBlock::at_begin(body.peek(PEEK)?) {
                Some(block) => CmsBody::base64(block.body(body)),
                None => CmsBody::base64(body),
            });
        }
        let mut body = Peekable::new(encoding.reader(self.into_body()));
        let begin = body.peek(PEEK)?;
        if let Some(block) = PemBlock::at_begin(begin) {
            return Ok(CmsBody::base64(block.body(body)));
        }
        // Some writers leave the transfer encoding unsaid.
        if !opens_with_content_info(begin) && opens_with_content_info(&decoded_begin(begin)) {
            return Ok(CmsBody::base64(body));
        }
        Ok(CmsBody::new(Box::new(body)))
    }

    /// The type of the entity.
    pub(crate) fn content_type(&self) -> ContentType {
        self.begin().content_type()
    }
}

/// CMS that stands in the body of an entity.
pub(crate) struct CmsBody<'a> {
    pub(crate) octets: Octets<'a>,
    /// Tells, once all was read, whether text stands behind the padding of its base64.
    pub(crate) more: Rc<Cell<bool>>,
}

impl<'a> CmsBody<'a> {
    pub(crate) fn new(octets: Octets<'a>) -> Self {
        Self {
            octets,
            more: Rc::default(),
        }
    }

    fn base64(body: impl Read + 'a) -> Self {
        let reader = Base64Reader::new(body);
        Self {
            more: reader.more(),
            octets: Box::new(reader),
        }
    }
}

/// The first octets of what `text` is the base64 of.
fn decoded_begin(text: &[u8]) -> Vec<u8> {
    let mut digits: Vec<_> = text
        .iter()
        .copied()
        .filter(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b))
        .take(256)
        .collect();
    digits.truncate(digits.len() / 4 * 4);
    decode_base64(&digits).unwrap_or_default()
}

/// A PEM block that was found.
struct PemBlock {
    /// How many octets stand before its body.
    before: usize,
    label: &'static str,
}

impl PemBlock {
    /// The block that `octets` open with, after blanks, if it is one that CMS comes under.
    fn at_begin(octets: &[u8]) -> Option<Self> {
        let text = octets.trim_ascii_start();
        let label = pem_label(text)?;
        let line = memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1);
        Some(Self {
            before: octets.len() - text.len() + line,
            label,
        })
    }

    /// The base64 of the block that `input` opens with.
    fn body<R: Read>(&self, mut input: Peekable<R>) -> PemBody<R> {
        input.consume(self.before);
        PemBody {
            input,
            end: format!("-----END {}-----", self.label).into_bytes(),
            ended: false,
        }
    }
}

/// The label of the PEM block that `text` opens with, if it is one that CMS comes under.
fn pem_label(text: &[u8]) -> Option<&'static str> {
    let label = text.strip_prefix(b"-----BEGIN ")?;
    PEM_LABELS.into_iter().find(|known| {
        label
            .strip_prefix(known.as_bytes())
            .is_some_and(|rest| rest.starts_with(b"-----"))
    })
}

/// The lines of a PEM block up to its END line.
struct PemBody<R> {
    input: Peekable<R>,
    end: Vec<u8>,
    ended: bool,
}

impl<R: Read> Read for PemBody<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ended || out.is_empty() {
            return Ok(0);
        }
        let at_hand = self.input.peek(1)?;
        let count = memchr::memchr(b'-', at_hand)
            .unwrap_or(at_hand.len())
            .min(out.len());
        if count == 0 {
            let end_length = self.end.len();
            if !self.input.peek(end_length)?.starts_with(&self.end) {
                let reason = "its END line is missing: the file may be cut off";
                return Err(Carried::Cms(structure("PEM block", reason)).into());
            }
            self.ended = true;
            drain(&mut self.input)?;
            return Ok(0);
        }
        if let (Some(to), Some(from)) = (out.get_mut(..count), at_hand.get(..count)) {
            to.copy_from_slice(from);
        }
        self.input.consume(count);
        Ok(count)
    }
}

/// How much is looked at to tell what it is.
const PEEK: usize = 4 << 10;
/// The longest header that is read.
const LONGEST_HEADER: usize = 1 << 20;
