//! AES key wrap (RFC 3394).

use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

/// An AES key-encryption key length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyWrap {
    /// AES-128 key wrap.
    Aes128,
    /// AES-192 key wrap.
    Aes192,
    /// AES-256 key wrap.
    Aes256,
}

/// A key could not be wrapped or unwrapped; nothing more is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("the wrapped key could not be opened: it was made for another key, or the message is damaged")]
pub struct KeyWrapError;

impl KeyWrap {
    /// Returns the object identifier (RFC 3565, 2.3.2).
    pub fn oid(self) -> ObjectIdentifier {
        todo!()
    }

    /// Returns the algorithm of an object identifier.
    pub fn from_oid(_oid: &ObjectIdentifier) -> Option<Self> {
        todo!()
    }

    /// Returns the length of the key-encryption key in bytes.
    pub fn key_len(self) -> usize {
        todo!()
    }
}

/// Wraps `key` with the key-encryption key `kek`, whose length chooses the algorithm.
///
/// # Errors
/// [`KeyWrapError`] if a length does not fit.
pub fn aes_wrap(_kek: &[u8], _key: &[u8]) -> Result<Vec<u8>, KeyWrapError> {
    todo!()
}

/// Unwraps a key with the key-encryption key `kek`, whose length chooses the algorithm.
///
/// # Errors
/// [`KeyWrapError`] if the integrity check fails or a length does not fit.
pub fn aes_unwrap(_kek: &[u8], _wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyWrapError> {
    todo!()
}
