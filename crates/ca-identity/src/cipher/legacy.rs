//! The old block ciphers, for reading only (RFC 3370, 5).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit, KeyIvInit};
use der::asn1::{OctetStringRef, UintRef};
use der::{Decode, Reader, SliceReader};
use zeroize::Zeroizing;

use super::{CipherError, ContentCipher};

/// Reads the initialisation vector from the parameters of a CBC cipher: an OCTET STRING, or RC2CBCParameter.
pub(super) fn iv(cipher: ContentCipher, parameters_der: &[u8]) -> Result<Vec<u8>, CipherError> {
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
pub(super) fn rc2_effective_bits(parameters_der: &[u8]) -> Option<u32> {
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

/// Decrypts a whole content. The one error says nothing of what was wrong.
pub(super) fn decrypt(
    cipher: ContentCipher,
    key: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let failed = CipherError::DecryptionFailed;
    let length = match cipher {
        ContentCipher::DesEde3Cbc => cbc::Decryptor::<des::TdesEde3>::new_from_slices(key, iv)
            .map_err(|_| failed.clone())?
            .decrypt_padded::<Pkcs7>(&mut buffer)
            .map(<[u8]>::len),
        ContentCipher::DesCbc => cbc::Decryptor::<des::Des>::new_from_slices(key, iv)
            .map_err(|_| failed.clone())?
            .decrypt_padded::<Pkcs7>(&mut buffer)
            .map(<[u8]>::len),
        ContentCipher::Rc2Cbc { effective_bits } => {
            if key.is_empty() || key.len() > 128 {
                return Err(failed);
            }
            let rc2 = rc2::Rc2::new_with_eff_key_len(key, effective_bits as usize);
            cbc::Decryptor::<rc2::Rc2>::inner_iv_slice_init(rc2, iv)
                .map_err(|_| failed.clone())?
                .decrypt_padded::<Pkcs7>(&mut buffer)
                .map(<[u8]>::len)
        }
        _ => return Err(failed),
    }
    .map_err(|_| failed)?;
    buffer.truncate(length);
    Ok(buffer)
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
