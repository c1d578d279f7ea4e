//! The integrity check over a whole file: HMAC keyed by the PKCS#12 key derivation (RFC 7292, B), or PBMAC1 (RFC 9579).

use std::num::NonZeroU32;

use der::asn1::ObjectIdentifier;
use hmac::digest::block_api::BlockSizeUser;
use hmac::digest::{Digest, FixedOutputReset};
use hmac::{KeyInit, Mac, SimpleHmac};
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use zeroize::Zeroizing;

use super::cost::{self, Budget};
use super::password::Candidate;
use super::{MacSummary, Pkcs12Error, oids};
use crate::asn1::{self, Element, INTEGER, OCTET_STRING, SEQUENCE};
use crate::digest::DigestAlgorithm;

/// MacData as read from a file.
pub(super) struct MacData {
    scheme: Scheme,
    value: Vec<u8>,
}

enum Scheme {
    Pkcs12 {
        digest: DigestAlgorithm,
        salt: Vec<u8>,
        iterations: u32,
    },
    Pbmac1 {
        salt: Vec<u8>,
        iterations: u32,
        key_len: usize,
        prf: ring::pbkdf2::Algorithm,
        mac: DigestAlgorithm,
    },
}

impl MacData {
    /// Reads MacData.
    pub(super) fn parse(element: Element<'_>) -> Result<Self, Pkcs12Error> {
        let malformed = |reason: String| Pkcs12Error::Malformed {
            reason: format!("macData: {reason}"),
        };
        let mut fields = element.children().map_err(malformed)?;
        let mut digest_info = fields
            .expect(SEQUENCE)
            .and_then(Element::children)
            .map_err(malformed)?;
        let algorithm_der = digest_info.expect(SEQUENCE).map_err(malformed)?.raw;
        let value = digest_info
            .expect(OCTET_STRING)
            .map_err(malformed)?
            .value
            .to_vec();
        digest_info.finish().map_err(malformed)?;
        let salt = fields.expect(OCTET_STRING).map_err(malformed)?.value.to_vec();
        let count = fields.optional(INTEGER).map_err(malformed)?;
        fields.finish().map_err(malformed)?;
        let (algorithm, parameters) = asn1::parse_algorithm(algorithm_der).map_err(malformed)?;
        let scheme = if algorithm == oids::PBMAC1 {
            // RFC 9579, 4: the salt and the iterations above mean nothing then.
            pbmac1(parameters.unwrap_or_default())?
        } else {
            let digest = DigestAlgorithm::from_oid(&algorithm).ok_or_else(|| Pkcs12Error::Unsupported {
                what: format!("a MAC with the digest {algorithm}"),
            })?;
            Scheme::Pkcs12 {
                digest,
                salt,
                // DEFAULT 1
                iterations: count.map_or(Ok(1), cost::iterations)?,
            }
        };
        Ok(Self { scheme, value })
    }

    /// Tells whether the password gives the MAC of `content`.
    pub(super) fn verifies(
        &self,
        password: &Candidate,
        content: &[u8],
        budget: &mut Budget,
    ) -> Result<bool, Pkcs12Error> {
        budget.spend(self.cost())?;
        let computed = match &self.scheme {
            Scheme::Pkcs12 {
                digest,
                salt,
                iterations,
            } => pkcs12_mac(*digest, &password.utf16, salt, *iterations, content),
            Scheme::Pbmac1 {
                salt,
                iterations,
                key_len,
                prf,
                mac,
            } => {
                let Some(count) = NonZeroU32::new(*iterations) else {
                    return Ok(false);
                };
                let mut key = Zeroizing::new(vec![0; *key_len]);
                ring::pbkdf2::derive(*prf, count, salt, &password.utf8, &mut key);
                hmac(*mac, &key, content)
            }
        };
        Ok(aws_lc_rs::constant_time::verify_slices_are_equal(&computed, &self.value).is_ok())
    }

    fn cost(&self) -> u64 {
        match &self.scheme {
            Scheme::Pkcs12 { iterations, .. } => u64::from(*iterations),
            // PBKDF2 starts anew for each stretch of its function's output, 20 bytes at least.
            Scheme::Pbmac1 {
                iterations, key_len, ..
            } => u64::from(*iterations) * key_len.div_ceil(20) as u64,
        }
    }

    /// The algorithm's name and its iterations, for people.
    pub(super) fn summary(&self) -> MacSummary {
        match &self.scheme {
            Scheme::Pkcs12 {
                digest, iterations, ..
            } => MacSummary {
                algorithm: format!("hmac-{digest}"),
                iterations: *iterations,
            },
            Scheme::Pbmac1 { mac, iterations, .. } => MacSummary {
                algorithm: format!("pbmac1 hmac-{mac}"),
                iterations: *iterations,
            },
        }
    }
}

/// Encodes MacData over `content`.
pub(super) fn mac_data(
    digest: DigestAlgorithm,
    password: &Candidate,
    salt: &[u8],
    iterations: u32,
    content: &[u8],
) -> Vec<u8> {
    let value = pkcs12_mac(digest, &password.utf16, salt, iterations, content);
    let algorithm = asn1::algorithm_identifier(digest.oid(), &[asn1::NULL, 0]);
    let digest_info = asn1::tlv(SEQUENCE, &[&algorithm, &asn1::tlv(OCTET_STRING, &[&value])]);
    asn1::tlv(
        SEQUENCE,
        &[
            &digest_info,
            &asn1::tlv(OCTET_STRING, &[salt]),
            &asn1::unsigned(iterations.into()),
        ],
    )
}

fn pbmac1(parameters: &[u8]) -> Result<Scheme, Pkcs12Error> {
    let malformed = |reason: String| Pkcs12Error::Malformed {
        reason: format!("PBMAC1: {reason}"),
    };
    let unsupported = |what: String| Pkcs12Error::Unsupported {
        what: format!("PBMAC1 with {what}"),
    };
    let mut fields = Element::parse_as(SEQUENCE, parameters)
        .and_then(Element::children)
        .map_err(malformed)?;
    let (kdf, kdf_parameters) =
        asn1::parse_algorithm(fields.expect(SEQUENCE).map_err(malformed)?.raw).map_err(malformed)?;
    let (mac, _) =
        asn1::parse_algorithm(fields.expect(SEQUENCE).map_err(malformed)?.raw).map_err(malformed)?;
    fields.finish().map_err(malformed)?;
    if kdf != oids::PBKDF2 {
        return Err(unsupported(kdf.to_string()));
    }
    let mut fields = Element::parse_as(SEQUENCE, kdf_parameters.unwrap_or_default())
        .and_then(Element::children)
        .map_err(malformed)?;
    let salt = fields.expect(OCTET_STRING).map_err(malformed)?.value.to_vec();
    let iterations = cost::iterations(fields.expect(INTEGER).map_err(malformed)?)?;
    // RFC 9579: keyLength must be there.
    let key_len = fields
        .expect(INTEGER)
        .and_then(Element::small_integer)
        .map_err(malformed)? as usize;
    // RFC 9579: keys shorter than 20 octets must be refused (one of a single octet is guessed in 256 attempts).
    if !(20..=MAX_MAC_KEY).contains(&key_len) {
        return Err(unsupported(format!("a key of {key_len} bytes")));
    }
    let prf = match fields.optional(SEQUENCE).map_err(malformed)? {
        Some(prf) => asn1::parse_algorithm(prf.raw).map_err(malformed)?.0,
        None => HMAC_SHA1,
    };
    let prf_algorithm = match hmac_digest(prf) {
        Some(DigestAlgorithm::Sha1) => ring::pbkdf2::PBKDF2_HMAC_SHA1,
        Some(DigestAlgorithm::Sha256) => ring::pbkdf2::PBKDF2_HMAC_SHA256,
        Some(DigestAlgorithm::Sha384) => ring::pbkdf2::PBKDF2_HMAC_SHA384,
        Some(DigestAlgorithm::Sha512) => ring::pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return Err(unsupported(prf.to_string())),
    };
    fields.finish().map_err(malformed)?;
    let mac = hmac_digest(mac).ok_or_else(|| unsupported(mac.to_string()))?;
    Ok(Scheme::Pbmac1 {
        salt,
        iterations,
        key_len,
        prf: prf_algorithm,
        mac,
    })
}

pub(super) fn hmac_digest(oid: ObjectIdentifier) -> Option<DigestAlgorithm> {
    [
        (HMAC_SHA1, DigestAlgorithm::Sha1),
        (
            ObjectIdentifier::new_unwrap("1.2.840.113549.2.8"),
            DigestAlgorithm::Sha224,
        ),
        (
            ObjectIdentifier::new_unwrap("1.2.840.113549.2.9"),
            DigestAlgorithm::Sha256,
        ),
        (
            ObjectIdentifier::new_unwrap("1.2.840.113549.2.10"),
            DigestAlgorithm::Sha384,
        ),
        (
            ObjectIdentifier::new_unwrap("1.2.840.113549.2.11"),
            DigestAlgorithm::Sha512,
        ),
    ]
    .into_iter()
    .find(|(known, _)| *known == oid)
    .map(|(_, digest)| digest)
}

fn pkcs12_mac(
    digest: DigestAlgorithm,
    utf16: &[u8],
    salt: &[u8],
    iterations: u32,
    content: &[u8],
) -> Vec<u8> {
    match digest {
        DigestAlgorithm::Md5 => mac_with::<md5::Md5>(utf16, salt, iterations, content),
        DigestAlgorithm::Sha1 => mac_with::<sha1::Sha1>(utf16, salt, iterations, content),
        DigestAlgorithm::Sha224 => mac_with::<sha2::Sha224>(utf16, salt, iterations, content),
        DigestAlgorithm::Sha256 => mac_with::<sha2::Sha256>(utf16, salt, iterations, content),
        DigestAlgorithm::Sha384 => mac_with::<sha2::Sha384>(utf16, salt, iterations, content),
        DigestAlgorithm::Sha512 => mac_with::<sha2::Sha512>(utf16, salt, iterations, content),
    }
}

fn mac_with<D: Digest + FixedOutputReset + BlockSizeUser + Clone>(
    utf16: &[u8],
    salt: &[u8],
    iterations: u32,
    content: &[u8],
) -> Vec<u8> {
    let rounds = i32::try_from(iterations).unwrap_or(i32::MAX);
    let length = <D as Digest>::output_size();
    let key = Zeroizing::new(derive_key::<D>(utf16, salt, Pkcs12KeyType::Mac, rounds, length));
    hmac_with::<D>(&key, content)
}

fn hmac(digest: DigestAlgorithm, key: &[u8], content: &[u8]) -> Vec<u8> {
    match digest {
        DigestAlgorithm::Md5 => hmac_with::<md5::Md5>(key, content),
        DigestAlgorithm::Sha1 => hmac_with::<sha1::Sha1>(key, content),
        DigestAlgorithm::Sha224 => hmac_with::<sha2::Sha224>(key, content),
        DigestAlgorithm::Sha256 => hmac_with::<sha2::Sha256>(key, content),
        DigestAlgorithm::Sha384 => hmac_with::<sha2::Sha384>(key, content),
        DigestAlgorithm::Sha512 => hmac_with::<sha2::Sha512>(key, content),
    }
}

fn hmac_with<D: Digest + BlockSizeUser + Clone>(key: &[u8], content: &[u8]) -> Vec<u8> {
    // An HMAC key may have any length; an empty answer would match nothing.
    SimpleHmac::<D>::new_from_slice(key)
        .map(|mut mac| {
            Mac::update(&mut mac, content);
            mac.finalize().into_bytes().to_vec()
        })
        .unwrap_or_default()
}

pub(super) const HMAC_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.7");
const MAX_MAC_KEY: usize = 1024;
