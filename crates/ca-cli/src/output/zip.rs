//! Archives of a few small files, stored as they are: what goes into them is encrypted already, or short.

use std::io::{Cursor, Write as _};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive being put together.
pub(crate) struct Zip {
    writer: ZipWriter<Cursor<Vec<u8>>>,
    options: SimpleFileOptions,
}

/// Why an archive could not be made.
pub(crate) type ZipError = zip::result::ZipError;

impl Zip {
    /// Begins an archive, whose files all bear one date.
    pub(crate) fn new(at: DateTime<Utc>) -> Self {
        let part = |number: u32| u8::try_from(number).unwrap_or_default();
        let year = u16::try_from(at.year()).unwrap_or_default();
        // The format knows the years from 1980 to 2107; others are as if they were not given.
        let stamp = zip::DateTime::from_date_and_time(
            year,
            part(at.month()),
            part(at.day()),
            part(at.hour()),
            part(at.minute()),
            part(at.second()),
        );
        Self {
            writer: ZipWriter::new(Cursor::default()),
            options: SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .last_modified_time(stamp.unwrap_or_default()),
        }
    }

    /// Adds a file; only its owner reads it once it is unpacked, if it is a secret.
    pub(crate) fn add(&mut self, name: &str, content: &[u8], secret: bool) -> Result<(), ZipError> {
        let mode = if secret { 0o600 } else { 0o644 };
        self.writer
            .start_file(name, self.options.unix_permissions(mode))?;
        self.writer.write_all(content)?;
        Ok(())
    }

    /// Returns the archive.
    pub(crate) fn finish(self) -> Result<Vec<u8>, ZipError> {
        Ok(self.writer.finish()?.into_inner())
    }
}
