//! Public keys.

use super::{KeyAlgorithm, KeyError, KeyKind, KeyTransportError, RsaEncryption};

/// A public key, as a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    spki: Vec<u8>,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if it is not one. A key of an unknown kind is read and has the kind
    /// [`KeyKind::Other`].
    pub fn from_spki_der(_der: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }

    /// Makes the public key of a point on the curve of `self`: an originator's ephemeral key (RFC 5753, 3.1.1).
    ///
    /// # Errors
    /// [`KeyError`] if `self` is not an elliptic curve key or `point` cannot be a point of its curve.
    pub fn with_point(&self, _point: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }

    /// Returns the SubjectPublicKeyInfo.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// Returns the content of the subjectPublicKey BIT STRING.
    pub fn key_bytes(&self) -> &[u8] {
        todo!()
    }

    /// Returns the kind of key.
    pub fn kind(&self) -> KeyKind {
        todo!()
    }

    /// Returns the kind of key if it is one that can be made here.
    pub fn key_algorithm(&self) -> Option<KeyAlgorithm> {
        todo!()
    }

    /// Returns the SHA-1 digest of the subjectPublicKey BIT STRING (RFC 5280, 4.2.1.2, method 1).
    pub fn subject_key_identifier(&self) -> [u8; 20] {
        todo!()
    }

    /// Encrypts a content-encryption key with RSA.
    ///
    /// # Errors
    /// [`KeyTransportError`] if this is not an RSA key of 2048 to 8192 bits or `plaintext` is too long for it.
    pub fn rsa_encrypt(
        &self,
        _encryption: RsaEncryption,
        _plaintext: &[u8],
    ) -> Result<Vec<u8>, KeyTransportError> {
        todo!()
    }
}
