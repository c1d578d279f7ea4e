//! Key wraps: AES (RFC 3394), that of passwords (RFC 3211) and, for reading only, Triple DES (RFC 3217).

use aes_kw::KeyInit;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap as _};
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

mod password;
mod triple_des;

pub use password::{password_unwrap, password_wrap};
pub use triple_des::{TRIPLE_DES_KEY_LEN, TRIPLE_DES_WRAP, triple_des_unwrap};

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
        ObjectIdentifier::new_unwrap(match self {
            Self::Aes128 => "2.16.840.1.101.3.4.1.5",
            Self::Aes192 => "2.16.840.1.101.3.4.1.25",
            Self::Aes256 => "2.16.840.1.101.3.4.1.45",
        })
    }

    /// Returns the algorithm of an object identifier.
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        [Self::Aes128, Self::Aes192, Self::Aes256]
            .into_iter()
            .find(|wrap| wrap.oid() == *oid)
    }

    /// Returns the length of the key-encryption key in bytes.
    pub fn key_len(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

/// Wraps `key` with the key-encryption key `kek`, whose length chooses the algorithm.
///
/// # Errors
/// [`KeyWrapError`] if a length does not fit.
pub fn aes_wrap(kek: &[u8], key: &[u8]) -> Result<Vec<u8>, KeyWrapError> {
    // RFC 3394, 2: at least two 64-bit blocks.
    if key.len() < 16 || !key.len().is_multiple_of(BLOCK) || key.len() > LONGEST {
        return Err(KeyWrapError);
    }
    let mut wrapped = vec![0; key.len() + BLOCK];
    if let Some(cipher) = engine_cipher(kek) {
        let kek = AesKek::new(cipher, kek).map_err(|_| KeyWrapError)?;
        kek.wrap(key, &mut wrapped).map_err(|_| KeyWrapError)?;
    } else {
        let kek = aes_kw::KwAes192::new_from_slice(kek).map_err(|_| KeyWrapError)?;
        kek.wrap_key(key, &mut wrapped).map_err(|_| KeyWrapError)?;
    }
    Ok(wrapped)
}

/// Unwraps a key with the key-encryption key `kek`, whose length chooses the algorithm.
///
/// # Errors
/// [`KeyWrapError`] if the integrity check fails or a length does not fit.
pub fn aes_unwrap(kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyWrapError> {
    if wrapped.len() < 16 + BLOCK || !wrapped.len().is_multiple_of(BLOCK) || wrapped.len() > LONGEST {
        return Err(KeyWrapError);
    }
    let mut key = Zeroizing::new(vec![0; wrapped.len() - BLOCK]);
    if let Some(cipher) = engine_cipher(kek) {
        let kek = AesKek::new(cipher, kek).map_err(|_| KeyWrapError)?;
        kek.unwrap(wrapped, &mut key).map_err(|_| KeyWrapError)?;
    } else {
        let kek = aes_kw::KwAes192::new_from_slice(kek).map_err(|_| KeyWrapError)?;
        kek.unwrap_key(wrapped, &mut key).map_err(|_| KeyWrapError)?;
    }
    Ok(key)
}

/// aws-lc-rs knows no AES-192 key wrap.
fn engine_cipher(kek: &[u8]) -> Option<&'static aws_lc_rs::key_wrap::AesBlockCipher> {
    match kek.len() {
        16 => Some(&AES_128),
        32 => Some(&AES_256),
        _ => None,
    }
}

const BLOCK: usize = 8;
/// No key that is wrapped in a message comes near it.
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3394, 4.1, 4.4 and 4.6; and 4.3 for AES-192.
    #[test]
    fn known_answers() {
        for (kek, key, wrapped) in [
            (
                "000102030405060708090A0B0C0D0E0F",
                "00112233445566778899AABBCCDDEEFF",
                "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5",
            ),
            (
                "000102030405060708090A0B0C0D0E0F1011121314151617",
                "00112233445566778899AABBCCDDEEFF0001020304050607",
                "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2",
            ),
            (
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
                "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
            ),
        ] {
            let [kek, key, wrapped] = [kek, key, wrapped].map(|text| hex::decode(text).unwrap());
            assert_eq!(aes_wrap(&kek, &key).unwrap(), wrapped);
            assert_eq!(*aes_unwrap(&kek, &wrapped).unwrap(), key);
            for changed in 0..wrapped.len() {
                let mut damaged = wrapped.clone();
                damaged[changed] ^= 1;
                assert_eq!(aes_unwrap(&kek, &damaged), Err(KeyWrapError));
            }
        }
    }

    #[test]
    fn odd_lengths_are_refused() {
        for length in [0, 8, 15, 17, 5000] {
            assert!(aes_wrap(&[0; 16], &vec![0; length]).is_err(), "{length}");
            assert!(aes_unwrap(&[0; 16], &vec![0; length]).is_err(), "{length}");
        }
        for kek in [0, 15, 33] {
            assert!(aes_wrap(&vec![0; kek], &[0; 16]).is_err(), "{kek}");
        }
    }
}
