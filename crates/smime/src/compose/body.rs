//! Bodies re-encoded piece by piece.

use super::survey::is_digit;
use crate::mime::{Base64Encoder, LineEnds, QuotedPrintableEncoder, decode_quoted_printable};

/// How the body of an entity is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Octet for octet: its line ends are canonical.
    Copy,
    /// With its line ends made canonical.
    LineEnds,
    /// As base64.
    Base64 { from_quoted_printable: bool },
    /// As quoted-printable.
    QuotedPrintable { from_quoted_printable: bool },
    /// Base64 as base64, in lines of another length.
    Rewrap,
}

/// Writes the body of one entity.
pub(super) struct Body {
    writer: Writer,
    /// Lines of quoted-printable that still wait for their end.
    quoted: Option<Vec<u8>>,
}

enum Writer {
    Copy,
    LineEnds(LineEnds),
    Base64(Base64Encoder),
    QuotedPrintable(QuotedPrintableEncoder),
    Rewrap {
        column: usize,
        digits: usize,
        padded: bool,
    },
}

impl Body {
    pub(super) fn new(treatment: Treatment) -> Self {
        let (writer, decode) = match treatment {
            Treatment::Copy => (Writer::Copy, false),
            Treatment::LineEnds => (Writer::LineEnds(LineEnds::default()), false),
            Treatment::Base64 {
                from_quoted_printable,
            } => (Writer::Base64(Base64Encoder::default()), from_quoted_printable),
            Treatment::QuotedPrintable {
                from_quoted_printable,
            } => (
                Writer::QuotedPrintable(QuotedPrintableEncoder::default()),
                from_quoted_printable,
            ),
            Treatment::Rewrap => (
                Writer::Rewrap {
                    column: 0,
                    digits: 0,
                    padded: false,
                },
                false,
            ),
        };
        Self {
            writer,
            quoted: decode.then(Vec::new),
        }
    }

    /// Tells whether pieces are written as they come, so that they need no copying.
    pub(super) fn copies(&self) -> bool {
        matches!(self.writer, Writer::Copy)
    }

    /// Writes a piece, appending to `out`.
    pub(super) fn update(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(quoted) = &mut self.quoted else {
            return self.writer.update(bytes, out);
        };
        quoted.extend_from_slice(bytes);
        if let Some(end) = memchr::memrchr(b'\n', quoted) {
            let decoded = decode_quoted_printable(quoted.get(..=end).unwrap_or_default());
            quoted.drain(..=end);
            self.writer.update(&decoded, out);
        }
    }

    /// Appends the rest to `out`.
    pub(super) fn finish(mut self, out: &mut Vec<u8>) {
        if let Some(quoted) = &self.quoted {
            self.writer.update(&decode_quoted_printable(quoted), out);
        }
        match self.writer {
            Writer::Copy => {}
            Writer::LineEnds(mut ends) => ends.finish(out),
            Writer::Base64(mut encoder) => encoder.finish(out),
            Writer::QuotedPrintable(mut encoder) => encoder.finish(out),
            Writer::Rewrap { column, digits, .. } => {
                // A line is a multiple of four digits long, so the padding fits on it.
                let padding = (4 - digits % 4) % 4;
                out.resize(out.len() + padding, b'=');
                if column > 0 {
                    out.extend_from_slice(b"\r\n");
                }
            }
        }
    }
}

impl Writer {
    fn update(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Copy => out.extend_from_slice(bytes),
            Self::LineEnds(ends) => ends.update(bytes, out),
            Self::Base64(encoder) => encoder.update(bytes, out),
            Self::QuotedPrintable(encoder) => encoder.update(bytes, out),
            Self::Rewrap {
                column,
                digits,
                padded,
            } => {
                for &byte in bytes {
                    *padded |= byte == b'=';
                    if *padded || !is_digit(byte) {
                        continue;
                    }
                    out.push(byte);
                    *digits += 1;
                    *column += 1;
                    if *column == 64 {
                        out.extend_from_slice(b"\r\n");
                        *column = 0;
                    }
                }
            }
        }
    }
}
