//! Whole blocks in CBC mode without padding: what the key wraps of old are built from, and the sealing of many keys.

use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, DecryptingKey, EncryptingKey, UnboundCipherKey};
use aws_lc_rs::cipher::{DecryptionContext, EncryptionContext};
use aws_lc_rs::iv::FixedLength;
use cbc::cipher::{Block, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};

/// A block cipher with its key, without padding and with no limit on how it is used: for key wraps and sealed keys.
pub(crate) enum BlockCipher<'a> {
    Aes(&'a [u8]),
    TripleDes(&'a [u8]),
}

impl BlockCipher<'_> {
    /// The length of a block in octets.
    pub(crate) fn block_len(&self) -> usize {
        match self {
            Self::Aes(_) => 16,
            Self::TripleDes(_) => 8,
        }
    }

    /// Encrypts whole blocks in place; `None` if a length does not fit.
    pub(crate) fn encrypt(&self, iv: &[u8], data: &mut [u8]) -> Option<()> {
        match self {
            Self::Aes(key) => {
                let context = EncryptionContext::Iv128(FixedLength::from(<[u8; 16]>::try_from(iv).ok()?));
                let key = EncryptingKey::cbc(aes(key)?).ok()?;
                key.less_safe_encrypt(data, context).ok().map(drop)
            }
            Self::TripleDes(key) => {
                let mut mode = cbc::Encryptor::<des::TdesEde3>::new_from_slices(key, iv).ok()?;
                let (blocks, rest) = Block::<des::TdesEde3>::slice_as_chunks_mut(data);
                rest.is_empty().then(|| mode.encrypt_blocks(blocks))
            }
        }
    }

    /// Decrypts whole blocks in place; `None` if a length does not fit.
    pub(crate) fn decrypt(&self, iv: &[u8], data: &mut [u8]) -> Option<()> {
        match self {
            Self::Aes(key) => {
                let context = DecryptionContext::Iv128(FixedLength::from(<[u8; 16]>::try_from(iv).ok()?));
                let key = DecryptingKey::cbc(aes(key)?).ok()?;
                key.decrypt(data, context).ok().map(drop)
            }
            Self::TripleDes(key) => {
                let mut mode = cbc::Decryptor::<des::TdesEde3>::new_from_slices(key, iv).ok()?;
                let (blocks, rest) = Block::<des::TdesEde3>::slice_as_chunks_mut(data);
                rest.is_empty().then(|| mode.decrypt_blocks(blocks))
            }
        }
    }
}

fn aes(key: &[u8]) -> Option<UnboundCipherKey> {
    let algorithm = match key.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return None,
    };
    UnboundCipherKey::new(algorithm, key).ok()
}
