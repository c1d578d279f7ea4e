//! Triple DES key wrap (RFC 3217 3), for reading only.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use super::KeyWrapError;
use crate::DigestAlgorithm;
use crate::cipher::blocks::BlockCipher;
use crate::digest::digest;

/// id-alg-CMS3DESwrap (RFC 3370 4.3.1).
pub const TRIPLE_DES_WRAP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.6");

/// The length of its key-encryption key in bytes.
pub const TRIPLE_DES_KEY_LEN: usize = 24;

/// Unwraps a Triple DES key with the key-encryption key `kek`.
///
/// # Errors
/// [`KeyWrapError`] if the check fails or a length does not fit.
pub fn triple_des_unwrap(kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyWrapError> {
    if kek.len() != TRIPLE_DES_KEY_LEN || wrapped.len() != BLOCK + TRIPLE_DES_KEY_LEN + BLOCK {
        return Err(KeyWrapError);
    }
    let engine = BlockCipher::TripleDes(kek);
    let mut data = Zeroizing::new(wrapped.to_vec());
    engine.decrypt(&OUTER_IV, &mut data).ok_or(KeyWrapError)?;
    data.reverse();
    let (iv, inner) = data.split_at_mut_checked(BLOCK).ok_or(KeyWrapError)?;
    engine.decrypt(iv, inner).ok_or(KeyWrapError)?;
    let (key, check) = inner.split_at_checked(TRIPLE_DES_KEY_LEN).ok_or(KeyWrapError)?;
    let digest = digest(DigestAlgorithm::Sha1, key);
    verify_slices_are_equal(digest.get(..BLOCK).unwrap_or_default(), check).map_err(|_| KeyWrapError)?;
    Ok(Zeroizing::new(key.to_vec()))
}

const BLOCK: usize = 8;
/// The fixed initialisation vector of the second encryption.
const OUTER_IV: [u8; BLOCK] = [0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05];

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3217 3.4.
    #[test]
    fn known_answer() {
        let [kek, key, wrapped] = [
            "255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f",
            "2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98",
            "690107618ef092b3b48ca1796b234ae9fa33ebb4159604037db5d6a84eb3aac2768c632775a467d4",
        ]
        .map(|text| hex::decode(text).unwrap());
        assert_eq!(*triple_des_unwrap(&kek, &wrapped).unwrap(), key);
        for changed in 0..wrapped.len() {
            let mut damaged = wrapped.clone();
            damaged[changed] ^= 1;
            assert_eq!(triple_des_unwrap(&kek, &damaged), Err(KeyWrapError));
        }
        assert!(triple_des_unwrap(&kek[1..], &wrapped).is_err());
        assert!(triple_des_unwrap(&kek, &wrapped[8..]).is_err());
    }
}
