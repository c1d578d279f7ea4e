//! The old block ciphers, for reading only (RFC 3370, 5).

use cbc::cipher::block_padding::{Padding as _, Pkcs7};
use cbc::cipher::{Block, BlockModeDecrypt as _, InnerIvInit as _, KeyIvInit as _};
use der::asn1::{OctetStringRef, UintRef};
use der::{Decode, Reader, SliceReader};
use zeroize::Zeroizing;

use crate::cipher::{CipherError, ContentCipher, ContentKey};

/// Reads the initialisation vector from the parameters of a CBC cipher: an OCTET STRING, or RC2CBCParameter.
pub(crate) fn iv(cipher: ContentCipher, parameters_der: &[u8]) -> Result<Vec<u8>, CipherError> {
    let iv = match cipher {
        ContentCipher::Rc2Cbc { .. } => rc2_parameters(parameters_der).map(|(_, iv)| iv),
        _ => <&OctetStringRef>::from_der(parameters_der)
            .ok()
            .map(|iv| iv.as_bytes().to_vec()),
    };
    match iv {
        Some(iv) if iv.len() == cipher.iv_len() => Ok(iv),
        _ => Err(CipherError::MalformedParameters {
            cipher,
            reason: format!("expected an initialisation vector of {} bytes", cipher.iv_len()),
        }),
    }
}

/// Reads the effective key length in bits from RC2CBCParameter (RFC 3370, 5.2; RFC 2268, 6).
pub(in crate::cipher) fn rc2_effective_bits(parameters_der: &[u8]) -> Option<u32> {
    let (version, _) = rc2_parameters(parameters_der)?;
    match version {
        // Only these three of the RFC's permutation of small values are in use.
        None => Some(32),
        Some(160) => Some(40),
        Some(120) => Some(64),
        Some(58) => Some(128),
        Some(bits @ 256..=1024) => Some(bits),
        Some(_) => None,
    }
}

/// Decrypts piece by piece, holding the last block back until its padding can be judged.
pub(super) struct LegacyDecryptor {
    mode: Mode,
    held: Zeroizing<[u8; BLOCK]>,
    held_len: usize,
}

impl LegacyDecryptor {
    pub(super) fn new(cipher: ContentCipher, key: &ContentKey, iv: &[u8]) -> Result<Self, CipherError> {
        let key = key.as_bytes();
        let mode = match cipher {
            ContentCipher::DesEde3Cbc => cbc::Decryptor::new_from_slices(key, iv)
                .ok()
                .map(|mode| Mode::TripleDes(Box::new(mode))),
            ContentCipher::DesCbc => cbc::Decryptor::new_from_slices(key, iv)
                .ok()
                .map(|mode| Mode::Des(Box::new(mode))),
            ContentCipher::Rc2Cbc { effective_bits } if (1..=128).contains(&key.len()) => {
                let rc2 = rc2::Rc2::new_with_eff_key_len(key, effective_bits as usize);
                cbc::Decryptor::inner_iv_slice_init(rc2, iv)
                    .ok()
                    .map(|mode| Mode::Rc2(Box::new(mode)))
            }
            _ => None,
        };
        Ok(Self {
            mode: mode.ok_or(CipherError::DecryptionFailed)?,
            held: Zeroizing::default(),
            held_len: 0,
        })
    }

    /// Decrypts into `out`, which has at least one block more than `ciphertext`.
    pub(super) fn update(&mut self, ciphertext: &[u8], out: &mut [u8]) -> Result<usize, CipherError> {
        let total = self.held_len + ciphertext.len();
        // All whole blocks but the last, which may be the end.
        let given = total.saturating_sub(1) / BLOCK * BLOCK;
        let failed = || CipherError::DecryptionFailed;
        let (now, rest) = ciphertext
            .split_at_checked(given.saturating_sub(self.held_len))
            .ok_or_else(failed)?;
        if given > 0 {
            let room = out.get_mut(..given).ok_or_else(failed)?;
            let (begin, room_rest) = room.split_at_mut_checked(self.held_len).ok_or_else(failed)?;
            begin.copy_from_slice(self.held.get(..self.held_len).ok_or_else(failed)?);
            room_rest.copy_from_slice(now);
            self.mode.decrypt(room);
            self.held_len = 0;
        }
        for byte in rest {
            *self.held.get_mut(self.held_len).ok_or_else(failed)? = *byte;
            self.held_len += 1;
        }
        Ok(given)
    }

    /// Decrypts the last block. The one error says nothing of what was wrong.
    pub(super) fn finish(mut self, out: &mut [u8]) -> Result<usize, CipherError> {
        let failed = || CipherError::DecryptionFailed;
        if self.held_len != BLOCK {
            return Err(failed());
        }
        self.mode.decrypt(&mut self.held[..]);
        let last = Pkcs7::raw_unpad(&self.held[..]).map_err(|_| failed())?;
        out.get_mut(..last.len())
            .ok_or_else(failed)?
            .copy_from_slice(last);
        Ok(last.len())
    }
}

enum Mode {
    Des(Box<cbc::Decryptor<des::Des>>),
    Rc2(Box<cbc::Decryptor<rc2::Rc2>>),
    TripleDes(Box<cbc::Decryptor<des::TdesEde3>>),
}

impl Mode {
    /// Decrypts whole blocks in place.
    fn decrypt(&mut self, data: &mut [u8]) {
        match self {
            Self::Des(mode) => mode.decrypt_blocks(Block::<des::Des>::slice_as_chunks_mut(data).0),
            Self::Rc2(mode) => mode.decrypt_blocks(Block::<rc2::Rc2>::slice_as_chunks_mut(data).0),
            Self::TripleDes(mode) => {
                mode.decrypt_blocks(Block::<des::TdesEde3>::slice_as_chunks_mut(data).0);
            }
        }
    }
}

fn rc2_parameters(parameters_der: &[u8]) -> Option<(Option<u32>, Vec<u8>)> {
    if let Ok(iv) = <&OctetStringRef>::from_der(parameters_der) {
        return Some((None, iv.as_bytes().to_vec()));
    }
    let mut reader = SliceReader::new(parameters_der).ok()?;
    let parameters = reader
        .sequence(|inner| -> der::Result<_> {
            let version = UintRef::decode(inner)?;
            let iv = <&OctetStringRef>::decode(inner)?;
            Ok((version.as_bytes().to_vec(), iv.as_bytes().to_vec()))
        })
        .ok()?;
    let version = parameters.0.iter().try_fold(0_u32, |value, byte| {
        value.checked_mul(256)?.checked_add((*byte).into())
    })?;
    Some((Some(version), parameters.1))
}

const BLOCK: usize = 8;

#[cfg(test)]
mod tests {
    use cbc::cipher::BlockModeEncrypt as _;

    use super::*;

    #[test]
    fn pieces_of_any_length_give_the_same() {
        for len in [0, 1, 7, 8, 9, 63, 64] {
            let content: Vec<u8> = (1..=len).collect();
            let mut buffer = [content.clone(), vec![0; BLOCK]].concat();
            let key = ContentKey::from_bytes(Zeroizing::new((1..=24).collect()));
            let sealed = cbc::Encryptor::<des::TdesEde3>::new_from_slices(key.as_bytes(), &[9; BLOCK])
                .unwrap()
                .encrypt_padded::<Pkcs7>(&mut buffer, content.len())
                .unwrap()
                .to_vec();
            for piece in 1..=sealed.len() {
                assert_eq!(in_pieces(&key, &sealed, piece).unwrap(), content, "{piece}");
            }
            for cut in 1..=BLOCK {
                let cut = &sealed[..sealed.len() - cut];
                assert!(cut.len() % BLOCK == 0 || in_pieces(&key, cut, 5).is_err());
            }
        }
    }

    fn in_pieces(key: &ContentKey, sealed: &[u8], piece: usize) -> Result<Vec<u8>, CipherError> {
        let mut decryptor = LegacyDecryptor::new(ContentCipher::DesEde3Cbc, key, &[9; BLOCK])?;
        let (mut opened, mut out) = (vec![], vec![0; sealed.len() + BLOCK]);
        for piece in sealed.chunks(piece) {
            let len = decryptor.update(piece, &mut out)?;
            opened.extend_from_slice(&out[..len]);
        }
        let len = decryptor.finish(&mut out)?;
        opened.extend_from_slice(&out[..len]);
        Ok(opened)
    }
}
