//! PWRI-KEK, the key wrap of recipients who know a password (RFC 3211 2.3; RFC 5652 6.3 leaves it as it is).

use zeroize::Zeroizing;

use super::KeyWrapError;
use crate::cipher::blocks::BlockCipher;
use crate::cipher::stream::legacy::iv;
use crate::{ContentCipher, random};

/// Wraps `key` with the key-encryption key `kek` under a random initialisation vector; returns the DER encoding of the
/// cipher's parameters and the wrapped key.
///
/// # Errors
/// [`KeyWrapError`] if `cipher` is not AES in CBC mode, a length does not fit, or no random octets are to be had.
pub fn password_wrap(
    cipher: ContentCipher,
    kek: &[u8],
    key: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), KeyWrapError> {
    if !cipher.can_encrypt() {
        return Err(KeyWrapError);
    }
    let mut iv = vec![0; cipher.iv_len()];
    random::fill(&mut iv).map_err(|_| KeyWrapError)?;
    let engine = engine(cipher, kek).ok_or(KeyWrapError)?;
    let mut padding = vec![0; 2 * engine.block_len()];
    random::fill(&mut padding).map_err(|_| KeyWrapError)?;
    let wrapped = wrap(&engine, &iv, key, &padding).ok_or(KeyWrapError)?;
    // An OCTET STRING of at most 16 octets.
    let parameters = [&[0x04, iv.len() as u8][..], &iv].concat();
    Ok((parameters, wrapped))
}

/// Unwraps a key with the key-encryption key `kek`. `cipher` is AES or Triple DES in CBC mode, `parameters_der` its
/// parameters.
///
/// The check is of three octets: one wrong key in some ten million passes it.
///
/// # Errors
/// [`KeyWrapError`] if the check fails, a length does not fit or the cipher is another.
pub fn password_unwrap(
    cipher: ContentCipher,
    parameters_der: &[u8],
    kek: &[u8],
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeyWrapError> {
    let engine = engine(cipher, kek).ok_or(KeyWrapError)?;
    let iv = iv(cipher, parameters_der).map_err(|_| KeyWrapError)?;
    unwrap(&engine, &iv, wrapped).ok_or(KeyWrapError)
}

fn engine(cipher: ContentCipher, kek: &[u8]) -> Option<BlockCipher<'_>> {
    if kek.len() != cipher.key_len() {
        return None;
    }
    match cipher {
        ContentCipher::Aes128Cbc | ContentCipher::Aes192Cbc | ContentCipher::Aes256Cbc => {
            Some(BlockCipher::Aes(kek))
        }
        ContentCipher::DesEde3Cbc => Some(BlockCipher::TripleDes(kek)),
        _ => None,
    }
}

/// RFC 3211 2.3.1: length, three check octets, the key, random padding to two blocks or more; encrypted twice, the
/// second time with the last block as initialisation vector.
fn wrap(engine: &BlockCipher<'_>, iv: &[u8], key: &[u8], padding: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(key.len()).ok()?;
    let check: Vec<u8> = key.get(..CHECK)?.iter().map(|octet| !octet).collect();
    let block = engine.block_len();
    let filled = (1 + CHECK + key.len()).next_multiple_of(block).max(2 * block);
    let mut data = Zeroizing::new(Vec::with_capacity(filled));
    data.push(length);
    data.extend_from_slice(&check);
    data.extend_from_slice(key);
    let missing = filled - data.len();
    data.extend_from_slice(padding.get(..missing)?);
    engine.encrypt(iv, &mut data)?;
    let last = data.get(filled - block..)?.to_vec();
    engine.encrypt(&last, &mut data)?;
    Some(data.to_vec())
}

/// RFC 3211 2.3.2.
fn unwrap(engine: &BlockCipher<'_>, iv: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let block = engine.block_len();
    if wrapped.len() < 2 * block || !wrapped.len().is_multiple_of(block) || wrapped.len() > LONGEST {
        return None;
    }
    // The last block of the first encryption is the vector of the second: it comes out of the last two blocks alone.
    let (_, end) = wrapped.split_at_checked(wrapped.len() - 2 * block)?;
    let (before, last) = end.split_at_checked(block)?;
    let mut vector = last.to_vec();
    engine.decrypt(before, &mut vector)?;
    let mut data = Zeroizing::new(wrapped.to_vec());
    engine.decrypt(&vector, &mut data)?;
    engine.decrypt(iv, &mut data)?;

    let (head, rest) = data.split_at_checked(1 + CHECK)?;
    let (length, check) = head.split_first()?;
    let key = rest.get(..usize::from(*length))?;
    let is_sound = check.len() == CHECK && key.len() >= CHECK && key.iter().zip(check).all(|(a, b)| *a == !b);
    is_sound.then(|| Zeroizing::new(key.to_vec()))
}

/// How many octets of the key are repeated for the check.
const CHECK: usize = 3;
/// A length octet, the check, the longest key and its padding.
const LONGEST: usize = 1 + CHECK + 255 + 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    /// RFC 3211 4, the second of its vectors (the first is DES); and one for AES from the tests of Bouncy Castle.
    #[test]
    fn known_answers() {
        for (cipher, kek, iv, padding, key, wrapped) in [
            (
                ContentCipher::DesEde3Cbc,
                "6a8970bf68c92caea84a8df28510858607126380cc47ab2d",
                "baf1ca7931213c4e",
                "fa060a45",
                "8c637d887223a2f965b566eb014b0fa5d52300a3f7ea40fffc577203c71baf3b",
                "c03c514abdb9e2c5aac038572b5e24553876b377aafb82eca5a9d73f8ab143d9ec74e6cad7db260c",
            ),
            (
                ContentCipher::Aes128Cbc,
                "000102030405060708090a0b0c0d0e0f",
                "000102030405060708090a0b0c0d0e0f",
                "9688df2af1b7b1ac9688df2a",
                "00112233445566778899aabbccddeeff",
                "7c8798dfc802553b3f00bb4315e3a087322725c92398b9c112c74d0925c63b61",
            ),
        ] {
            let [kek, iv, padding, key, wrapped] = [kek, iv, padding, key, wrapped].map(octets);
            let engine = engine(cipher, &kek).unwrap();
            assert_eq!(wrap(&engine, &iv, &key, &padding).unwrap(), wrapped);
            let parameters = [&[4, iv.len() as u8][..], &iv].concat();
            assert_eq!(
                *password_unwrap(cipher, &parameters, &kek, &wrapped).unwrap(),
                key
            );
        }
    }

    #[test]
    fn every_key_comes_back_and_another_kek_opens_nothing() {
        for cipher in [
            ContentCipher::Aes128Cbc,
            ContentCipher::Aes192Cbc,
            ContentCipher::Aes256Cbc,
        ] {
            let kek = vec![7; cipher.key_len()];
            for length in [8, 16, 24, 32, 255] {
                let key = vec![length; usize::from(length)];
                let (parameters, wrapped) = password_wrap(cipher, &kek, &key).unwrap();
                assert_eq!(
                    *password_unwrap(cipher, &parameters, &kek, &wrapped).unwrap(),
                    key
                );
                let other = vec![8; cipher.key_len()];
                assert_eq!(
                    password_unwrap(cipher, &parameters, &other, &wrapped),
                    Err(KeyWrapError)
                );
                assert!(password_unwrap(cipher, &parameters, &kek, &wrapped[1..]).is_err());
                assert!(password_unwrap(cipher, &[], &kek, &wrapped).is_err());
            }
        }
        for (cipher, kek, key) in [
            (ContentCipher::Aes256Cbc, 16, 32),
            (ContentCipher::Aes256Gcm, 32, 32),
            (ContentCipher::DesEde3Cbc, 24, 32),
            (ContentCipher::Aes256Cbc, 32, 256),
            (ContentCipher::Aes256Cbc, 32, 2),
        ] {
            assert!(
                password_wrap(cipher, &vec![0; kek], &vec![0; key]).is_err(),
                "{cipher}"
            );
        }
    }
}
