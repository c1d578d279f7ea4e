//! Content encryption: AES-CBC, AES-GCM and, for reading old messages, Triple DES, RC2 and DES.

use std::fmt;
use std::str::FromStr;

use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::random::{self, RandomError};

pub(crate) mod blocks;
pub(crate) mod stream;

use stream::legacy;
pub use stream::{Decryptor, Encryptor, UPDATE_ROOM};

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
    /// The output buffer is too short.
    #[error("the output buffer has {actual} bytes, but this piece needs {needed}")]
    NoRoom {
        /// The length it must have, in bytes.
        needed: usize,
        /// The length it has, in bytes.
        actual: usize,
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
    /// All but RC2, whose key length is a parameter.
    const FIXED: [Self; 8] = [
        Self::Aes128Cbc,
        Self::Aes192Cbc,
        Self::Aes256Cbc,
        Self::Aes128Gcm,
        Self::Aes192Gcm,
        Self::Aes256Gcm,
        Self::DesEde3Cbc,
        Self::DesCbc,
    ];

    /// Returns the object identifier.
    pub fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Aes128Cbc => "2.16.840.1.101.3.4.1.2",
            Self::Aes192Cbc => "2.16.840.1.101.3.4.1.22",
            Self::Aes256Cbc => "2.16.840.1.101.3.4.1.42",
            Self::Aes128Gcm => "2.16.840.1.101.3.4.1.6",
            Self::Aes192Gcm => "2.16.840.1.101.3.4.1.26",
            Self::Aes256Gcm => "2.16.840.1.101.3.4.1.46",
            Self::DesEde3Cbc => "1.2.840.113549.3.7",
            Self::Rc2Cbc { .. } => RC2_CBC,
            Self::DesCbc => "1.3.14.3.2.7",
        })
    }

    /// Returns the algorithm of an object identifier and the DER encoding of its parameters (which only RC2 needs:
    /// they hold its effective key length).
    pub fn from_oid(oid: &ObjectIdentifier, parameters_der: Option<&[u8]>) -> Option<Self> {
        if *oid == ObjectIdentifier::new_unwrap(RC2_CBC) {
            return legacy::rc2_effective_bits(parameters_der?)
                .map(|effective_bits| Self::Rc2Cbc { effective_bits });
        }
        Self::FIXED.into_iter().find(|cipher| cipher.oid() == *oid)
    }

    /// Returns the length of the key in bytes.
    pub fn key_len(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm => 16,
            Self::Aes192Cbc | Self::Aes192Gcm | Self::DesEde3Cbc => 24,
            Self::Aes256Cbc | Self::Aes256Gcm => 32,
            Self::Rc2Cbc { effective_bits } => effective_bits as usize / 8,
            Self::DesCbc => 8,
        }
    }

    /// Returns the length of the initialisation vector or nonce in bytes.
    pub fn iv_len(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes192Cbc | Self::Aes256Cbc => 16,
            Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm => 12,
            Self::DesEde3Cbc | Self::Rc2Cbc { .. } | Self::DesCbc => 8,
        }
    }

    /// Tells whether the cipher detects changes by itself (AES-GCM).
    pub fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm)
    }

    /// Tells whether the cipher is too weak to protect anything today.
    pub fn is_weak(self) -> bool {
        matches!(self, Self::DesEde3Cbc | Self::Rc2Cbc { .. } | Self::DesCbc)
    }

    /// Tells whether new messages may be made with it.
    pub fn can_encrypt(self) -> bool {
        !self.is_weak() && self != Self::Aes192Gcm
    }
}

impl fmt::Display for ContentCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aes128Cbc => f.write_str("aes-128-cbc"),
            Self::Aes192Cbc => f.write_str("aes-192-cbc"),
            Self::Aes256Cbc => f.write_str("aes-256-cbc"),
            Self::Aes128Gcm => f.write_str("aes-128-gcm"),
            Self::Aes192Gcm => f.write_str("aes-192-gcm"),
            Self::Aes256Gcm => f.write_str("aes-256-gcm"),
            Self::DesEde3Cbc => f.write_str("3des-cbc"),
            Self::Rc2Cbc { effective_bits } => write!(f, "rc2-{effective_bits}-cbc"),
            Self::DesCbc => f.write_str("des-cbc"),
        }
    }
}

impl FromStr for ContentCipher {
    type Err = UnknownCipher;

    /// Reads the name of a cipher that new messages may use.
    fn from_str(name: &str) -> Result<Self, UnknownCipher> {
        Self::FIXED
            .into_iter()
            .find(|cipher| cipher.can_encrypt() && cipher.to_string() == name)
            .ok_or_else(|| UnknownCipher {
                name: name.chars().take(32).collect(),
            })
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
    pub fn generate(cipher: ContentCipher) -> Result<Self, RandomError> {
        let mut key = Zeroizing::new(vec![0; cipher.key_len()]);
        random::fill(&mut key)?;
        Ok(Self(key))
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

const RC2_CBC: &str = "1.2.840.113549.3.2";
