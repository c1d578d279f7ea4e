//! Password-based encryption: PBES2 (RFC 8018, 6.2) and the schemes of PKCS#12 (RFC 7292, C).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyIvInit};
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use pkcs5::EncryptionScheme;
use pkcs5::pbes2::{Kdf, Parameters};
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use zeroize::Zeroizing;

use super::password::Candidate;
use super::{Pkcs12Error, oids};
use crate::asn1::{self, Element, INTEGER, OCTET_STRING, SEQUENCE};
use crate::random;

/// A protection as read from a file.
pub(super) enum Scheme {
    Pbes2(Box<Parameters>, u32),
    Pkcs12 {
        cipher: OldCipher,
        salt: Vec<u8>,
        iterations: u32,
    },
    /// PBES1 of RFC 8018, 6.1: DES or RC2 with MD5 or SHA-1.
    Pbes1(EncryptionScheme),
}

/// The block ciphers of RFC 7292, C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OldCipher {
    TripleDes,
    TwoKeyTripleDes,
    Rc2Bits128,
    Rc2Bits40,
}

impl Scheme {
    /// Reads an AlgorithmIdentifier. What is weak is refused unless `legacy`.
    pub(super) fn parse(algorithm_der: &[u8], legacy: bool) -> Result<Self, Pkcs12Error> {
        let malformed = |reason: String| Pkcs12Error::Malformed {
            reason: format!("encryption algorithm: {reason}"),
        };
        let (algorithm, parameters) = asn1::parse_algorithm(algorithm_der).map_err(malformed)?;
        let cipher = match algorithm {
            oids::PBE_SHA1_3DES => OldCipher::TripleDes,
            oids::PBE_SHA1_2DES => OldCipher::TwoKeyTripleDes,
            oids::PBE_SHA1_RC2_128 => OldCipher::Rc2Bits128,
            oids::PBE_SHA1_RC2_40 => OldCipher::Rc2Bits40,
            oids::PBE_SHA1_RC4_128 | oids::PBE_SHA1_RC4_40 => {
                return Err(Pkcs12Error::Unsupported {
                    what: "RC4 (pbeWithSHAAnd*BitRC4)".to_owned(),
                });
            }
            _ => return Self::parse_pkcs5(algorithm, algorithm_der, legacy),
        };
        if !legacy && matches!(cipher, OldCipher::Rc2Bits128 | OldCipher::Rc2Bits40) {
            return Err(Pkcs12Error::LegacyNeeded {
                what: cipher.name().to_owned(),
            });
        }
        let mut fields = Element::parse_as(SEQUENCE, parameters.unwrap_or_default())
            .and_then(Element::children)
            .map_err(malformed)?;
        let salt = fields.expect(OCTET_STRING).map_err(malformed)?.value.to_vec();
        let iterations = iterations(fields.expect(INTEGER).map_err(malformed)?)?;
        Ok(Self::Pkcs12 {
            cipher,
            salt,
            iterations,
        })
    }

    fn parse_pkcs5(
        algorithm: ObjectIdentifier,
        algorithm_der: &[u8],
        legacy: bool,
    ) -> Result<Self, Pkcs12Error> {
        let unsupported = || Pkcs12Error::Unsupported {
            what: format!("the algorithm {algorithm}"),
        };
        let too_many = |iterations: u64| Pkcs12Error::TooManyIterations {
            iterations,
            maximum: MAX_ITERATIONS,
        };
        if algorithm == oids::PBES2 {
            // The count is looked at first: the library's type holds 32 bits.
            if let Some(count) = pbkdf2_iterations(algorithm_der)
                && count > u64::from(MAX_ITERATIONS)
            {
                return Err(too_many(count));
            }
        }
        match EncryptionScheme::from_der(algorithm_der).map_err(|_| unsupported())? {
            EncryptionScheme::Pbes2(parameters) => {
                let iterations = match &parameters.kdf {
                    Kdf::Pbkdf2(kdf) => kdf.iteration_count,
                    Kdf::Scrypt(kdf) => {
                        let memory = u128::from(kdf.cost_parameter) * u128::from(kdf.block_size) * 128;
                        if memory * u128::from(kdf.parallelization) > MAX_SCRYPT_WORK {
                            return Err(too_many(kdf.cost_parameter));
                        }
                        1
                    }
                    _ => return Err(unsupported()),
                };
                Ok(Self::Pbes2(Box::new(parameters), iterations))
            }
            scheme @ EncryptionScheme::Pbes1(_) if legacy => Ok(Self::Pbes1(scheme)),
            EncryptionScheme::Pbes1(_) => Err(Pkcs12Error::LegacyNeeded {
                what: format!("PBES1 (DES or RC2, {algorithm})"),
            }),
            _ => Err(unsupported()),
        }
    }

    /// Decrypts; `None` if the password does not fit.
    pub(super) fn decrypt(
        &self,
        password: &Candidate,
        ciphertext: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Pkcs12Error> {
        match self {
            Self::Pbes2(parameters, _) => {
                // NSS before 3.101 and a few others put the UTF-16 form into PBKDF2 too.
                for form in [&password.utf8, &password.utf16] {
                    let mut buffer = Zeroizing::new(ciphertext.to_vec());
                    let length = match parameters.decrypt_in_place(form.as_slice(), &mut buffer) {
                        Ok(plaintext) => Some(plaintext.len()),
                        Err(
                            pkcs5::Error::UnsupportedAlgorithm { oid }
                            | pkcs5::Error::AlgorithmParametersInvalid { oid },
                        ) => {
                            return Err(Pkcs12Error::Unsupported {
                                what: format!("the algorithm {oid}"),
                            });
                        }
                        Err(_) => None,
                    };
                    // One padding in 256 fits by chance: the content must begin a SEQUENCE that fills it.
                    if let Some(length) = length {
                        buffer.truncate(length);
                        if Element::parse(&buffer).is_ok() || asn1::to_definite(&buffer).is_ok() {
                            return Ok(Some(buffer));
                        }
                    }
                }
                Ok(None)
            }
            Self::Pkcs12 {
                cipher,
                salt,
                iterations,
            } => Ok(cipher.decrypt(&password.utf16, salt, *iterations, ciphertext)),
            Self::Pbes1(scheme) => {
                let mut buffer = Zeroizing::new(ciphertext.to_vec());
                let length = scheme
                    .decrypt_in_place(password.utf8.as_slice(), &mut buffer)
                    .map(<[u8]>::len)
                    .ok();
                Ok(length.map(|length| {
                    buffer.truncate(length);
                    buffer
                }))
            }
        }
    }

    /// For people: the algorithm with its iterations.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::Pbes2(parameters, iterations) => {
                let cipher = match parameters.encryption.oid().to_string().as_str() {
                    "2.16.840.1.101.3.4.1.2" => "aes-128-cbc".to_owned(),
                    "2.16.840.1.101.3.4.1.22" => "aes-192-cbc".to_owned(),
                    "2.16.840.1.101.3.4.1.42" => "aes-256-cbc".to_owned(),
                    "1.2.840.113549.3.7" => "3des-cbc".to_owned(),
                    other => other.to_owned(),
                };
                let kdf = if parameters.kdf.is_scrypt() {
                    "scrypt".to_owned()
                } else {
                    format!("pbkdf2 {iterations}")
                };
                format!("pbes2 {cipher}, {kdf} iterations").replace("scrypt iterations", "scrypt")
            }
            Self::Pkcs12 {
                cipher, iterations, ..
            } => format!("{}, {iterations} iterations", cipher.name()),
            Self::Pbes1(scheme) => format!("pbes1 {}", scheme.oid()),
        }
    }
}

impl OldCipher {
    fn name(self) -> &'static str {
        match self {
            Self::TripleDes => "pkcs12-sha1-3des",
            Self::TwoKeyTripleDes => "pkcs12-sha1-2key-3des",
            Self::Rc2Bits128 => "pkcs12-sha1-rc2-128",
            Self::Rc2Bits40 => "pkcs12-sha1-rc2-40",
        }
    }

    fn key_len(self) -> usize {
        match self {
            Self::TripleDes => 24,
            Self::TwoKeyTripleDes | Self::Rc2Bits128 => 16,
            Self::Rc2Bits40 => 5,
        }
    }

    fn derive(self, utf16: &[u8], salt: &[u8], iterations: u32) -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
        let rounds = i32::try_from(iterations).unwrap_or(i32::MAX);
        let one = |kind, length| Zeroizing::new(derive_key::<sha1::Sha1>(utf16, salt, kind, rounds, length));
        let mut key = one(Pkcs12KeyType::EncryptionKey, self.key_len());
        if self == Self::TwoKeyTripleDes {
            key.extend_from_within(..8);
        }
        (key, one(Pkcs12KeyType::Iv, 8))
    }

    fn decrypt(
        self,
        utf16: &[u8],
        salt: &[u8],
        iterations: u32,
        ciphertext: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        if salt.is_empty() {
            return None;
        }
        let (key, iv) = self.derive(utf16, salt, iterations);
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let length = match self {
            Self::TripleDes | Self::TwoKeyTripleDes => {
                cbc::Decryptor::<des::TdesEde3>::new_from_slices(&key, &iv)
                    .ok()?
                    .decrypt_padded::<Pkcs7>(&mut buffer)
                    .ok()?
                    .len()
            }
            Self::Rc2Bits128 | Self::Rc2Bits40 => {
                let rc2 = rc2::Rc2::new_with_eff_key_len(&key, 8 * self.key_len());
                cbc::Decryptor::<rc2::Rc2>::inner_iv_slice_init(rc2, &iv)
                    .ok()?
                    .decrypt_padded::<Pkcs7>(&mut buffer)
                    .ok()?
                    .len()
            }
        };
        buffer.truncate(length);
        Some(buffer)
    }
}

/// Encrypts with PBES2 (PBKDF2-HMAC-SHA-256, AES-256-CBC): the AlgorithmIdentifier and the ciphertext.
pub(super) fn encrypt_modern(
    password: &Candidate,
    iterations: u32,
    plaintext: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), Pkcs12Error> {
    let failed = |_| Pkcs12Error::Unsupported {
        what: format!("PBKDF2 with {iterations} iterations"),
    };
    let salt = random::bytes::<16>()?;
    let iv = random::bytes::<16>()?;
    let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(iterations, &salt, iv).map_err(failed)?;
    let mut buffer = Zeroizing::new([plaintext, &[0; BLOCK]].concat());
    let ciphertext = parameters
        .encrypt_in_place(password.utf8.as_slice(), &mut buffer, plaintext.len())
        .map_err(failed)?
        .to_vec();
    let algorithm = EncryptionScheme::Pbes2(parameters)
        .to_der()
        .map_err(|error| Pkcs12Error::Malformed {
            reason: error.to_string(),
        })?;
    Ok((algorithm, ciphertext))
}

/// Encrypts with pbeWithSHAAnd3-KeyTripleDES-CBC: the AlgorithmIdentifier and the ciphertext.
pub(super) fn encrypt_compat(
    password: &Candidate,
    iterations: u32,
    plaintext: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), Pkcs12Error> {
    let salt = random::bytes::<8>()?;
    let (key, iv) = OldCipher::TripleDes.derive(&password.utf16, &salt, iterations);
    let failed = || Pkcs12Error::Unsupported {
        what: "Triple DES".to_owned(),
    };
    let mut buffer = Zeroizing::new([plaintext, &[0; BLOCK]].concat());
    let ciphertext = cbc::Encryptor::<des::TdesEde3>::new_from_slices(&key, &iv)
        .map_err(|_| failed())?
        .encrypt_padded::<Pkcs7>(&mut buffer, plaintext.len())
        .map_err(|_| failed())?
        .to_vec();
    let parameters = asn1::tlv(
        SEQUENCE,
        &[
            &asn1::tlv(OCTET_STRING, &[&salt]),
            &asn1::unsigned(iterations.into()),
        ],
    );
    Ok((
        asn1::algorithm_identifier(oids::PBE_SHA1_3DES, &parameters),
        ciphertext,
    ))
}

/// Reads an iteration count, refusing what would keep the machine busy for minutes.
pub(super) fn iterations(element: Element<'_>) -> Result<u32, Pkcs12Error> {
    let content = element.integer().map_err(|reason| Pkcs12Error::Malformed {
        reason: format!("iterations: {reason}"),
    })?;
    let count = content.iter().try_fold(0_u64, |sum, byte| {
        sum.checked_mul(256)?.checked_add(u64::from(*byte))
    });
    match count.unwrap_or(u64::MAX) {
        count @ 1..=MAX => Ok(count as u32),
        0 => Err(Pkcs12Error::Malformed {
            reason: "0 iterations".to_owned(),
        }),
        iterations => Err(Pkcs12Error::TooManyIterations {
            iterations,
            maximum: MAX_ITERATIONS,
        }),
    }
}

fn pbkdf2_iterations(algorithm_der: &[u8]) -> Option<u64> {
    let (_, parameters) = asn1::parse_algorithm(algorithm_der).ok()?;
    let mut fields = Element::parse_as(SEQUENCE, parameters?).ok()?.children().ok()?;
    let (kdf, parameters) = asn1::parse_algorithm(fields.expect(SEQUENCE).ok()?.raw).ok()?;
    if kdf != oids::PBKDF2 {
        return None;
    }
    let mut fields = Element::parse_as(SEQUENCE, parameters?).ok()?.children().ok()?;
    fields.expect(OCTET_STRING).ok()?;
    let content = fields.expect(INTEGER).ok()?.integer().ok()?;
    Some(
        content
            .iter()
            .try_fold(0_u64, |sum, byte| {
                sum.checked_mul(256)?.checked_add(u64::from(*byte))
            })
            .unwrap_or(u64::MAX),
    )
}

/// Room for the padding of either cipher.
const BLOCK: usize = 16;
const MAX_ITERATIONS: u32 = 10_000_000;
const MAX: u64 = MAX_ITERATIONS as u64;
const MAX_SCRYPT_WORK: u128 = 4 << 30;
