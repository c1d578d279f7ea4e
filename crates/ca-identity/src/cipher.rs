//! Content encryption: AES-CBC, AES-GCM and, for reading old messages, Triple DES, RC2 and DES.

use std::fmt;
use std::str::FromStr;

use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::random::RandomError;

/// A content-encryption algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentCipher {
    /// AES-128 in CBC mode (RFC 3565).
    Aes128Cbc,
    /// AES-192 in CBC mode (RFC 3565).
    Aes192Cbc,
    /// AES-256 in CBC mode (RFC 3565).
    Aes256Cbc,
    /// AES-128 in GCM mode (RFC 5084).
    Aes128Gcm,
    /// AES-192 in GCM mode (RFC 5084): for reading only.
    Aes192Gcm,
    /// AES-256 in GCM mode (RFC 5084).
    Aes256Gcm,
    /// Triple DES with three keys in CBC mode (RFC 3370): for reading only.
    DesEde3Cbc,
    /// RC2 in CBC mode (RFC 3370): for reading only.
    Rc2Cbc {
        /// The effective key length in bits.
        effective_bits: u32,
    },
    /// DES in CBC mode: for reading only.
    DesCbc,
}

/// A cipher name that is not known or not to be used for new messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("unknown cipher \"{name}\": use aes-256-cbc, aes-192-cbc, aes-128-cbc, aes-256-gcm or aes-128-gcm")]
pub struct UnknownCipher {
    /// The name as given, shortened to its first characters.
    pub name: String,
}

/// Why content was not encrypted or decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CipherError {
    /// Decryption failed; nothing more is said, lest the answer serve as an oracle.
    #[error("the content could not be decrypted: the key is wrong, or the message is damaged")]
    DecryptionFailed,
    /// The parameters of the algorithm cannot be read.
    #[error("malformed parameters of {cipher}: {reason}")]
    MalformedParameters {
        /// The cipher.
        cipher: ContentCipher,
        /// What is wrong.
        reason: String,
    },
    /// No random bytes were to be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// This cipher is for reading only.
    #[error("{cipher} is for reading old messages only: use aes-256-cbc or aes-256-gcm")]
    ReadOnly {
        /// The cipher.
        cipher: ContentCipher,
    },
    /// The content is longer than the cipher or this implementation takes.
    #[error("the content is too long for {cipher}")]
    TooLong {
        /// The cipher.
        cipher: ContentCipher,
    },
    /// The key has the wrong length.
    #[error("{cipher} takes a key of {expected} bytes, not {actual}")]
    WrongKeyLength {
        /// The cipher.
        cipher: ContentCipher,
        /// The length it takes, in bytes.
        expected: usize,
        /// The length given, in bytes.
        actual: usize,
    },
}

impl ContentCipher {
    /// Returns the object identifier.
    pub fn oid(self) -> ObjectIdentifier {
        todo!()
    }

    /// Returns the algorithm of an object identifier and the DER encoding of its parameters (which only RC2 needs:
    /// they hold its effective key length).
    pub fn from_oid(_oid: &ObjectIdentifier, _parameters_der: Option<&[u8]>) -> Option<Self> {
        todo!()
    }

    /// Returns the length of the key in bytes.
    pub fn key_len(self) -> usize {
        todo!()
    }

    /// Returns the length of the initialisation vector or nonce in bytes.
    pub fn iv_len(self) -> usize {
        todo!()
    }

    /// Tells whether the cipher detects changes by itself (AES-GCM).
    pub fn is_authenticated(self) -> bool {
        todo!()
    }

    /// Tells whether the cipher is too weak to protect anything today.
    pub fn is_weak(self) -> bool {
        todo!()
    }

    /// Tells whether new messages may be made with it.
    pub fn can_encrypt(self) -> bool {
        todo!()
    }
}

impl fmt::Display for ContentCipher {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl FromStr for ContentCipher {
    type Err = UnknownCipher;

    fn from_str(_name: &str) -> Result<Self, UnknownCipher> {
        todo!()
    }
}

/// A content-encryption key.
#[derive(Clone)]
pub struct ContentKey(Zeroizing<Vec<u8>>);

impl ContentKey {
    /// Makes a random key for a cipher.
    ///
    /// # Errors
    /// [`RandomError`] if the operating system's generator fails.
    pub fn generate(_cipher: ContentCipher) -> Result<Self, RandomError> {
        todo!()
    }

    /// Takes a key that was decrypted or unwrapped.
    pub fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(redacted)")
    }
}

/// Encrypts content piece by piece.
pub struct Encryptor {}

impl Encryptor {
    /// Begins an encryption with a random initialisation vector.
    ///
    /// # Errors
    /// [`CipherError`] if the cipher is for reading only or the key does not fit.
    pub fn new(_cipher: ContentCipher, _key: &ContentKey) -> Result<Self, CipherError> {
        todo!()
    }

    /// Returns the DER encoding of the AlgorithmIdentifier's parameters.
    pub fn parameters_der(&self) -> &[u8] {
        todo!()
    }

    /// Encrypts a piece, appending to `out` what can already be given.
    ///
    /// # Errors
    /// [`CipherError`] if the library fails.
    pub fn update(&mut self, _plaintext: &[u8], _out: &mut Vec<u8>) -> Result<(), CipherError> {
        todo!()
    }

    /// Ends the encryption, appending the rest to `out`, and returns the authentication tag of an authenticated
    /// cipher. `aad` is the additional authenticated data; other ciphers ignore it.
    ///
    /// # Errors
    /// [`CipherError`] if the library fails.
    pub fn finish(self, _aad: &[u8], _out: &mut Vec<u8>) -> Result<Option<Vec<u8>>, CipherError> {
        todo!()
    }
}

/// Decrypts content piece by piece. Nothing it gives may be trusted before `finish` has succeeded.
pub struct Decryptor {}

impl Decryptor {
    /// Begins a decryption. `parameters_der` are the AlgorithmIdentifier's parameters.
    ///
    /// # Errors
    /// [`CipherError`] if the parameters are malformed or the key does not fit.
    pub fn new(
        _cipher: ContentCipher,
        _key: &ContentKey,
        _parameters_der: &[u8],
    ) -> Result<Self, CipherError> {
        todo!()
    }

    /// Decrypts a piece, appending to `out` what can already be given.
    ///
    /// # Errors
    /// [`CipherError`] if the library fails.
    pub fn update(&mut self, _ciphertext: &[u8], _out: &mut Vec<u8>) -> Result<(), CipherError> {
        todo!()
    }

    /// Ends the decryption, appending the rest to `out`.
    ///
    /// # Errors
    /// [`CipherError::DecryptionFailed`] for every kind of damage.
    pub fn finish(self, _aad: &[u8], _tag: Option<&[u8]>, _out: &mut Vec<u8>) -> Result<(), CipherError> {
        todo!()
    }
}
