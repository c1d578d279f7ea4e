//! Private keys under a passphrase: EncryptedPrivateKeyInfo (RFC 5958, 3), written with PBES2 (RFC 8018, 6.2), read with the
//! older schemes too.

use der::Encode as _;
use pkcs5::pbes2::{PBES2_OID, Parameters};
use pkcs5::{EncryptionScheme, scrypt};
use zeroize::Zeroizing;

use super::{KeyError, ReadOptions};
use crate::asn1::{self, Element, OCTET_STRING, SEQUENCE};
use crate::passphrase::Passphrase;
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

/// N = 2^14, r = 8, p = 5: as hard to guess at as N = 2^17, p = 1 (OWASP), but within the 32 MiB that OpenSSL grants.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

const AES_BLOCK_LEN: usize = 16;
