//! CompressedData (RFC 3274).

use std::io::{self, ErrorKind, Read, Write};

use const_oid::ObjectIdentifier;
use flate2::read::ZlibDecoder;

use super::algorithm::Algorithm;
use super::ber::{INTEGER, OBJECT_IDENTIFIER, SEQUENCE, context};
use super::stream::BerStream;
use super::{CmsError, oids};
use crate::stream::StreamError;

/// Why content could not be inflated.
#[derive(Debug)]
pub(crate) enum InflateError {
    /// It is no zlib stream (RFC 1950), or is damaged.
    Damaged,
    /// The message could not be read.
    Stream(StreamError),
    /// It has more than so many octets.
    TooLong(u64),
    /// Another compression than zlib, the only one that RFC 3274 knows.
    Unknown(ObjectIdentifier),
    /// What it was written to failed.
    Write(io::Error),
}

/// How much content may inflate to, in octets.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// Does no harm whatever the ratio.
    pub(crate) always: u64,
    /// How many times its compressed length.
    pub(crate) ratio: u64,
    /// Never more.
    pub(crate) most: u64,
}

impl From<StreamError> for InflateError {
    fn from(error: StreamError) -> Self {
        Self::Stream(error)
    }
}

impl From<CmsError> for InflateError {
    fn from(error: CmsError) -> Self {
        Self::Stream(error.into())
    }
}

/// Reads a ContentInfo that holds a CompressedData, in BER or DER, and writes its content, inflated; returns how many
/// octets that was.
pub(crate) fn inflate(input: impl Read, bounds: Bounds, out: &mut impl Write) -> Result<u64, InflateError> {
    let (mut stream, content_type) = BerStream::content_info(input)?;
    if content_type != oids::COMPRESSED_DATA {
        return Err(InflateError::Stream(
            CmsError::ContentType {
                found: content_type,
                expected: "compressed-data",
            }
            .into(),
        ));
    }
    stream.content(NAME)?;
    stream.expect(INTEGER, NAME)?;
    let algorithm = Algorithm::read(&stream.expect(SEQUENCE, NAME)?.value()?)?.oid;
    if algorithm != ZLIB {
        return Err(InflateError::Unknown(algorithm));
    }
    stream.expect_and_enter(SEQUENCE, NAME)?;
    stream.expect(OBJECT_IDENTIFIER, NAME)?;
    stream.expect_and_enter(context(0), NAME)?;
    stream.expect_string(NAME)?;
    let mut decoder = ZlibDecoder::new(Octets {
        stream: &mut stream,
        failed: None,
    });
    let mut buffer = vec![0; BUFFER];
    let mut written = 0_u64;
    loop {
        let read = match decoder.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => {
                let failed = decoder.get_mut().failed.take();
                return Err(failed.map_or(InflateError::Damaged, InflateError::Stream));
            }
        };
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
            break;
        };
        written += piece.len() as u64;
        let by_ratio = decoder.total_in().saturating_mul(bounds.ratio);
        let limit = by_ratio.max(bounds.always).min(bounds.most);
        if written > limit {
            return Err(InflateError::TooLong(limit));
        }
        out.write_all(piece).map_err(InflateError::Write)?;
    }
    // What follows the end of the zlib stream says nothing.
    while stream.read_octets(&mut buffer)? > 0 {}
    stream.finish()?;
    Ok(written)
}

/// The octets of the string that was begun.
struct Octets<'s, R> {
    stream: &'s mut BerStream<R>,
    /// Why reading ended early.
    failed: Option<StreamError>,
}

impl<R: Read> Read for Octets<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read_octets(buffer).map_err(|error| {
            self.failed = Some(error);
            io::Error::other("the message could not be read")
        })
    }
}

/// id-alg-zlibCompress.
const ZLIB: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.8");

const NAME: &str = "CompressedData";

const BUFFER: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::der;

    fn message(deflated: &[u8]) -> Vec<u8> {
        let content = der::sequence(&[
            &der::oid(oids::DATA),
            &der::explicit(0, &der::octet_string(deflated)),
        ]);
        let data = der::sequence(&[&der::small_integer(0), &der::algorithm(ZLIB, &[]), &content]);
        der::sequence(&[&der::oid(oids::COMPRESSED_DATA), &der::explicit(0, &data)])
    }

    fn inflated(message: &[u8], ratio: u64) -> Result<Vec<u8>, InflateError> {
        let mut out = Vec::new();
        let bounds = Bounds {
            always: 1000,
            ratio,
            most: 1 << 20,
        };
        inflate(message, bounds, &mut out).map(|_| out)
    }

    /// "hello hello hello hello" as Python's zlib writes it.
    const HELLO: &str = "789ccb48cdc9c957c8402701680308b1";

    #[test]
    fn what_another_program_deflated_is_inflated() {
        let bytes = message(&hex::decode(HELLO).unwrap());
        assert_eq!(inflated(&bytes, 1).unwrap(), b"hello hello hello hello");
    }

    #[test]
    fn zlib_is_inflated_as_far_as_allowed() {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&[7; 100_000]).unwrap();
        let deflated = encoder.finish().unwrap();
        assert_eq!(inflated(&message(&deflated), 2000).unwrap(), [7; 100_000]);
        assert!(matches!(
            inflated(&message(&deflated), 10),
            Err(InflateError::TooLong(_))
        ));
        for cut in 0..deflated.len() {
            assert!(matches!(
                inflated(&message(&deflated[..cut]), 2000),
                Err(InflateError::Damaged)
            ));
        }
        let whole = message(&deflated);
        for cut in 1..whole.len() {
            assert!(inflated(&whole[..cut], 2000).is_err(), "{cut}");
        }
    }
}
