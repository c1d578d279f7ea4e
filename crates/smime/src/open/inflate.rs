//! Compressed layers.

use std::io::{Read, Write};

use super::OpenError;
use crate::Limits;
use crate::cms::CmsError;
use crate::cms::ber::structure;
use crate::cms::compressed::{self, Bounds, InflateError};
use crate::source::streamed::Streamed;
use crate::stream::StreamError;

/// Inflates a message that is CompressedData; `inflated` counts the octets of all such layers.
pub(super) fn inflate(
    input: impl Read,
    limits: &Limits,
    inflated: &mut u64,
    out: &mut impl Write,
) -> Result<(), OpenError> {
    let failed = |error| from_stream(error, limits);
    let cms = match Streamed::detect(input, limits).map_err(failed)? {
        Streamed::Cms(cms) => cms,
        Streamed::Mime(entity) => entity
            .pkcs7_mime()
            .map_err(failed)?
            .map_err(|_| not_compressed())?,
    };
    let bounds = Bounds {
        always: ALWAYS,
        ratio: limits.max_expansion,
        most: limits.max_inflated.saturating_sub(*inflated),
    };
    *inflated += compressed::inflate(cms, bounds, out).map_err(|error| match error {
        InflateError::Damaged => OpenError::Compression,
        InflateError::Stream(error) => from_stream(error, limits),
        InflateError::TooLong(limit) => OpenError::ExpansionLimit { limit },
        InflateError::Unknown(algorithm) => OpenError::UnknownCompression { algorithm },
        InflateError::Write(error) => OpenError::Io(error),
    })?;
    out.flush()?;
    Ok(())
}

fn from_stream(error: StreamError, limits: &Limits) -> OpenError {
    match error {
        StreamError::Cms(error) => OpenError::Cms(error),
        StreamError::Io(error) => OpenError::Io(error),
        StreamError::Mime(error) => OpenError::Mime(error),
        StreamError::TooLong => OpenError::TooLong {
            limit: limits.max_input,
        },
    }
}

fn not_compressed() -> CmsError {
    structure("CompressedData", "the message holds none")
}

/// What does no harm whatever the ratio, in octets.
const ALWAYS: u64 = 16 << 20;
