//! Password-based encryption: PBES2 (RFC 8018, 6.2), PBES1 and the schemes of PKCS#12.

use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use pkcs5::EncryptionScheme;
use pkcs5::pbes2::{self, Kdf, Parameters, Pbkdf2Prf};
use zeroize::Zeroizing;

use super::cost::{self, Budget};
use super::password::Candidate;
use super::{Pkcs12Error, oids};
use crate::asn1::{self, Element, INTEGER, OCTET_STRING, SEQUENCE};
use crate::random;
use old::OldScheme;

mod old;

/// A protection as read from a file.
pub(super) enum Scheme {
    Pbes2(Box<Parameters>),
    Old {
        scheme: OldScheme,
        salt: Vec<u8>,
        iterations: u32,
    },
}

impl Scheme {
    /// Reads an AlgorithmIdentifier. What is weak is refused unless `legacy`.
    pub(super) fn parse(algorithm_der: &[u8], legacy: bool) -> Result<Self, Pkcs12Error> {
        let malformed = |reason: String| Pkcs12Error::Malformed {
            reason: format!("encryption algorithm: {reason}"),
        };
        let (algorithm, parameters) = asn1::parse_algorithm(algorithm_der).map_err(malformed)?;
        if let Some(scheme) = OldScheme::from_oid(algorithm) {
            if scheme.is_weak() && !legacy {
                return Err(Pkcs12Error::LegacyNeeded {
                    what: scheme.name().to_owned(),
                });
            }
            let mut fields = Element::parse_as(SEQUENCE, parameters.unwrap_or_default())
                .and_then(Element::children)
                .map_err(malformed)?;
            return Ok(Self::Old {
                scheme,
                salt: fields.expect(OCTET_STRING).map_err(malformed)?.value.to_vec(),
                iterations: cost::iterations(fields.expect(INTEGER).map_err(malformed)?)?,
            });
        }
        if algorithm != oids::PBES2 {
            let what = match algorithm {
                oids::PBE_SHA1_RC4_128 | oids::PBE_SHA1_RC4_40 => "RC4".to_owned(),
                other => format!("the algorithm {other}"),
            };
            return Err(Pkcs12Error::Unsupported { what });
        }
        Self::parse_pbes2(algorithm_der, parameters.unwrap_or_default(), legacy)
    }

    fn parse_pbes2(algorithm_der: &[u8], parameters: &[u8], legacy: bool) -> Result<Self, Pkcs12Error> {
        // Looked at first: the library's own limit would be reported as an unknown algorithm.
        if let Some(count) = pbkdf2_iterations(parameters) {
            cost::iterations(count)?;
        }
        let Ok(EncryptionScheme::Pbes2(parameters)) = EncryptionScheme::from_der(algorithm_der) else {
            return Err(Pkcs12Error::Unsupported {
                what: format!("PBES2 with {}", pbes2_algorithms(parameters)),
            });
        };
        if !legacy && matches!(parameters.encryption, pbes2::EncryptionScheme::DesCbc { .. }) {
            return Err(Pkcs12Error::LegacyNeeded {
                what: "DES (PBES2)".to_owned(),
            });
        }
        if let Kdf::Scrypt(kdf) = &parameters.kdf {
            cost::scrypt_memory(kdf.cost_parameter, kdf.block_size)?;
        }
        Ok(Self::Pbes2(Box::new(parameters)))
    }

    /// Decrypts; `None` if the password does not fit.
    pub(super) fn decrypt(
        &self,
        password: &Candidate,
        ciphertext: &[u8],
        budget: &mut Budget,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Pkcs12Error> {
        let plausible = |plaintext: &Zeroizing<Vec<u8>>| {
            // One padding in 256 fits by chance: what lies inside must be one whole element.
            asn1::to_definite(plaintext).map(Zeroizing::new).is_ok()
        };
        match self {
            Self::Old {
                scheme,
                salt,
                iterations,
            } => {
                budget.spend(u64::from(*iterations))?;
                let plaintext = scheme.decrypt(password, salt, *iterations, ciphertext);
                Ok(plaintext.filter(plausible))
            }
            Self::Pbes2(parameters) => {
                // The standard's UTF-8; older releases of NSS put the UTF-16 of the other derivation into PBKDF2 too.
                for form in [&password.utf8, &password.utf16] {
                    budget.spend(pbes2_cost(parameters))?;
                    let mut buffer = Zeroizing::new(ciphertext.to_vec());
                    match parameters.decrypt_in_place(form.as_slice(), &mut buffer) {
                        Ok(plaintext) => {
                            let length = plaintext.len();
                            buffer.truncate(length);
                            if plausible(&buffer) {
                                return Ok(Some(buffer));
                            }
                        }
                        Err(
                            pkcs5::Error::UnsupportedAlgorithm { oid }
                            | pkcs5::Error::AlgorithmParametersInvalid { oid },
                        ) => {
                            return Err(Pkcs12Error::Unsupported {
                                what: format!("PBES2 with the algorithm {oid}"),
                            });
                        }
                        Err(_) => {}
                    }
                }
                Ok(None)
            }
        }
    }

    /// For people: the algorithms with the work they ask for.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::Old {
                scheme, iterations, ..
            } => format!("{}, {iterations} iterations", scheme.name()),
            Self::Pbes2(parameters) => {
                let cipher = match parameters.encryption {
                    pbes2::EncryptionScheme::Aes128Cbc { .. } => "aes-128-cbc".to_owned(),
                    pbes2::EncryptionScheme::Aes192Cbc { .. } => "aes-192-cbc".to_owned(),
                    pbes2::EncryptionScheme::Aes256Cbc { .. } => "aes-256-cbc".to_owned(),
                    pbes2::EncryptionScheme::DesEde3Cbc { .. } => "3des-cbc".to_owned(),
                    pbes2::EncryptionScheme::DesCbc { .. } => "des-cbc".to_owned(),
                    other => other.oid().to_string(),
                };
                match &parameters.kdf {
                    Kdf::Pbkdf2(kdf) => format!(
                        "pbes2 {cipher}, pbkdf2 {}, {} iterations",
                        prf_name(kdf.prf),
                        kdf.iteration_count
                    ),
                    Kdf::Scrypt(kdf) => format!(
                        "pbes2 {cipher}, scrypt N={} r={} p={}",
                        kdf.cost_parameter, kdf.block_size, kdf.parallelization
                    ),
                    other => format!("pbes2 {cipher}, {}", other.oid()),
                }
            }
        }
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
    let mut buffer = Zeroizing::new([plaintext, &[0; AES_BLOCK]].concat());
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
    // Eight bytes: the one length that every old importer takes.
    let salt = random::bytes::<8>()?;
    let ciphertext = old::encrypt_triple_des(password, &salt, iterations, plaintext)?;
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

fn pbes2_cost(parameters: &Parameters) -> u64 {
    match &parameters.kdf {
        Kdf::Pbkdf2(kdf) => kdf.iteration_count.into(),
        Kdf::Scrypt(kdf) => cost::scrypt(kdf.cost_parameter, kdf.block_size, kdf.parallelization),
        _ => 1,
    }
}

fn prf_name(prf: Pbkdf2Prf) -> &'static str {
    match prf {
        Pbkdf2Prf::HmacWithSha1 => "hmac-sha1",
        Pbkdf2Prf::HmacWithSha224 => "hmac-sha224",
        Pbkdf2Prf::HmacWithSha256 => "hmac-sha256",
        Pbkdf2Prf::HmacWithSha384 => "hmac-sha384",
        Pbkdf2Prf::HmacWithSha512 => "hmac-sha512",
        _ => "another function",
    }
}

fn pbkdf2_iterations(parameters: &[u8]) -> Option<Element<'_>> {
    let mut fields = Element::parse_as(SEQUENCE, parameters).ok()?.children().ok()?;
    let (kdf, parameters) = asn1::parse_algorithm(fields.expect(SEQUENCE).ok()?.raw).ok()?;
    if kdf != oids::PBKDF2 {
        return None;
    }
    let mut fields = Element::parse_as(SEQUENCE, parameters?).ok()?.children().ok()?;
    fields.expect(OCTET_STRING).ok()?;
    fields.expect(INTEGER).ok()
}

/// Names the two algorithms inside PBES2, for the message that one of them is unknown.
fn pbes2_algorithms(parameters: &[u8]) -> String {
    let read = || -> Result<(ObjectIdentifier, ObjectIdentifier), String> {
        let mut fields = Element::parse_as(SEQUENCE, parameters)?.children()?;
        let kdf = asn1::parse_algorithm(fields.expect(SEQUENCE)?.raw)?.0;
        let cipher = asn1::parse_algorithm(fields.expect(SEQUENCE)?.raw)?.0;
        Ok((kdf, cipher))
    };
    match read() {
        Ok((kdf, cipher)) => format!("the key derivation {kdf} and the cipher {cipher}, or their parameters"),
        Err(reason) => format!("malformed parameters ({reason})"),
    }
}

/// Room for the padding.
const AES_BLOCK: usize = 16;
