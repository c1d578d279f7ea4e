//! MIME entities, read without losing an octet: headers, multipart bodies, transfer encodings.

mod canonical;
mod content_type;
mod date;
mod encode;
mod encoded_word;
mod header;
mod mbox;
mod multipart;
mod transfer;

pub(crate) use canonical::with_crlf;
pub use canonical::{canonicalize, is_canonical};
pub use content_type::{ContentType, Parameter};
pub use date::{format_date, parse_date};
pub(crate) use encode::{Base64Encoder, LineEnds, QuotedPrintableEncoder};
pub use encode::{encode_base64, encode_quoted_printable};
pub use encoded_word::{decode_words, encode_unstructured};
pub use header::{Field, Header};
pub use mbox::{MboxMessage, MboxReader, Quoting};
pub use multipart::Multipart;
pub(crate) use multipart::boundary;
pub(crate) use multipart::reader::PartsReader;
pub(crate) use transfer::reader;
pub use transfer::{TransferEncoding, decode_base64, decode_quoted_printable};

/// Why a MIME entity cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MimeError {
    /// A multipart entity whose Content-Type names no usable boundary.
    #[error("the Content-Type `{content_type}` names no boundary, so its parts cannot be told apart")]
    NoBoundary {
        /// The value of the field.
        content_type: String,
    },
    /// The boundary of a multipart entity never occurs in its body.
    #[error(
        "the boundary `{boundary}` of a multipart entity never occurs in its body: the message is cut off"
    )]
    BoundaryMissing {
        /// The boundary, without its leading dashes.
        boundary: String,
    },
    /// More parts, or deeper nesting, than the limits allow.
    #[error("the message has more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A body that is not in the transfer encoding that its header announces.
    #[error("the body is not valid {encoding}")]
    BadEncoding {
        /// The encoding.
        encoding: TransferEncoding,
    },
    /// A Content-Transfer-Encoding that RFC 2045 does not know.
    #[error("the Content-Transfer-Encoding `{value}` is unknown")]
    UnknownEncoding {
        /// The value of the field.
        value: String,
    },
}

/// A MIME entity (a whole message, or one part of it): header fields and a body, borrowed from the input.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    raw: &'a [u8],
    header: Header,
    body: &'a [u8],
    complete: bool,
}

impl<'a> Message<'a> {
    /// Splits an entity into its header and its body at the first empty line.
    ///
    /// Nothing is refused: a line that is not a header field ends the header, as mail programs do. Lines may end in
    /// CRLF or LF.
    pub fn parse(raw: &'a [u8]) -> Self {
        let (header, body, complete) = Header::split_at_empty_line(raw);
        Self {
            raw,
            header,
            body,
            complete,
        }
    }

    /// Returns the entity as received: header, empty line and body.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Returns the header fields.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Tells whether an empty line ends the header, as it must where a body follows.
    pub(crate) fn header_is_complete(&self) -> bool {
        self.complete
    }

    /// Returns the body as received, still in its transfer encoding.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Returns the Content-Type; `text/plain; charset=us-ascii` if there is none or it cannot be read (RFC 2045 5.2).
    pub fn content_type(&self) -> ContentType {
        self.header
            .get("Content-Type")
            .and_then(|f| ContentType::parse(&f.value()))
            .unwrap_or_default()
    }

    /// Returns the Content-Transfer-Encoding, `7bit` if there is none.
    ///
    /// # Errors
    /// [`MimeError::UnknownEncoding`].
    pub fn transfer_encoding(&self) -> Result<TransferEncoding, MimeError> {
        match self.header.get("Content-Transfer-Encoding") {
            None => Ok(TransferEncoding::SevenBit),
            Some(field) => field.value().parse(),
        }
    }

    /// Returns the body with its transfer encoding taken off.
    ///
    /// # Errors
    /// [`MimeError::UnknownEncoding`] and [`MimeError::BadEncoding`].
    pub fn decoded_body(&self) -> Result<std::borrow::Cow<'a, [u8]>, MimeError> {
        self.transfer_encoding()?.decode(self.body)
    }

    /// Splits the body of a `multipart/*` entity; `None` if it is something else.
    ///
    /// # Errors
    /// [`MimeError::NoBoundary`], [`MimeError::BoundaryMissing`] and [`MimeError::TooMany`].
    pub fn multipart(&self, limits: &crate::Limits) -> Result<Option<Multipart<'a>>, MimeError> {
        let content_type = self.content_type();
        if content_type.kind() != "multipart" {
            return Ok(None);
        }
        Multipart::split(&content_type, self.body, limits).map(Some)
    }
}
