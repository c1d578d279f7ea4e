//! Input that is read piece by piece, never as a whole.

use std::fmt;
use std::io::{self, ErrorKind, Read};

use zeroize::Zeroizing;

use crate::cms::CmsError;
use crate::mime::MimeError;

/// Why reading ended early.
#[derive(Debug)]
pub(crate) enum StreamError {
    Cms(CmsError),
    Io(io::Error),
    Mime(MimeError),
    /// The input is longer than the limits allow.
    TooLong,
}

impl From<CmsError> for StreamError {
    fn from(error: CmsError) -> Self {
        Self::Cms(error)
    }
}

impl From<MimeError> for StreamError {
    fn from(error: MimeError) -> Self {
        Self::Mime(error)
    }
}

impl From<io::Error> for StreamError {
    /// Takes out what the readers of this crate put in: between them only [`io::Error`] can travel.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Carried>() {
            Ok(Carried::Cms(error)) => Self::Cms(error),
            Ok(Carried::Mime(error)) => Self::Mime(error),
            Ok(Carried::TooLong) => Self::TooLong,
            Err(error) => Self::Io(error),
        }
    }
}

impl From<StreamError> for io::Error {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Cms(error) => Carried::Cms(error).into(),
            StreamError::Io(error) => error,
            StreamError::Mime(error) => Carried::Mime(error).into(),
            StreamError::TooLong => Carried::TooLong.into(),
        }
    }
}

/// What an [`io::Error`] carries from one reader to the next.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Carried {
    #[error(transparent)]
    Cms(CmsError),
    #[error(transparent)]
    Mime(MimeError),
    #[error("the input is too long")]
    TooLong,
}

impl From<Carried> for io::Error {
    fn from(carried: Carried) -> Self {
        Self::other(carried)
    }
}

/// Reads until `buffer` is full or the input ends; returns how much there was.
pub(crate) fn read_full(input: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(read) => filled += read.min(room.len()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads what is left and forgets it.
pub(crate) fn drain(input: &mut (impl Read + ?Sized)) -> io::Result<()> {
    let mut sink = vec![0; FIRST];
    while read_full(input, &mut sink)? == sink.len() {
        sink.resize(PIECE, 0);
    }
    Ok(())
}

/// Appends to octets that may be secret: when they grow, no copy is left behind.
pub(crate) fn append_secret(octets: &mut Zeroizing<Vec<u8>>, more: &[u8]) {
    let needed = octets.len() + more.len();
    if needed > octets.capacity() {
        let room = needed.max(2 * octets.capacity());
        let mut larger = Zeroizing::new(Vec::with_capacity(room));
        larger.extend_from_slice(octets);
        *octets = larger;
    }
    octets.extend_from_slice(more);
}

/// An input that may not be longer than a limit.
pub(crate) struct Limited<R> {
    input: R,
    left: u64,
}

impl<R: Read> Limited<R> {
    pub(crate) fn new(input: R, octets: u64) -> Self {
        Self { input, left: octets }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or(Carried::TooLong)?;
        Ok(read)
    }
}

/// An input whose next octets can be looked at before they are read.
pub(crate) struct Peekable<R> {
    input: R,
    buffer: Vec<u8>,
    /// How long the buffer is to be: short until it was full once.
    size: usize,
    /// The part of the buffer that is filled and not yet read.
    start: usize,
    end: usize,
    /// How many octets were read, those of the buffer not counted.
    position: u64,
}

impl<R: Read> Peekable<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            size: FIRST,
            start: 0,
            end: 0,
            position: 0,
        }
    }

    /// How many octets were read from this.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// What is at hand without reading.
    pub(crate) fn buffered(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns at least `octets` octets, fewer only at the end of the input.
    pub(crate) fn peek(&mut self, octets: usize) -> io::Result<&[u8]> {
        if self.end - self.start < octets {
            self.fill(octets)?;
        }
        Ok(self.buffered())
    }

    fn fill(&mut self, octets: usize) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < octets.max(self.size) {
            self.buffer.resize(octets.max(self.size), 0);
        }
        while self.end < octets {
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.input.read(room) {
                Ok(0) => break,
                Ok(read) => self.end += read.min(room.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.end == self.buffer.len() {
            self.size = PIECE;
        }
        Ok(())
    }

    /// Reads past `octets` octets that are in the buffer.
    pub(crate) fn consume(&mut self, octets: usize) {
        let octets = octets.min(self.end - self.start);
        self.start += octets;
        self.position += octets as u64;
    }
}

impl<R: Read> Read for Peekable<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            // Large pieces go straight to whoever wants them.
            if out.len() >= self.size {
                let read = self.input.read(out)?;
                self.position += read as u64;
                return Ok(read);
            }
            self.fill(1)?;
        }
        let buffered = self.buffered();
        let count = buffered.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), buffered.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R> fmt::Debug for Peekable<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peekable({} octets read)", self.position)
    }
}

/// How much is asked for at a time.
pub(crate) const PIECE: usize = 64 << 10;
/// How much is asked for at first: most messages are short, and long buffers cost time.
pub(crate) const FIRST: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one octet at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(1);
            self.0.read(&mut buffer[..count])
        }
    }

    #[test]
    fn what_was_looked_at_is_still_read() {
        let mut input = Peekable::new(Trickle(b"abcdef"));
        assert!(input.peek(3).unwrap().starts_with(b"abc"));
        input.consume(1);
        assert_eq!(input.position(), 1);
        let mut rest = Vec::new();
        input.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"bcdef");
        assert_eq!(input.peek(9).unwrap(), b"");
    }

    #[test]
    fn a_limit_is_exact() {
        let read = |limit| {
            let mut out = Vec::new();
            Limited::new(&b"12345"[..], limit)
                .read_to_end(&mut out)
                .map_err(StreamError::from)
        };
        assert_eq!(read(5).unwrap(), 5);
        assert!(matches!(read(4), Err(StreamError::TooLong)));
    }
}
