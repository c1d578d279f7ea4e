//! Private keys under a passphrase: EncryptedPrivateKeyInfo (RFC 5958, 3), written with PBES2 (RFC 8018, 6.2), read with the
//! older schemes too.

use der::{Decode as _, Encode as _};
use pkcs5::pbes2::{Kdf, PBES2_OID, Parameters};
use pkcs5::{EncryptionScheme, scrypt};
use zeroize::Zeroizing;

use super::{KeyError, ReadOptions};
use crate::asn1::{self, Element, OCTET_STRING, SEQUENCE};
use crate::passphrase::Passphrase;
use crate::pkcs12::{self, Pkcs12Error};
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
    let (algorithm, _) = asn1::parse_algorithm(algorithm_der).map_err(malformed)?;
    if algorithm != PBES2_OID {
        return pkcs12::open_private_key(algorithm_der, ciphertext, passphrase, options)
            .map_err(older_scheme);
    }
    let Ok(EncryptionScheme::Pbes2(parameters)) = EncryptionScheme::from_der(algorithm_der) else {
        return Err(KeyError::UnsupportedEncryption {
            what: "PBES2 with unknown algorithms or parameters".to_owned(),
        });
    };
    check_cost(&parameters.kdf)?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let len = match parameters.decrypt_in_place(passphrase.as_bytes(), &mut buffer) {
        Ok(plaintext) => plaintext.len(),
        Err(
            pkcs5::Error::UnsupportedAlgorithm { oid } | pkcs5::Error::AlgorithmParametersInvalid { oid },
        ) => {
            return Err(KeyError::UnsupportedEncryption {
                what: oid.to_string(),
            });
        }
        Err(_) => return Err(KeyError::Decryption),
    };
    buffer.truncate(len);
    Ok(buffer)
}

/// The schemes before PBES2 are those of PKCS#12 files.
fn older_scheme(error: Pkcs12Error) -> KeyError {
    match error {
        Pkcs12Error::LegacyNeeded { what } => KeyError::LegacyNeeded {
            what: format!("a private key under {what}"),
        },
        Pkcs12Error::Malformed { reason } => KeyError::Malformed { reason },
        Pkcs12Error::TooManyIterations { iterations, maximum } => KeyError::CostTooHigh {
            cost: format!("{iterations} iterations, more than {maximum}"),
        },
        Pkcs12Error::Unsupported { what } => KeyError::UnsupportedEncryption { what },
        _ => KeyError::Decryption,
    }
}

/// Encrypts a PrivateKeyInfo with scrypt and AES-256-CBC.
pub(super) fn seal(pkcs8: &[u8], passphrase: &Passphrase) -> Result<Vec<u8>, KeyError> {
    let failed = || KeyError::UnsupportedEncryption {
        what: "scrypt with AES-256-CBC".to_owned(),
    };
    let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P).map_err(|_| failed())?;
    let salt = random::bytes::<16>()?;
    let iv = random::bytes::<16>()?;
    let parameters = Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(|_| failed())?;
    let mut buffer = Zeroizing::new(vec![0; pkcs8.len() + AES_BLOCK_LEN]);
    buffer.splice(..pkcs8.len(), pkcs8.iter().copied());
    let ciphertext = parameters
        .encrypt_in_place(passphrase.as_bytes(), &mut buffer, pkcs8.len())
        .map_err(|_| failed())?;
    let algorithm = EncryptionScheme::Pbes2(parameters)
        .to_der()
        .map_err(|_| failed())?;
    Ok(asn1::tlv(
        SEQUENCE,
        &[&algorithm, &asn1::tlv(OCTET_STRING, &[ciphertext])],
    ))
}

/// Refuses parameters that would keep the machine busy for minutes or exhaust its memory.
fn check_cost(kdf: &Kdf) -> Result<(), KeyError> {
    let cost = match kdf {
        Kdf::Pbkdf2(parameters) if parameters.iteration_count > MAX_PBKDF2_ITERATIONS => {
            format!(
                "PBKDF2 with {} iterations, more than {MAX_PBKDF2_ITERATIONS}",
                parameters.iteration_count
            )
        }
        Kdf::Scrypt(parameters) => {
            let n = u128::from(parameters.cost_parameter);
            let memory = n * u128::from(parameters.block_size) * 128;
            let work = memory * u128::from(parameters.parallelization);
            if memory <= MAX_SCRYPT_MEMORY && work <= MAX_SCRYPT_WORK {
                return Ok(());
            }
            format!(
                "scrypt with N={n}, r={}, p={}",
                parameters.block_size, parameters.parallelization
            )
        }
        _ => return Ok(()),
    };
    Err(KeyError::CostTooHigh { cost })
}

/// N = 2^14, r = 8, p = 5: as hard to guess at as N = 2^17, p = 1 (OWASP), but within the 32 MiB that OpenSSL grants.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

const AES_BLOCK_LEN: usize = 16;
const MAX_PBKDF2_ITERATIONS: u32 = 10_000_000;
const MAX_SCRYPT_MEMORY: u128 = 512 << 20;
const MAX_SCRYPT_WORK: u128 = 4 << 30;
