//! The parts of a multipart body one after the other, from a reader.

use std::io::{self, Read};

use super::{Delimiter, delimiter, trim_line_end};
use crate::mime::{ContentType, MimeError};
use crate::stream::{FIRST, PIECE, Peekable, drain, read_full};

/// Reads a multipart body; it is divided as [`super::Multipart::split`] divides it.
///
/// Reading begins in the preamble and gives the octets of one part; [`PartsReader::next_part`] goes to the next.
pub(crate) struct PartsReader<R> {
    input: Peekable<R>,
    boundary: String,
    finder: memchr::memmem::Finder<'static>,
    /// Whether the next octet begins a line.
    line_start: bool,
    /// How many octets at hand surely belong to the part.
    ready: usize,
    /// What comes after those, if it is known.
    next: Option<Next>,
    /// What ended the part that was read; `None` within one.
    ended: Option<Delimiter>,
}

/// What follows the octets of a part.
#[derive(Clone, Copy)]
struct Next {
    /// [`Delimiter::None`] where the body ends.
    delimiter: Delimiter,
    /// The length of the delimiter line, and of the line end before it.
    length: usize,
    /// Whether the line ends somewhere after that.
    unfinished: bool,
}

impl<R: Read> PartsReader<R> {
    /// Begins to read the body of an entity of that type.
    ///
    /// # Errors
    /// [`MimeError::NoBoundary`].
    pub(crate) fn new(input: R, content_type: &ContentType) -> Result<Self, MimeError> {
        let boundary = super::boundary(content_type)?;
        Ok(Self {
            input: Peekable::new(input),
            finder: memchr::memmem::Finder::new(&format!("--{boundary}")).into_owned(),
            boundary: boundary.to_owned(),
            line_start: true,
            ready: 0,
            next: None,
            ended: None,
        })
    }

    /// The boundary, without its leading dashes.
    pub(crate) fn boundary(&self) -> &str {
        &self.boundary
    }

    /// Goes to the next part, past what is left of this one; tells whether there is one.
    pub(crate) fn next_part(&mut self) -> io::Result<bool> {
        if self.ended.is_none() {
            drain(self)?;
        }
        if self.ended != Some(Delimiter::Open) {
            return Ok(false);
        }
        self.ended = None;
        self.line_start = true;
        Ok(true)
    }

    /// How many octets of the body were read; after [`PartsReader::next_part`], where the part begins.
    pub(crate) fn position(&self) -> u64 {
        self.input.position()
    }

    /// Tells whether the body ended before any delimiter.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.ended == Some(Delimiter::None)
    }

    /// Reads what stands after the last part; tells whether it is anything but blanks.
    pub(crate) fn has_epilogue(&mut self) -> io::Result<bool> {
        let mut buffer = vec![0; FIRST];
        let mut found = false;
        loop {
            let length = read_full(&mut self.input, &mut buffer)?;
            let octets = buffer.get(..length).unwrap_or_default();
            found |= !octets.is_empty() && octets.iter().any(|octet| !octet.is_ascii_whitespace());
            if length < buffer.len() {
                return Ok(found);
            }
            buffer.resize(PIECE, 0);
        }
    }

    /// Finds out how many octets belong to the part.
    fn scan(&mut self) -> io::Result<()> {
        // Held back: what may be the beginning of a delimiter, and the line end before it.
        let hold = self.finder.needle().len() + 2;
        let mut wanted = hold + 1;
        loop {
            let octets = self.input.peek(wanted)?;
            let at_end = octets.len() < wanted;
            let mut more = None;
            for position in self.finder.find_iter(octets) {
                let at_line_start = match position.checked_sub(1) {
                    None => self.line_start,
                    Some(before) => octets.get(before) == Some(&b'\n'),
                };
                if !at_line_start {
                    continue;
                }
                let rest = octets.get(position..).unwrap_or_default();
                let line_end = memchr::memchr(b'\n', rest.get(..LONGEST_LINE).unwrap_or(rest));
                let line = rest
                    .get(..line_end.map_or(rest.len().min(LONGEST_LINE), |at| at + 1))
                    .unwrap_or_default();
                let found = if line_end.is_none() && line.len() >= LONGEST_LINE {
                    // What stands beyond the blanks would be shown by programs that do not take this for a delimiter.
                    Delimiter::None
                } else {
                    delimiter(line, self.boundary.as_bytes())
                };
                if line_end.is_none() && line.len() < LONGEST_LINE && !at_end {
                    // One dash may become two; anything longer would have shown what it is.
                    if found != Delimiter::None || line.len() <= hold {
                        more = Some(position);
                        break;
                    }
                }
                if found == Delimiter::None {
                    continue;
                }
                let before = octets.get(..position).unwrap_or_default();
                self.ready = trim_line_end(before).len();
                self.next = Some(Next {
                    delimiter: found,
                    length: position - self.ready + line.len(),
                    unfinished: line_end.is_none(),
                });
                return Ok(());
            }
            match more {
                // Its line is not all at hand.
                Some(position) if position > 2 => {
                    self.ready = position - 2;
                    return Ok(());
                }
                Some(_) => wanted = octets.len() + 1,
                None if at_end => {
                    self.ready = octets.len();
                    self.next = Some(Next {
                        delimiter: Delimiter::None,
                        length: 0,
                        unfinished: false,
                    });
                    return Ok(());
                }
                None => {
                    self.ready = octets.len() - hold;
                    return Ok(());
                }
            }
        }
    }

    /// Goes past the delimiter.
    fn pass(&mut self, next: Next) -> io::Result<()> {
        self.input.consume(next.length);
        let mut unfinished = next.unfinished;
        while unfinished {
            let octets = self.input.peek(1)?;
            let line_end = memchr::memchr(b'\n', octets);
            let length = line_end.map_or(octets.len(), |at| at + 1);
            unfinished = line_end.is_none() && length > 0;
            self.input.consume(length);
        }
        self.ended = Some(next.delimiter);
        Ok(())
    }
}

impl<R: Read> Read for PartsReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while self.ready == 0 {
            if self.ended.is_some() {
                return Ok(0);
            }
            match self.next.take() {
                Some(next) => self.pass(next)?,
                None => self.scan()?,
            }
        }
        let octets = self.input.buffered();
        let count = self.ready.min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), octets.get(..count)) {
            to.copy_from_slice(from);
            self.line_start = from.last() == Some(&b'\n');
        }
        self.input.consume(count);
        self.ready -= count;
        Ok(count)
    }
}

/// A line with more blanks than that after the boundary is no delimiter.
const LONGEST_LINE: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::mime::Multipart;
    use proptest::prelude::*;

    /// Gives a few octets at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(self.1);
            self.0.read(&mut buffer[..count])
        }
    }

    /// Preamble, parts, and whether there is an epilogue.
    fn streamed(body: &[u8], piece: usize) -> Option<(Vec<u8>, Vec<Vec<u8>>, bool)> {
        let content_type = ContentType::parse("multipart/mixed; boundary=b").unwrap();
        let mut reader = PartsReader::new(Trickle(body, piece), &content_type).unwrap();
        let mut preamble = Vec::new();
        reader.read_to_end(&mut preamble).unwrap();
        if reader.is_cut_off() {
            return None;
        }
        let mut parts = Vec::new();
        while reader.next_part().unwrap() {
            let mut part = Vec::new();
            reader.read_to_end(&mut part).unwrap();
            parts.push(part);
        }
        Some((preamble, parts, reader.has_epilogue().unwrap()))
    }

    fn split(body: &[u8]) -> Option<(Vec<u8>, Vec<Vec<u8>>, bool)> {
        let content_type = ContentType::parse("multipart/mixed; boundary=b").unwrap();
        let split = Multipart::split(&content_type, body, &Limits::default()).ok()?;
        let parts = split.parts().iter().map(|part| part.raw().to_vec()).collect();
        let epilogue = split.epilogue().iter().any(|octet| !octet.is_ascii_whitespace());
        Some((split.preamble().to_vec(), parts, epilogue))
    }

    proptest! {
        #[test]
        fn a_body_is_divided_as_in_memory(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["--b", "--b--", "--", "-", "b", "\r\n", "\n", "\r", " ", "text", "--b\n", "\n--b\r\n"]),
                0..30,
            ),
            piece in 1_usize..9,
        ) {
            let body = pieces.concat();
            prop_assert_eq!(streamed(body.as_bytes(), piece), split(body.as_bytes()));
        }
    }

    #[test]
    fn long_parts_are_divided() {
        let text = b"line\r\n--bb\r\n".repeat(PIECE);
        let blanks = b" ".repeat(LONGEST_LINE / 2);
        let body = [
            b"--b\r\n",
            &text[..],
            b"\r\n--b",
            &blanks,
            b"\r\ntwo\r\n--b--\r\n",
        ]
        .concat();
        assert_eq!(streamed(&body, usize::MAX), split(&body));
    }

    #[test]
    fn text_far_behind_a_boundary_is_no_delimiter() {
        let blanks = b" ".repeat(LONGEST_LINE + 1);
        let body = [
            b"--b\r\none\r\n--b",
            &blanks[..],
            b"text\r\n--b\r\ntwo\r\n--b--\r\n",
        ]
        .concat();
        assert_eq!(streamed(&body, usize::MAX), split(&body));
    }
}
