//! AES in CBC mode with the padding of RFC 5652, 6.3.

use aws_lc_rs::cipher::{
    DecryptionContext, EncryptionContext, StreamingDecryptingKey, StreamingEncryptingKey,
};
use aws_lc_rs::iv::FixedLength;

use super::{BLOCK, engine_key};
use crate::cipher::{CipherError, ContentCipher, ContentKey};

/// The encrypting direction.
pub(super) struct CbcEncryptor(StreamingEncryptingKey);

impl CbcEncryptor {
    pub(super) fn new(cipher: ContentCipher, key: &ContentKey, iv: [u8; BLOCK]) -> Result<Self, CipherError> {
        let context = EncryptionContext::Iv128(FixedLength::from(iv));
        StreamingEncryptingKey::less_safe_cbc_pkcs7(engine_key(cipher, key)?, context)
            .map(Self)
            .map_err(|_| CipherError::DecryptionFailed)
    }

    /// Encrypts into `out`, which has [`BLOCK`] bytes more than `plaintext`.
    pub(super) fn update(&mut self, plaintext: &[u8], out: &mut [u8]) -> Result<usize, CipherError> {
        in_pieces(plaintext, out, |piece, room| {
            self.0
                .update(piece, room)
                .map(|update| update.written().len())
                .ok()
        })
    }

    pub(super) fn finish(self, out: &mut [u8]) -> Result<usize, CipherError> {
        self.0
            .finish(out)
            .map(|(_, update)| update.written().len())
            .map_err(|_| CipherError::DecryptionFailed)
    }
}

/// The decrypting direction; it holds the last block back until its padding can be judged.
pub(super) struct CbcDecryptor(StreamingDecryptingKey);

impl CbcDecryptor {
    pub(super) fn new(cipher: ContentCipher, key: &ContentKey, iv: [u8; BLOCK]) -> Result<Self, CipherError> {
        let context = DecryptionContext::Iv128(FixedLength::from(iv));
        StreamingDecryptingKey::cbc_pkcs7(engine_key(cipher, key)?, context)
            .map(Self)
            .map_err(|_| CipherError::DecryptionFailed)
    }

    /// Decrypts into `out`, which has [`BLOCK`] bytes more than `ciphertext`.
    pub(super) fn update(&mut self, ciphertext: &[u8], out: &mut [u8]) -> Result<usize, CipherError> {
        in_pieces(ciphertext, out, |piece, room| {
            self.0
                .update(piece, room)
                .map(|update| update.written().len())
                .ok()
        })
    }

    pub(super) fn finish(self, out: &mut [u8]) -> Result<usize, CipherError> {
        self.0
            .finish(out)
            .map(|update| update.written().len())
            .map_err(|_| CipherError::DecryptionFailed)
    }
}

fn in_pieces(
    input: &[u8],
    out: &mut [u8],
    mut operation: impl FnMut(&[u8], &mut [u8]) -> Option<usize>,
) -> Result<usize, CipherError> {
    let mut written = 0;
    for piece in input.chunks(PIECE) {
        let room = out.get_mut(written..).unwrap_or_default();
        written += operation(piece, room).ok_or(CipherError::DecryptionFailed)?;
    }
    Ok(written)
}

/// The library counts in `i32`. Whole blocks, so that no piece but the last gives more than it takes.
const PIECE: usize = 1 << 24;
