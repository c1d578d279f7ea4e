//! Compressed contents, inflated as they are read.

use std::io::{self, ErrorKind, Read};

use flate2::read::ZlibDecoder;

use crate::Limits;
use crate::cms::ber::structure;
use crate::stream::Carried;

/// Inflates a zlib stream (RFC 1950) within bounds.
pub(super) struct Deflated<R> {
    decoder: ZlibDecoder<R>,
    octets: u64,
    /// How many octets there may be in all.
    most: u64,
    max_expansion: u64,
}

impl<R: Read> Deflated<R> {
    /// Begins to read; other contents of the message have already inflated to so many octets.
    pub(super) fn new(input: R, limits: &Limits, inflated: u64) -> Self {
        Self {
            decoder: ZlibDecoder::new(input),
            octets: 0,
            most: limits.max_inflated.saturating_sub(inflated),
            max_expansion: limits.max_expansion,
        }
    }

    /// How many octets were read.
    pub(super) fn octets(&self) -> u64 {
        self.octets
    }
}

impl<R: Read> Read for Deflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const NAME: &str = "CompressedData";
        let read = match self.decoder.read(buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
            // An error of the octets below says more than one of the decoder.
            Err(error) if error.get_ref().is_some_and(|inner| inner.is::<Carried>()) => return Err(error),
            Err(_) => return Err(Carried::Cms(structure(NAME, "its zlib stream is damaged")).into()),
        };
        self.octets += read as u64;
        let by_ratio = self.decoder.total_in().saturating_mul(self.max_expansion);
        if self.octets > by_ratio.max(ALWAYS).min(self.most) {
            let reason = "it inflates to more than the limits allow";
            return Err(Carried::Cms(structure(NAME, reason)).into());
        }
        Ok(read)
    }
}

/// What does no harm whatever the ratio, in octets.
const ALWAYS: u64 = 16 << 20;
