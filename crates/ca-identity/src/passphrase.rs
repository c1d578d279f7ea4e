//! Passphrases: read from a secret file, or made by the machine.

use std::fmt;

use zeroize::Zeroizing;

use crate::random::{self, RandomError};

/// The longest passphrase accepted, in bytes.
pub const MAX_LENGTH: usize = 4096;

/// Why a passphrase was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// The passphrase holds a NUL or another control character.
    #[error("the passphrase holds a control character: remove it, or check that the file is the right one")]
    ControlCharacter,
    /// The passphrase is not UTF-8.
    #[error("the passphrase is not UTF-8 text: store it as UTF-8, or check that the file is the right one")]
    NotUtf8,
    /// The passphrase is longer than [`MAX_LENGTH`] bytes.
    #[error(
        "the passphrase has {length} bytes, more than {MAX_LENGTH}: check that the file is the right one"
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
}

/// A passphrase, wiped from memory when dropped and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase as typed.
    ///
    /// # Errors
    /// [`PassphraseError`] if it is too long or holds control characters. An empty one is accepted: where a secret
    /// is needed, the caller asks [`Passphrase::is_empty`].
    pub fn new(text: impl Into<String>) -> Result<Self, PassphraseError> {
        let text = Zeroizing::new(text.into());
        if text.len() > MAX_LENGTH {
            return Err(PassphraseError::TooLong { length: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(PassphraseError::ControlCharacter);
        }
        Ok(Self(text))
    }

    /// Reads the content of a secret file: its first line, without LF or CRLF and without a byte order mark.
    ///
    /// # Errors
    /// [`PassphraseError`] if the line is not UTF-8, is too long or holds control characters.
    pub fn from_secret_file_line(content: &[u8]) -> Result<Self, PassphraseError> {
        let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
        let line = content.split(|byte| *byte == b'\n').next().unwrap_or(content);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > MAX_LENGTH {
            return Err(PassphraseError::TooLong { length: line.len() });
        }
        Self::new(std::str::from_utf8(line).map_err(|_| PassphraseError::NotUtf8)?)
    }

    /// Makes a passphrase of 120 random bits: six groups of four letters and digits that are hard to confuse.
    ///
    /// # Errors
    /// [`RandomError`] if the operating system's generator fails.
    pub fn generate() -> Result<Self, RandomError> {
        let random = Zeroizing::new(random::bytes::<GENERATED_CHARACTERS>()?);
        let mut text = Zeroizing::new(String::with_capacity(
            GENERATED_CHARACTERS + GENERATED_CHARACTERS / 4,
        ));
        for (index, byte) in random.iter().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push('-');
            }
            // 32 letters: the low five bits of a random byte are uniform over them.
            let letter = ALPHABET.get(usize::from(byte & 0x1f)).copied().unwrap_or(b'x');
            text.push(char::from(letter));
        }
        Ok(Self(text))
    }

    /// Tells whether the passphrase is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether all characters are ASCII: some programs (Java's `keytool`) accept no others in a PKCS#12 file.
    pub fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }

    /// Returns the UTF-8 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(redacted)")
    }
}

const GENERATED_CHARACTERS: usize = 24;

/// Lower-case letters and digits without `0`, `1`, `l` and `o`.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_line_only_without_mark_and_line_ending() {
        for content in [
            &b"geheim"[..],
            b"geheim\n",
            b"geheim\r\nrest",
            b"\xEF\xBB\xBFgeheim\r\n\xff",
        ] {
            assert_eq!(
                Passphrase::from_secret_file_line(content).unwrap().as_str(),
                "geheim"
            );
        }
        assert!(Passphrase::from_secret_file_line(b"\n").unwrap().is_empty());
        assert_eq!(
            Passphrase::from_secret_file_line(b"\xff"),
            Err(PassphraseError::NotUtf8)
        );
        assert_eq!(
            Passphrase::from_secret_file_line(b"a\0b"),
            Err(PassphraseError::ControlCharacter)
        );
        assert_eq!(
            Passphrase::from_secret_file_line(&[b'a'; 10_000]),
            Err(PassphraseError::TooLong { length: 10_000 })
        );
    }

    #[test]
    fn generated_ones_are_grouped_and_differ() {
        let one = Passphrase::generate().unwrap();
        assert_eq!(one.as_str().len(), 29);
        assert!(one.as_str().split('-').all(|group| group.len() == 4));
        assert!(
            one.as_bytes()
                .iter()
                .all(|byte| ALPHABET.contains(byte) || *byte == b'-')
        );
        assert_ne!(one, Passphrase::generate().unwrap());
    }

    #[test]
    fn debug_shows_nothing() {
        let passphrase = Passphrase::new("hunter2").unwrap();
        assert!(!format!("{passphrase:?}").contains("hunter2"));
    }
}
