//! Private keys.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::agreement;
use aws_lc_rs::digest as aws_digest;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeySize, OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{
    EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use zeroize::Zeroizing;

use super::algorithm::oaep_algorithm;
use super::ec::{self, Curve};
use super::encoding::Form;
use super::{
    KeyAlgorithm, KeyError, KeyKind, KeyTransportError, PublicKey, ReadOptions, RsaEncryption, SignError,
    encoding, encrypted, traditional,
};
use crate::backend::{self, RsaPadding};
use crate::digest::{DigestAlgorithm, digest};
use crate::passphrase::Passphrase;
use crate::signature::SignatureScheme;
use crate::{asn1, pem, random};

/// A private key, parsed once; clones share it.
#[derive(Clone)]
pub struct PrivateKey(Arc<Inner>);

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`KeyError`] if the library fails to make one.
    ///
    /// # Examples
    /// ```
    /// use identity::{KeyAlgorithm, PrivateKey, SignatureScheme, verify};
    ///
    /// let key = PrivateKey::generate(KeyAlgorithm::EcP256)?;
    /// let scheme = SignatureScheme::default_for(key.public_key())?;
    /// let signature = key.sign(&scheme, b"message")?;
    /// verify(key.public_key(), &scheme, b"message", &signature)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        let failed = || KeyError::UnsupportedKey {
            what: format!("{algorithm} (the library could not make one)"),
        };
        let rsa = |size| -> Result<Zeroizing<Vec<u8>>, KeyError> {
            let pair = RsaKeyPair::generate(size).map_err(|_| failed())?;
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| failed())?;
            Ok(Zeroizing::new(der.as_ref().to_vec()))
        };
        let der = match algorithm {
            KeyAlgorithm::Rsa2048 => rsa(KeySize::Rsa2048)?,
            KeyAlgorithm::Rsa3072 => rsa(KeySize::Rsa3072)?,
            KeyAlgorithm::Rsa4096 => rsa(KeySize::Rsa4096)?,
            KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => {
                let curve = Curve::of(algorithm.kind()).ok_or_else(failed)?;
                let pair = EcdsaKeyPair::generate(curve.signing).map_err(|_| failed())?;
                Zeroizing::new(pair.to_pkcs8v1().map_err(|_| failed())?.as_ref().to_vec())
            }
            KeyAlgorithm::Ed25519 => {
                let pair = Ed25519KeyPair::generate().map_err(|_| failed())?;
                Zeroizing::new(pair.to_pkcs8v1().map_err(|_| failed())?.as_ref().to_vec())
            }
        };
        Self::from_pkcs8_der(&der)
    }

    /// Reads an unencrypted PKCS#8 PrivateKeyInfo or OneAsymmetricKey (RFC 5208, RFC 5958).
    ///
    /// # Errors
    /// [`KeyError`] if it is malformed or of a kind that is not supported.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_pkcs8_der_with(der, ReadOptions::default())
    }

    /// As [`PrivateKey::from_pkcs8_der`], with a say in what may be read.
    ///
    /// # Errors
    /// As [`PrivateKey::from_pkcs8_der`].
    pub fn from_pkcs8_der_with(der: &[u8], options: ReadOptions) -> Result<Self, KeyError> {
        let parsed = encoding::parse_pkcs8(der, options)?;
        Ok(Self(Arc::new(Inner {
            public: PublicKey::from_spki_der(&parsed.spki)?,
            pkcs8: parsed.pkcs8,
            secret: parsed.secret,
        })))
    }

    /// Reads an encrypted PKCS#8 key: PBES2 with PBKDF2 or scrypt (RFC 8018), or Triple DES of PKCS#12; PBES1 with
    /// [`ReadOptions::legacy`] only.
    ///
    /// # Errors
    /// [`KeyError::Decryption`] for a wrong passphrase, others as for [`PrivateKey::from_pkcs8_der`].
    pub fn from_encrypted_pkcs8_der(
        der: &[u8],
        passphrase: &Passphrase,
        options: ReadOptions,
    ) -> Result<Self, KeyError> {
        let pkcs8 = encrypted::open(der, passphrase, options)?;
        nonsense_is_wrong_passphrase(Self::from_pkcs8_der_with(&pkcs8, options))
    }

    /// Reads a private key in bare DER or BER: PKCS#8, encrypted PKCS#8, PKCS#1 (RFC 8017) or SEC1 (RFC 5915); gives `None` for
    /// what is no private key.
    ///
    /// # Errors
    /// As [`PrivateKey::from_pem`].
    pub fn from_der(
        bytes: &[u8],
        passphrase: Option<&Passphrase>,
        options: ReadOptions,
    ) -> Option<Result<Self, KeyError>> {
        let der = Zeroizing::new(asn1::to_definite(bytes).ok()?);
        Some(match Form::of(&der)? {
            Form::EncryptedPkcs8 => match passphrase {
                Some(passphrase) => Self::from_encrypted_pkcs8_der(&der, passphrase, options),
                None => Err(KeyError::PassphraseRequired),
            },
            form => Self::from_form(form, &der, options),
        })
    }

    /// Reads the first private key of a PEM text: PKCS#8, encrypted PKCS#8, PKCS#1 (RFC 8017) or SEC1 (RFC 5915), also under
    /// the old encryption of OpenSSL.
    ///
    /// # Errors
    /// [`KeyError`], with [`KeyError::PassphraseRequired`] for an encrypted key without a passphrase.
    ///
    /// # Examples
    /// ```
    /// use identity::{KeyAlgorithm, Passphrase, PrivateKey};
    ///
    /// let key = PrivateKey::generate(KeyAlgorithm::Ed25519)?;
    /// let passphrase = Passphrase::generate()?;
    /// let pem = key.to_encrypted_pkcs8_pem(&passphrase)?;
    /// let read = PrivateKey::from_pem(pem.as_bytes(), Some(&passphrase))?;
    /// assert_eq!(read.public_key(), key.public_key());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_pem(text: &[u8], passphrase: Option<&Passphrase>) -> Result<Self, KeyError> {
        Self::from_pem_with(text, passphrase, ReadOptions::default())
    }

    /// As [`PrivateKey::from_pem`], with a say in what may be read.
    ///
    /// # Errors
    /// As [`PrivateKey::from_pem`].
    pub fn from_pem_with(
        text: &[u8],
        passphrase: Option<&Passphrase>,
        options: ReadOptions,
    ) -> Result<Self, KeyError> {
        let blocks = pem::decode(text).map_err(|error| KeyError::Malformed {
            reason: error.to_string(),
        })?;
        blocks
            .iter()
            .find_map(|block| Self::from_pem_block(block, passphrase, options))
            .unwrap_or(Err(KeyError::NoPrivateKey))
    }

    /// Reads a PEM block, giving `None` for one that is no private key.
    ///
    /// # Errors
    /// As [`PrivateKey::from_pem`].
    pub fn from_pem_block(
        block: &pem::Block,
        passphrase: Option<&Passphrase>,
        options: ReadOptions,
    ) -> Option<Result<Self, KeyError>> {
        let form = match block.label.as_str() {
            "RSA PRIVATE KEY" => Form::Pkcs1,
            "EC PRIVATE KEY" => Form::Sec1,
            _ => Form::Pkcs8,
        };
        let plain = |der: &[u8]| Self::from_form(form, der, options);
        Some(match block.label.as_str() {
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" if traditional::is_encrypted(block) => {
                match passphrase {
                    Some(passphrase) => traditional::open(block, passphrase, options)
                        .and_then(|der| nonsense_is_wrong_passphrase(plain(&der))),
                    None => Err(KeyError::PassphraseRequired),
                }
            }
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => plain(&block.der),
            "ENCRYPTED PRIVATE KEY" => match passphrase {
                Some(passphrase) => Self::from_encrypted_pkcs8_der(&block.der, passphrase, options),
                None => Err(KeyError::PassphraseRequired),
            },
            label if label.ends_with("PRIVATE KEY") => Err(KeyError::UnsupportedKey {
                what: label.to_owned(),
            }),
            _ => return None,
        })
    }

    /// Returns the unencrypted PKCS#8 encoding (version 1; elliptic curve keys carry their public point).
    pub fn pkcs8_der(&self) -> &Zeroizing<Vec<u8>> {
        &self.0.pkcs8
    }

    /// Returns the unencrypted PKCS#8 encoding as PEM.
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(pem::encode("PRIVATE KEY", &self.0.pkcs8))
    }

    /// Returns the PKCS#8 encoding as PEM, encrypted with scrypt and AES-256-CBC (PBES2).
    ///
    /// # Errors
    /// [`KeyError`] if the library fails.
    pub fn to_encrypted_pkcs8_pem(&self, passphrase: &Passphrase) -> Result<String, KeyError> {
        Ok(pem::encode(
            "ENCRYPTED PRIVATE KEY",
            &encrypted::seal(&self.0.pkcs8, passphrase)?,
        ))
    }

    /// Returns the public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public
    }

    /// Signs a message.
    ///
    /// # Errors
    /// [`SignError::Unsupported`] if the key cannot make such a signature.
    pub fn sign(&self, scheme: &SignatureScheme, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match (&self.0.secret, scheme) {
            (Secret::Ed25519(pair), SignatureScheme::Ed25519) => Ok(pair
                .try_sign(message)
                .map_err(|_| self.sign_failed())?
                .as_ref()
                .to_vec()),
            _ => self.sign_digest(scheme, &digest(scheme.digest(), message)),
        }
    }

    /// Signs a digest computed by the caller with `scheme.digest()`; Ed25519 cannot.
    ///
    /// # Errors
    /// [`SignError::Unsupported`] if the key cannot make such a signature.
    pub fn sign_digest(&self, scheme: &SignatureScheme, digest: &[u8]) -> Result<Vec<u8>, SignError> {
        let unsupported = || SignError::Unsupported {
            key: self.kind(),
            scheme: scheme.to_string(),
        };
        match (&self.0.secret, scheme) {
            (Secret::Rsa { signing, .. }, _) => {
                let (encoding, algorithm) = rsa_encoding(self.kind(), *scheme).ok_or_else(unsupported)?;
                let digest = aws_digest::Digest::import_less_safe(digest, algorithm)
                    .map_err(|_| self.sign_failed())?;
                let mut signature = vec![0; signing.public_modulus_len()];
                signing
                    .sign_digest(encoding, &digest, &mut signature)
                    .map_err(|_| self.sign_failed())?;
                Ok(signature)
            }
            (Secret::Ec { signing, .. }, SignatureScheme::Ecdsa(algorithm))
                if !algorithm.is_weak() && digest.len() == algorithm.output_len() =>
            {
                let curve = Curve::of(self.kind()).ok_or_else(unsupported)?;
                let digest = curve.fit(digest).ok_or_else(|| self.sign_failed())?;
                Ok(signing
                    .sign_digest(&digest)
                    .map_err(|_| self.sign_failed())?
                    .as_ref()
                    .to_vec())
            }
            _ => Err(unsupported()),
        }
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
        encryption: &RsaEncryption,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyTransportError> {
        let (mut out, len) = self.rsa_decrypt_whole(encryption, ciphertext)?;
        out.truncate(len.ok_or(KeyTransportError::Failed)?);
        Ok(out)
    }

    /// Reads an unencrypted key.
    fn from_form(form: Form, der: &[u8], options: ReadOptions) -> Result<Self, KeyError> {
        match form {
            Form::Pkcs1 => Self::from_pkcs8_der_with(&encoding::wrap_pkcs1(der), options),
            Form::Sec1 => encoding::wrap_sec1(der).and_then(|der| Self::from_pkcs8_der_with(&der, options)),
            Form::Pkcs8 | Form::EncryptedPkcs8 => Self::from_pkcs8_der_with(der, options),
        }
    }

    /// Decrypts into a buffer of the modulus' length, and tells how much of it counts: `None` where the ciphertext does
    /// not decrypt. The buffer is returned in both cases, so that wiping it takes as long.
    fn rsa_decrypt_whole(
        &self,
        encryption: &RsaEncryption,
        ciphertext: &[u8],
    ) -> Result<(Zeroizing<Vec<u8>>, Option<usize>), KeyTransportError> {
        if let Some(padding) = self.padding_beyond_the_safe_interface(encryption)? {
            // There is no buffer only where the key itself cannot be used, which no ciphertext decides.
            return Ok(backend::rsa_decrypt(&self.0.pkcs8, padding, ciphertext).unwrap_or_default());
        }
        let key = self.decrypting_key()?;
        let mut out = Zeroizing::new(vec![0; key.key_size_bytes()]);
        let len = match encryption {
            RsaEncryption::Pkcs1v15 => Pkcs1PrivateDecryptingKey::new(key.clone())
                .and_then(|key| key.decrypt(ciphertext, &mut out).map(|plaintext| plaintext.len())),
            RsaEncryption::Oaep {
                digest,
                mgf1_digest,
                label,
            } => {
                let algorithm = oaep_algorithm(*digest, *mgf1_digest)?;
                OaepPrivateDecryptingKey::new(key.clone()).and_then(|key| {
                    key.decrypt(algorithm, ciphertext, &mut out, Some(label))
                        .map(|plaintext| plaintext.len())
                })
            }
        };
        Ok((out, len.ok()))
    }

    /// Decrypts a content-encryption key of `len` bytes with RSA, giving a random one in its place for every
    /// ciphertext that does not decrypt to exactly that length (RFC 3218, 2.3.2): the decryption of the content
    /// then fails like that of any damaged message.
    ///
    /// # Errors
    /// Only those that do not depend on the ciphertext's padding: the wrong kind of key, no random bytes.
    pub fn rsa_decrypt_or_random(
        &self,
        encryption: &RsaEncryption,
        ciphertext: &[u8],
        len: usize,
    ) -> Result<Zeroizing<Vec<u8>>, KeyTransportError> {
        // Drawn in every case, so that a good ciphertext takes no shorter than a bad one.
        let mut chosen = Zeroizing::new(vec![0; len]);
        random::fill(&mut chosen)?;
        let (candidate, found) = self.rsa_decrypt_whole(encryption, ciphertext)?;
        let mask = std::hint::black_box(u8::from(found == Some(len))).wrapping_neg();
        for (chosen, candidate) in chosen.iter_mut().zip(candidate.iter()) {
            *chosen = (*chosen & !mask) | (candidate & mask);
        }
        Ok(chosen)
    }

    /// Returns the shared secret Z of ECDH (the x coordinate, or the output of X25519), not yet passed through a key derivation function.
    ///
    /// # Errors
    /// [`KeyTransportError`] if the curves differ, the peer's point is not on the curve, or the secret of X25519
    /// is zero.
    pub fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyTransportError> {
        match &self.0.secret {
            Secret::Ec { agreement, .. } | Secret::X25519(agreement) => {
                ec::agree(self.kind(), agreement, peer)
            }
            _ => Err(self.unsupported_for("key agreement")),
        }
    }

    fn kind(&self) -> KeyKind {
        self.0.public.kind()
    }

    /// Returns the padding where `aws-lc-rs` does not decrypt, though the library beneath it does: short keys, and OAEP with
    /// two different digests or with SHA-224.
    fn padding_beyond_the_safe_interface<'a>(
        &self,
        encryption: &'a RsaEncryption,
    ) -> Result<Option<RsaPadding<'a>>, KeyTransportError> {
        if !matches!(self.kind(), KeyKind::Rsa { .. }) {
            return Ok(None);
        }
        let short = matches!(self.0.secret, Secret::ShortRsa);
        Ok(match encryption {
            RsaEncryption::Pkcs1v15 => short.then_some(RsaPadding::Pkcs1v15),
            RsaEncryption::Oaep {
                digest,
                mgf1_digest,
                label,
            } => {
                let (digest, mgf1_digest) = (*digest, *mgf1_digest);
                if [digest, mgf1_digest].contains(&DigestAlgorithm::Md5) {
                    return Err(KeyTransportError::UnsupportedOaep { digest, mgf1_digest });
                }
                (short || oaep_algorithm(digest, mgf1_digest).is_err()).then_some(RsaPadding::Oaep {
                    digest,
                    mgf1_digest,
                    label,
                })
            }
        })
    }

    fn decrypting_key(&self) -> Result<&PrivateDecryptingKey, KeyTransportError> {
        let unsupported = || self.unsupported_for("RSA decryption");
        match &self.0.secret {
            Secret::Rsa { decrypting, .. } if matches!(self.kind(), KeyKind::Rsa { .. }) => {
                if let Some(key) = decrypting.get() {
                    return Ok(key);
                }
                let key = PrivateDecryptingKey::from_pkcs8(&self.0.pkcs8).map_err(|_| unsupported())?;
                Ok(decrypting.get_or_init(|| key))
            }
            _ => Err(unsupported()),
        }
    }

    fn unsupported_for(&self, operation: &str) -> KeyTransportError {
        KeyTransportError::Unsupported {
            key: self.kind(),
            operation: operation.to_owned(),
        }
    }

    fn sign_failed(&self) -> SignError {
        SignError::Failed { key: self.kind() }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, redacted)", self.kind())
    }
}

struct Inner {
    public: PublicKey,
    pkcs8: Zeroizing<Vec<u8>>,
    secret: Secret,
}

/// The key in the library's own form.
pub(super) enum Secret {
    Rsa {
        signing: RsaKeyPair,
        decrypting: OnceLock<PrivateDecryptingKey>,
    },
    /// Of 1024 to 2047 bits, for decrypting old messages: each time from its encoding.
    ShortRsa,
    Ec {
        signing: EcdsaKeyPair,
        agreement: agreement::PrivateKey,
    },
    Ed25519(Ed25519KeyPair),
    X25519(agreement::PrivateKey),
}

/// One wrong passphrase in 256 gives correct padding and then nonsense.
fn nonsense_is_wrong_passphrase(read: Result<PrivateKey, KeyError>) -> Result<PrivateKey, KeyError> {
    match read {
        Err(KeyError::Malformed { .. }) => Err(KeyError::Decryption),
        other => other,
    }
}

fn rsa_encoding(
    kind: KeyKind,
    scheme: SignatureScheme,
) -> Option<(&'static dyn RsaEncoding, &'static aws_digest::Algorithm)> {
    let pss_only = matches!(kind, KeyKind::RsaPss { .. });
    Some(match scheme {
        SignatureScheme::RsaPkcs1(digest) if !pss_only => match digest {
            DigestAlgorithm::Sha256 => (&RSA_PKCS1_SHA256, &aws_digest::SHA256),
            DigestAlgorithm::Sha384 => (&RSA_PKCS1_SHA384, &aws_digest::SHA384),
            DigestAlgorithm::Sha512 => (&RSA_PKCS1_SHA512, &aws_digest::SHA512),
            _ => return None,
        },
        SignatureScheme::RsaPss { digest, salt_len } if salt_len == digest.output_len() => match digest {
            DigestAlgorithm::Sha256 => (&RSA_PSS_SHA256, &aws_digest::SHA256),
            DigestAlgorithm::Sha384 => (&RSA_PSS_SHA384, &aws_digest::SHA384),
            DigestAlgorithm::Sha512 => (&RSA_PSS_SHA512, &aws_digest::SHA512),
            _ => return None,
        },
        _ => return None,
    })
}
