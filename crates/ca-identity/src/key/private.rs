//! Private keys.

use zeroize::Zeroizing;

use super::{KeyAlgorithm, KeyError, KeyTransportError, PublicKey, RsaEncryption, SignError};
use crate::digest::DigestAlgorithm;
use crate::passphrase::Passphrase;
use crate::signature::SignatureScheme;

/// A private key, parsed once; clones share it.
#[derive(Clone)]
pub struct PrivateKey {
    public: PublicKey,
}

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`KeyError`] if the library fails to make one.
    pub fn generate(_algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        todo!()
    }

    /// Reads an unencrypted PKCS#8 PrivateKeyInfo or OneAsymmetricKey (RFC 5208, RFC 5958).
    ///
    /// # Errors
    /// [`KeyError`] if it is malformed or of a kind that is not supported.
    pub fn from_pkcs8_der(_der: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }

    /// Reads an encrypted PKCS#8 key (PBES2 with PBKDF2 or scrypt, RFC 8018).
    ///
    /// # Errors
    /// [`KeyError::Decryption`] for a wrong passphrase, others as for [`PrivateKey::from_pkcs8_der`].
    pub fn from_encrypted_pkcs8_der(_der: &[u8], _passphrase: &Passphrase) -> Result<Self, KeyError> {
        todo!()
    }

    /// Reads the first private key of a PEM text: PKCS#8, encrypted PKCS#8, PKCS#1 (RFC 8017) or SEC1 (RFC 5915).
    ///
    /// # Errors
    /// [`KeyError`], with [`KeyError::PassphraseRequired`] for an encrypted key without a passphrase.
    pub fn from_pem(_pem: &[u8], _passphrase: Option<&Passphrase>) -> Result<Self, KeyError> {
        todo!()
    }

    /// Returns the unencrypted PKCS#8 encoding (version 1; elliptic curve keys carry their public point).
    pub fn pkcs8_der(&self) -> &Zeroizing<Vec<u8>> {
        todo!()
    }

    /// Returns the unencrypted PKCS#8 encoding as PEM.
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        todo!()
    }

    /// Returns the PKCS#8 encoding as PEM, encrypted with scrypt and AES-256-CBC (PBES2).
    ///
    /// # Errors
    /// [`KeyError`] if the library fails.
    pub fn to_encrypted_pkcs8_pem(&self, _passphrase: &Passphrase) -> Result<String, KeyError> {
        todo!()
    }

    /// Returns the public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message.
    ///
    /// # Errors
    /// [`SignError::Unsupported`] if the key cannot make such a signature.
    pub fn sign(&self, _scheme: &SignatureScheme, _message: &[u8]) -> Result<Vec<u8>, SignError> {
        todo!()
    }

    /// Signs a digest computed by the caller with `scheme.digest()`; Ed25519 cannot.
    ///
    /// # Errors
    /// [`SignError::Unsupported`] if the key cannot make such a signature.
    pub fn sign_digest(&self, _scheme: &SignatureScheme, _digest: &[u8]) -> Result<Vec<u8>, SignError> {
        todo!()
    }

    /// Decrypts a content-encryption key with RSA.
    ///
    /// With PKCS#1 v1.5 a failure must not be told to the sender of the message: use
    /// [`PrivateKey::rsa_decrypt_or_random`].
    ///
    /// # Errors
    /// [`KeyTransportError::Failed`] for every ciphertext that does not decrypt.
    pub fn rsa_decrypt(
        &self,
        _encryption: RsaEncryption,
        _ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyTransportError> {
        todo!()
    }

    /// Decrypts a content-encryption key of `len` bytes with RSA, giving a random one in its place for every
    /// ciphertext that does not decrypt to exactly that length (RFC 3218, 2.3.2): the decryption of the content
    /// then fails like that of any damaged message.
    ///
    /// # Errors
    /// Only those that do not depend on the ciphertext's padding: the wrong kind of key, no random bytes.
    pub fn rsa_decrypt_or_random(
        &self,
        _encryption: RsaEncryption,
        _ciphertext: &[u8],
        _len: usize,
    ) -> Result<Zeroizing<Vec<u8>>, KeyTransportError> {
        todo!()
    }

    /// Returns the shared secret Z of ECDH (the x coordinate), not yet passed through a key derivation function.
    ///
    /// # Errors
    /// [`KeyTransportError`] if the curves differ or the peer's point is not on the curve.
    pub fn agree(&self, _peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyTransportError> {
        todo!()
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let _: Option<DigestAlgorithm> = None;
        f.write_str("PrivateKey(redacted)")
    }
}
