//! The schemes before PBES2: those of PKCS#12 (RFC 7292, C) and PBES1 (RFC 8018, 6.1).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{
    BlockCipherDecrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser, InnerIvInit, KeyInit, typenum::U8,
};
use der::asn1::ObjectIdentifier;
use hmac::digest::Digest;
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use zeroize::Zeroizing;

use super::super::password::Candidate;
use super::super::{Pkcs12Error, oids};

/// A key derivation and a cipher of 64-bit blocks in CBC mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pkcs12) enum OldScheme {
    Pkcs12TripleDes,
    Pkcs12TwoKeyTripleDes,
    Pkcs12Rc2Bits128,
    Pkcs12Rc2Bits40,
    Pbes1Md5Des,
    Pbes1Md5Rc2,
    Pbes1Sha1Des,
    Pbes1Sha1Rc2,
}

impl OldScheme {
    pub(super) fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        Some(match oid {
            oids::PBE_SHA1_3DES => Self::Pkcs12TripleDes,
            oids::PBE_SHA1_2DES => Self::Pkcs12TwoKeyTripleDes,
            oids::PBE_SHA1_RC2_128 => Self::Pkcs12Rc2Bits128,
            oids::PBE_SHA1_RC2_40 => Self::Pkcs12Rc2Bits40,
            oids::PBES1_MD5_DES => Self::Pbes1Md5Des,
            oids::PBES1_MD5_RC2 => Self::Pbes1Md5Rc2,
            oids::PBES1_SHA1_DES => Self::Pbes1Sha1Des,
            oids::PBES1_SHA1_RC2 => Self::Pbes1Sha1Rc2,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pkcs12TripleDes => "pkcs12-sha1-3des",
            Self::Pkcs12TwoKeyTripleDes => "pkcs12-sha1-2key-3des",
            Self::Pkcs12Rc2Bits128 => "pkcs12-sha1-rc2-128",
            Self::Pkcs12Rc2Bits40 => "pkcs12-sha1-rc2-40",
            Self::Pbes1Md5Des => "pbes1-md5-des",
            Self::Pbes1Md5Rc2 => "pbes1-md5-rc2-64",
            Self::Pbes1Sha1Des => "pbes1-sha1-des",
            Self::Pbes1Sha1Rc2 => "pbes1-sha1-rc2-64",
        }
    }

    /// Tells whether a machine guesses the key itself or the cipher is out of use: everything but Triple DES.
    pub(super) fn is_weak(self) -> bool {
        !matches!(self, Self::Pkcs12TripleDes | Self::Pkcs12TwoKeyTripleDes)
    }

    /// Decrypts; `None` if the padding shows that the password does not fit.
    pub(super) fn decrypt(
        self,
        password: &Candidate,
        salt: &[u8],
        iterations: u32,
        ciphertext: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (key, iv) = self.key_and_iv(password, salt, iterations);
        match self {
            Self::Pkcs12TripleDes | Self::Pkcs12TwoKeyTripleDes => {
                unpadded(des::TdesEde3::new_from_slice(&key).ok()?, &iv, ciphertext)
            }
            Self::Pbes1Md5Des | Self::Pbes1Sha1Des => {
                unpadded(des::Des::new_from_slice(&key).ok()?, &iv, ciphertext)
            }
            Self::Pkcs12Rc2Bits128 | Self::Pkcs12Rc2Bits40 | Self::Pbes1Md5Rc2 | Self::Pbes1Sha1Rc2 => {
                let cipher = rc2::Rc2::new_with_eff_key_len(&key, 8 * key.len());
                unpadded(cipher, &iv, ciphertext)
            }
        }
    }

    fn key_and_iv(
        self,
        password: &Candidate,
        salt: &[u8],
        iterations: u32,
    ) -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
        let key_len = match self {
            Self::Pkcs12TripleDes => 24,
            Self::Pkcs12TwoKeyTripleDes | Self::Pkcs12Rc2Bits128 => 16,
            Self::Pkcs12Rc2Bits40 => 5,
            Self::Pbes1Md5Des | Self::Pbes1Md5Rc2 => {
                return pbkdf1::<md5::Md5>(&password.utf8, salt, iterations);
            }
            Self::Pbes1Sha1Des | Self::Pbes1Sha1Rc2 => {
                return pbkdf1::<sha1::Sha1>(&password.utf8, salt, iterations);
            }
        };
        let rounds = i32::try_from(iterations).unwrap_or(i32::MAX);
        let derive = |kind, length| {
            Zeroizing::new(derive_key::<sha1::Sha1>(
                &password.utf16,
                salt,
                kind,
                rounds,
                length,
            ))
        };
        let mut key = derive(Pkcs12KeyType::EncryptionKey, key_len);
        if self == Self::Pkcs12TwoKeyTripleDes {
            key = Zeroizing::new([&key[..], &key[..8]].concat());
        }
        (key, derive(Pkcs12KeyType::Iv, BLOCK))
    }
}

/// Encrypts with pbeWithSHAAnd3-KeyTripleDES-CBC.
pub(super) fn encrypt_triple_des(
    password: &Candidate,
    salt: &[u8],
    iterations: u32,
    plaintext: &[u8],
) -> Result<Vec<u8>, Pkcs12Error> {
    let failed = || Pkcs12Error::Unsupported {
        what: "Triple DES".to_owned(),
    };
    let (key, iv) = OldScheme::Pkcs12TripleDes.key_and_iv(password, salt, iterations);
    let cipher = des::TdesEde3::new_from_slice(&key).map_err(|_| failed())?;
    let mut buffer = Zeroizing::new([plaintext, &[0; BLOCK]].concat());
    cbc::Encryptor::inner_iv_slice_init(cipher, &iv)
        .map_err(|_| failed())?
        .encrypt_padded::<Pkcs7>(&mut buffer, plaintext.len())
        .map(<[u8]>::to_vec)
        .map_err(|_| failed())
}

fn unpadded<C: BlockCipherDecrypt + BlockSizeUser<BlockSize = U8>>(
    cipher: C,
    iv: &[u8],
    ciphertext: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let length = cbc::Decryptor::inner_iv_slice_init(cipher, iv)
        .ok()?
        .decrypt_padded::<Pkcs7>(&mut buffer)
        .ok()?
        .len();
    buffer.truncate(length);
    Some(buffer)
}

/// RFC 8018, 5.1 and 6.1.1: the first eight bytes are the key, the next eight the initialisation vector.
fn pbkdf1<D: Digest>(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
) -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
    let mut hash = D::new().chain_update(password).chain_update(salt).finalize();
    for _ in 1..iterations {
        hash = D::digest(&hash);
    }
    let part = |from: usize| Zeroizing::new(hash.iter().skip(from).take(BLOCK).copied().collect());
    (part(0), part(BLOCK))
}

const BLOCK: usize = 8;
