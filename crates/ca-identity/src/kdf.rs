//! Key derivation.

use zeroize::Zeroizing;

use crate::digest::DigestAlgorithm;

/// Derives `len` bytes from a shared secret with the key derivation function of ANSI X9.63 (SEC 1, 3.6.1; RFC 5753).
pub fn x963_kdf(_digest: DigestAlgorithm, _z: &[u8], _shared_info: &[u8], _len: usize) -> Zeroizing<Vec<u8>> {
    todo!()
}
