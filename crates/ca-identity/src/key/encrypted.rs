//! Private keys under a passphrase: EncryptedPrivateKeyInfo (RFC 5958, 3), written with PBES2 (RFC 8018, 6.2), read with the
//! older schemes too.

use der::Encode as _;
use pkcs5::pbes2::{PBES2_OID, Parameters};
use pkcs5::{EncryptionScheme, scrypt};
use zeroize::Zeroizing;

use super::{KeyError, PrivateKey, ReadOptions};
use crate::asn1::{self, Element, OCTET_STRING, SEQUENCE};
use crate::cipher::blocks::BlockCipher;
use crate::passphrase::Passphrase;
use crate::pem;
use crate::pkcs12::{self, Pbes2, Pkcs12Error};
use crate::random;

/// Decrypts an EncryptedPrivateKeyInfo.
pub(super) fn open(
    der: &[u8],
    passphrase: &Passphrase,
    options: ReadOptions,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let malformed = |reason| KeyError::Malformed {
        reason: format!("encrypted private key: {reason}"),
    };
    let mut fields = Element::parse_as(SEQUENCE, der)
        .and_then(Element::children)
        .map_err(malformed)?;
    let algorithm_der = fields.expect(SEQUENCE).map_err(malformed)?.raw;
    let ciphertext = fields.expect(OCTET_STRING).map_err(malformed)?.value;
    fields.finish().map_err(malformed)?;
    let (algorithm, parameters) = asn1::parse_algorithm(algorithm_der).map_err(malformed)?;
    if algorithm != PBES2_OID {
        return pkcs12::open_private_key(algorithm_der, ciphertext, passphrase, options)
            .map_err(refused_scheme);
    }
    Pbes2::parse(parameters.unwrap_or_default(), options.legacy)
        .map_err(refused_scheme)?
        .decrypt(passphrase.as_bytes(), ciphertext)
        .ok_or(KeyError::Decryption)
}

/// The protections of keys and of PKCS#12 files are the same.
fn refused_scheme(error: Pkcs12Error) -> KeyError {
    match error {
        Pkcs12Error::LegacyNeeded { what } => KeyError::LegacyNeeded {
            what: format!("a private key under {what}"),
        },
        Pkcs12Error::Malformed { reason } => KeyError::Malformed { reason },
        Pkcs12Error::TooManyIterations { iterations, maximum } => KeyError::CostTooHigh {
            cost: format!("{iterations} iterations, more than {maximum}"),
        },
        Pkcs12Error::ScryptTooCostly { n, r, p, .. } => KeyError::CostTooHigh {
            cost: format!("scrypt with N={n}, r={r}, p={p}"),
        },
        Pkcs12Error::Unsupported { what } => KeyError::UnsupportedEncryption { what },
        _ => KeyError::Decryption,
    }
}

/// Encrypts a PrivateKeyInfo with scrypt and AES-256-CBC.
pub(super) fn seal(pkcs8: &[u8], passphrase: &Passphrase) -> Result<Vec<u8>, KeyError> {
    KeySealer::new(passphrase)?.seal_der(pkcs8)
}

/// Encrypts many private keys under one passphrase, which is stretched once for all of them.
///
/// What it writes is what [`PrivateKey::to_encrypted_pkcs8_pem`] writes; the keys sealed by one of these share the salt, and
/// so the AES key, but no initialisation vector. Whoever guesses the passphrase opens all of them anyway.
///
/// ```
/// use identity::key::KeySealer;
/// use identity::{KeyAlgorithm, Passphrase, PrivateKey};
///
/// let passphrase = Passphrase::new("correct horse")?;
/// let sealer = KeySealer::new(&passphrase)?;
/// let key = PrivateKey::generate(KeyAlgorithm::EcP256)?;
/// let pem = sealer.seal(&key)?;
/// let opened = PrivateKey::from_pem(pem.as_bytes(), Some(&passphrase))?;
/// assert_eq!(opened.public_key(), key.public_key());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeySealer {
    cost: scrypt::Params,
    salt: [u8; SALT_LEN],
    key: Zeroizing<[u8; AES_256_KEY_LEN]>,
}

impl KeySealer {
    /// Stretches a passphrase.
    ///
    /// # Errors
    /// [`KeyError`] if the library fails.
    pub fn new(passphrase: &Passphrase) -> Result<Self, KeyError> {
        let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P).map_err(|_| failed())?;
        let salt = random::bytes::<SALT_LEN>()?;
        let mut key = Zeroizing::new([0; AES_256_KEY_LEN]);
        scrypt::scrypt(passphrase.as_bytes(), &salt, &cost, key.as_mut_slice()).map_err(|_| failed())?;
        Ok(Self { cost, salt, key })
    }

    /// Returns a key as encrypted PKCS#8 (PEM).
    ///
    /// # Errors
    /// [`KeyError`] if the library fails.
    pub fn seal(&self, key: &PrivateKey) -> Result<String, KeyError> {
        Ok(pem::encode(
            "ENCRYPTED PRIVATE KEY",
            &self.seal_der(key.pkcs8_der())?,
        ))
    }

    fn seal_der(&self, pkcs8: &[u8]) -> Result<Vec<u8>, KeyError> {
        let iv = random::bytes::<AES_BLOCK_LEN>()?;
        let parameters =
            Parameters::generate_scrypt_aes256cbc(self.cost, &self.salt, iv).map_err(|_| failed())?;
        // RFC 8018, 6.1.1 (4): as many octets as are missing, each saying how many; at least one.
        let padding = AES_BLOCK_LEN - pkcs8.len() % AES_BLOCK_LEN;
        let mut buffer = Zeroizing::new(Vec::with_capacity(pkcs8.len() + padding));
        buffer.extend_from_slice(pkcs8);
        buffer.resize(pkcs8.len() + padding, padding as u8);
        BlockCipher::Aes(self.key.as_slice())
            .encrypt(&iv, &mut buffer)
            .ok_or_else(failed)?;
        let algorithm = EncryptionScheme::Pbes2(parameters)
            .to_der()
            .map_err(|_| failed())?;
        Ok(asn1::tlv(
            SEQUENCE,
            &[&algorithm, &asn1::tlv(OCTET_STRING, &[&buffer])],
        ))
    }
}

impl std::fmt::Debug for KeySealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeySealer(redacted)")
    }
}

fn failed() -> KeyError {
    KeyError::UnsupportedEncryption {
        what: "scrypt with AES-256-CBC".to_owned(),
    }
}

/// N = 2^14, r = 8, p = 5: as hard to guess at as N = 2^17, p = 1 (OWASP), but within the 32 MiB that OpenSSL grants.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

const SALT_LEN: usize = 16;
const AES_256_KEY_LEN: usize = 32;
const AES_BLOCK_LEN: usize = 16;
