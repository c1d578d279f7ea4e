//! Where content waits while its verdict is made.

use std::io::{self, Cursor, Read, Write};

/// A place that content is written to before anyone may see it, and read back from once the verdict allows.
///
/// [`MemorySpool`] keeps it in memory and [`Discard`] throws it away; a caller with large messages implements this
/// for a temporary file that has no name. A second thread may do the writing.
pub trait Spool: Write + Send {
    /// What the content is read back with, from its beginning.
    type Reader: Read;

    /// Ends the writing and returns the reader.
    ///
    /// # Errors
    /// Whatever the store behind it reports.
    fn into_reader(self) -> io::Result<Self::Reader>;

    /// Gives `take` all that was written so far, piece by piece, and returns true; or returns false if the content
    /// cannot be had before [`Spool::into_reader`], as it is unless this is implemented. More may be written afterwards.
    ///
    /// Long content is read again if a signer used a digest that the message did not announce.
    ///
    /// # Errors
    /// Whatever the store behind it reports, and the errors of `take`.
    fn reread(&mut self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<bool> {
        let _ = take;
        Ok(false)
    }
}

/// Keeps content in memory.
#[derive(Default)]
pub struct MemorySpool(Vec<u8>);

impl MemorySpool {
    /// Returns an empty spool.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Write for MemorySpool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Spool for MemorySpool {
    type Reader = Cursor<Vec<u8>>;

    fn into_reader(self) -> io::Result<Self::Reader> {
        Ok(Cursor::new(self.0))
    }

    fn reread(&mut self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<bool> {
        take(&self.0)?;
        Ok(true)
    }
}

/// Keeps nothing: for callers who want the report alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl Write for Discard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Spool for Discard {
    type Reader = io::Empty;

    fn into_reader(self) -> io::Result<Self::Reader> {
        Ok(io::empty())
    }
}

impl std::fmt::Debug for MemorySpool {
    // Content may be secret: its length says enough.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemorySpool({} octets)", self.0.len())
    }
}
