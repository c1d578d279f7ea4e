//! Password-based encryption: PBES2 (RFC 8018, 6.2), PBES1 and the schemes of PKCS#12.

use der::Encode as _;
use pkcs5::EncryptionScheme;
use pkcs5::pbes2::Parameters;
use zeroize::Zeroizing;

use super::cost::{self, Budget};
use super::password::Candidate;
use super::{Pkcs12Error, oids};
use crate::asn1::{self, Element, INTEGER, OCTET_STRING, SEQUENCE};
use crate::random;
use old::OldScheme;
pub(crate) use pbes2::Pbes2;

mod old;
mod pbes2;

/// A protection as read from a file.
pub(super) enum Scheme {
    Pbes2(Box<Pbes2>),
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
        let parameters = Pbes2::parse(parameters.unwrap_or_default(), legacy)?;
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
                    budget.spend(parameters.cost())?;
                    let plaintext = parameters.decrypt(form, ciphertext);
                    if let Some(plaintext) = plaintext.filter(plausible) {
                        return Ok(Some(plaintext));
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
            Self::Pbes2(parameters) => parameters.to_string(),
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

/// Room for the padding.
const AES_BLOCK: usize = 16;
