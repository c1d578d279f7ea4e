//! Zip archives of a few small files, stored as they are (APPNOTE.TXT 6.3.3, 4.3).
//!
//! What goes into them is encrypted already, or short: there is nothing to compress.

use chrono::{DateTime, Datelike, Timelike, Utc};

/// An archive being put together.
#[derive(Debug)]
pub(crate) struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
    /// MS-DOS date and time (4.4.6).
    stamp: [u8; 4],
}

/// An archive or a file in it is too large for the format without its extensions, or there are too many.
#[derive(Debug)]
pub(crate) struct TooLarge;

impl Zip {
    /// Begins an archive, whose files all bear one date.
    pub(crate) fn new(at: DateTime<Utc>) -> Self {
        let year = (at.year() - 1980).clamp(0, 127) as u32;
        let date = year << 9 | at.month() << 5 | at.day();
        let time = at.hour() << 11 | at.minute() << 5 | at.second() / 2;
        let [a, b, ..] = time.to_le_bytes();
        let [c, d, ..] = date.to_le_bytes();
        Self {
            bytes: Vec::new(),
            directory: Vec::new(),
            entries: 0,
            stamp: [a, b, c, d],
        }
    }

    /// Adds a file; only its owner reads it once it is unpacked, if it is a secret.
    pub(crate) fn add(&mut self, name: &str, content: &[u8], secret: bool) -> Result<(), TooLarge> {
        let offset = u32::try_from(self.bytes.len()).map_err(|_| TooLarge)?;
        let size = u32::try_from(content.len()).map_err(|_| TooLarge)?.to_le_bytes();
        let name_len = u16::try_from(name.len()).map_err(|_| TooLarge)?.to_le_bytes();
        let checksum = crc32fast::hash(content).to_le_bytes();
        // Version 2.0 to unpack; the name is UTF-8 (4.4.4, bit 11); stored (4.4.5).
        let common: [&[u8]; 8] = [
            &[20, 0, 0, 8, 0, 0],
            &self.stamp,
            &checksum,
            &size,
            &size,
            &name_len,
            &[0, 0],
            &[],
        ];
        let common = common.concat();
        for part in [&b"PK\x03\x04"[..], &common, name.as_bytes(), content] {
            self.bytes.extend_from_slice(part);
        }
        // Made on Unix (4.4.2), so that the mode counts (4.4.15): a regular file.
        let mode: u32 = if secret { 0o100_600 } else { 0o100_644 };
        let attributes = (mode << 16).to_le_bytes();
        let central: [&[u8]; 7] = [
            b"PK\x01\x02\x14\x03",
            &common,
            // No comment, the first disk, no internal attributes.
            &[0; 6],
            &attributes,
            &offset.to_le_bytes(),
            name.as_bytes(),
            &[],
        ];
        self.directory.extend_from_slice(&central.concat());
        self.entries = self.entries.checked_add(1).ok_or(TooLarge)?;
        Ok(())
    }

    /// Returns the archive.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, TooLarge> {
        let offset = u32::try_from(self.bytes.len())
            .map_err(|_| TooLarge)?
            .to_le_bytes();
        let size = u32::try_from(self.directory.len())
            .map_err(|_| TooLarge)?
            .to_le_bytes();
        let entries = self.entries.to_le_bytes();
        self.bytes.append(&mut self.directory);
        for part in [
            &b"PK\x05\x06\0\0\0\0"[..],
            &entries,
            &entries,
            &size,
            &offset,
            &[0, 0],
        ] {
            self.bytes.extend_from_slice(part);
        }
        Ok(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The layout is judged by `unzip` and Python in the end-to-end tests; this is its arithmetic.
    #[test]
    fn records_follow_each_other() {
        let mut zip = Zip::new(DateTime::from_timestamp(1_795_000_000, 0).unwrap());
        zip.add("é.txt", b"hello", false).unwrap();
        let bytes = zip.finish().unwrap();
        assert_eq!(bytes.len(), (30 + 6 + 5) + (46 + 6) + 22);
        assert_eq!(&bytes[bytes.len() - 22..][..4], b"PK\x05\x06");
        assert_eq!(bytes[14..18], crc32fast::hash(b"hello").to_le_bytes());
    }
}
