//! A spool that remembers how its content begins.

use std::io::{self, Write};

use zeroize::Zeroizing;

use super::ahead::HEAD;
use crate::Spool;
use crate::stream::append_secret;

/// Passes content on to a spool and keeps its first octets.
pub(super) struct Capture<S> {
    spool: S,
    /// Perhaps secret.
    head: Zeroizing<Vec<u8>>,
    length: u64,
}

impl<S: Spool> Capture<S> {
    pub(super) fn new(spool: S) -> Self {
        Self {
            spool,
            head: Zeroizing::default(),
            length: 0,
        }
    }

    /// How the content begins.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// How many octets there are.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn into_inner(self) -> S {
        self.spool
    }
}

impl<S: Spool> Write for Capture<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.spool.write(bytes)?;
        let room = HEAD.saturating_sub(self.head.len());
        append_secret(&mut self.head, bytes.get(..written.min(room)).unwrap_or_default());
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.spool.flush()
    }
}

impl<S: Spool> Spool for Capture<S> {
    type Reader = S::Reader;

    fn into_reader(self) -> io::Result<S::Reader> {
        self.spool.into_reader()
    }

    fn reread(&mut self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<bool> {
        self.spool.reread(take)
    }
}
