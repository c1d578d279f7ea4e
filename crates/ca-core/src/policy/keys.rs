//! Which keys a policy accepts.

use identity::{KeyAlgorithm, KeyKind};

/// The rules for keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRules {
    pub(super) default: KeyAlgorithm,
    pub(super) allowed: Vec<KeyAlgorithm>,
    pub(super) minimum_rsa_bits: u32,
    pub(super) minimum_ec_bits: u32,
}

impl KeyRules {
    /// Returns the key that is made when the request names none.
    pub fn default_key(&self) -> KeyAlgorithm {
        self.default
    }

    /// Returns the keys that may be made, in the order of the file.
    pub fn allowed(&self) -> &[KeyAlgorithm] {
        &self.allowed
    }

    /// Returns the shortest RSA modulus accepted, in bits.
    pub fn minimum_rsa_bits(&self) -> u32 {
        self.minimum_rsa_bits
    }

    /// Returns the smallest elliptic curve accepted, in bits of its field.
    pub fn minimum_ec_bits(&self) -> u32 {
        self.minimum_ec_bits
    }

    /// Tells whether a key, made here or brought by its holder, is accepted.
    ///
    /// An RSA key of another size than those named is accepted if some RSA key is allowed and it is no shorter than
    /// the minimum and no longer than 8192 bits, a multiple of 8.
    pub fn accepts(&self, _kind: &KeyKind) -> bool {
        todo!()
    }
}
