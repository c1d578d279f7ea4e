//! Reading PBES2 (RFC 8018, 6.2 and A.4), of any writer: RC2 too, and salts of any length, which the library that writes it
//! does not take.

use std::fmt;

use der::asn1::ObjectIdentifier;
use pkcs5::scrypt;
use zeroize::Zeroizing;

use super::super::cost;
use super::super::mac::{HMAC_SHA1, hmac_digest};
use super::super::{Pkcs12Error, oids};
use crate::asn1::{self, Element, INTEGER, OCTET_STRING, SEQUENCE};
use crate::cipher::{ContentCipher, ContentKey, Decryptor};
use crate::digest::DigestAlgorithm;
use crate::kdf;

/// The parameters of PBES2.
#[derive(Debug)]
pub(crate) struct Pbes2 {
    kdf: Kdf,
    cipher: ContentCipher,
    cipher_parameters: Vec<u8>,
    /// Of the derived key, in bytes.
    key_len: usize,
}

#[derive(Debug)]
enum Kdf {
    Pbkdf2 {
        salt: Vec<u8>,
        iterations: u32,
        prf: DigestAlgorithm,
    },
    Scrypt {
        salt: Vec<u8>,
        n: u64,
        r: u32,
        p: u32,
        parameters: scrypt::Params,
    },
}

impl Pbes2 {
    /// Reads PBES2-params. What is weak is refused unless `legacy`, what takes too much time or memory always.
    pub(crate) fn parse(parameters: &[u8], legacy: bool) -> Result<Self, Pkcs12Error> {
        let mut fields = Element::parse_as(SEQUENCE, parameters)
            .and_then(Element::children)
            .map_err(malformed)?;
        let kdf_der = fields.expect(SEQUENCE).map_err(malformed)?.raw;
        let cipher_der = fields.expect(SEQUENCE).map_err(malformed)?.raw;
        fields.finish().map_err(malformed)?;
        let (kdf, given_len) = Kdf::parse(kdf_der)?;
        let (oid, cipher_parameters) = asn1::parse_algorithm(cipher_der).map_err(malformed)?;
        let cipher = ContentCipher::from_oid(&oid, cipher_parameters)
            .ok_or_else(|| unsupported(format_args!("the cipher {oid}, or its parameters")))?;
        if !legacy && cipher.is_weak() && cipher != ContentCipher::DesEde3Cbc {
            return Err(Pkcs12Error::LegacyNeeded {
                what: format!("{cipher} (PBES2)"),
            });
        }
        let key_len = match given_len {
            // RFC 8018, B.2.3: the length of the key and the bits of it that count are not bound to each other.
            Some(len) if matches!(cipher, ContentCipher::Rc2Cbc { .. }) => len,
            Some(len) if len != cipher.key_len() => {
                return Err(unsupported(format_args!("a key of {len} bytes for {cipher}")));
            }
            _ => cipher.key_len(),
        };
        if !(1..=MAX_KEY).contains(&key_len) {
            return Err(unsupported(format_args!("a key of {key_len} bytes")));
        }
        Ok(Self {
            kdf,
            cipher,
            cipher_parameters: cipher_parameters.unwrap_or_default().to_vec(),
            key_len,
        })
    }

    /// Decrypts; `None` if the password does not fit.
    pub(crate) fn decrypt(&self, password: &[u8], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = ContentKey::from_bytes(self.kdf.derive(password, self.key_len)?);
        let mut decryptor = Decryptor::new(self.cipher, &key, &self.cipher_parameters).ok()?;
        let (content, tag) = if self.cipher.is_authenticated() {
            let (content, tag) = ciphertext.split_at_checked(ciphertext.len().checked_sub(TAG_LEN)?)?;
            (content, Some(tag))
        } else {
            (ciphertext, None)
        };
        // The room for the whole plaintext is taken at once: a vector that grows would leave pieces of the key behind.
        let mut plaintext = Zeroizing::new(Vec::with_capacity(content.len() + 64));
        decryptor.update(content, &mut plaintext).ok()?;
        decryptor.finish(&[], tag, &mut plaintext).ok()?;
        Some(plaintext)
    }

    /// The work of one attempt, in rounds of key derivation.
    pub(crate) fn cost(&self) -> u64 {
        match &self.kdf {
            Kdf::Pbkdf2 { iterations, prf, .. } => {
                u64::from(*iterations) * self.key_len.div_ceil(prf.output_len()) as u64
            }
            Kdf::Scrypt { n, r, p, .. } => cost::scrypt(*n, *r, *p),
        }
    }
}

impl fmt::Display for Pbes2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pbes2 {}, ", self.cipher)?;
        match &self.kdf {
            Kdf::Pbkdf2 { iterations, prf, .. } => write!(f, "pbkdf2 hmac-{prf}, {iterations} iterations"),
            Kdf::Scrypt { n, r, p, .. } => write!(f, "scrypt N={n} r={r} p={p}"),
        }
    }
}

impl Kdf {
    /// Reads a key derivation function, and the length of its key where that is given.
    fn parse(der: &[u8]) -> Result<(Self, Option<usize>), Pkcs12Error> {
        let (oid, parameters) = asn1::parse_algorithm(der).map_err(malformed)?;
        if oid != oids::PBKDF2 && oid != SCRYPT {
            return Err(unsupported(format_args!("the key derivation {oid}")));
        }
        let mut fields = Element::parse_as(SEQUENCE, parameters.unwrap_or_default())
            .and_then(Element::children)
            .map_err(malformed)?;
        let salt = fields.expect(OCTET_STRING).map_err(malformed)?.value.to_vec();
        if oid == SCRYPT {
            let n = cost::count(fields.expect(INTEGER).map_err(malformed)?)?;
            let r = cost::count(fields.expect(INTEGER).map_err(malformed)?)?;
            let p = cost::count(fields.expect(INTEGER).map_err(malformed)?)?;
            let key_len = length(fields.optional(INTEGER).map_err(malformed)?)?;
            fields.finish().map_err(malformed)?;
            let (r, p) = cost::scrypt_bounds(n, r, p)?;
            let parameters = Some(n)
                .filter(|n| n.is_power_of_two())
                .and_then(|n| scrypt::Params::new(n.trailing_zeros() as u8, r, p).ok())
                .ok_or_else(|| unsupported(format_args!("scrypt with N={n} r={r} p={p}")))?;
            return Ok((
                Self::Scrypt {
                    salt,
                    n,
                    r,
                    p,
                    parameters,
                },
                key_len,
            ));
        }
        let iterations = cost::iterations(fields.expect(INTEGER).map_err(malformed)?)?;
        let key_len = length(fields.optional(INTEGER).map_err(malformed)?)?;
        let prf = match fields.optional(SEQUENCE).map_err(malformed)? {
            Some(prf) => asn1::parse_algorithm(prf.raw).map_err(malformed)?.0,
            None => HMAC_SHA1,
        };
        fields.finish().map_err(malformed)?;
        let prf =
            hmac_digest(prf).ok_or_else(|| unsupported(format_args!("the pseudorandom function {prf}")))?;
        Ok((
            Self::Pbkdf2 {
                salt,
                iterations,
                prf,
            },
            key_len,
        ))
    }

    fn derive(&self, password: &[u8], len: usize) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Pbkdf2 {
                salt,
                iterations,
                prf,
            } => kdf::pbkdf2(*prf, password, salt, *iterations, len),
            Self::Scrypt { salt, parameters, .. } => {
                let mut key = Zeroizing::new(vec![0; len]);
                scrypt::scrypt(password, salt, parameters, &mut key).ok()?;
                Some(key)
            }
        }
    }
}

fn length(element: Option<Element<'_>>) -> Result<Option<usize>, Pkcs12Error> {
    element
        .map(|element| element.small_integer().map(|len| len as usize).map_err(malformed))
        .transpose()
}

fn malformed(reason: String) -> Pkcs12Error {
    Pkcs12Error::Malformed {
        reason: format!("PBES2: {reason}"),
    }
}

fn unsupported(what: fmt::Arguments<'_>) -> Pkcs12Error {
    Pkcs12Error::Unsupported {
        what: format!("PBES2 with {what}"),
    }
}

/// RFC 7914, 7.
const SCRYPT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.4.11");
/// The longest key of RC2, in bytes; no other cipher has a longer one.
const MAX_KEY: usize = 128;
/// What those who put AES-GCM into PBES2 append.
const TAG_LEN: usize = 16;
