//! Public keys.

use std::fmt;

use aws_lc_rs::rsa::{OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use der::asn1::ObjectIdentifier;

use super::algorithm::oaep_algorithm;
use super::{
    DSA, EC_PUBLIC_KEY, ED25519, KeyAlgorithm, KeyError, KeyKind, KeyTransportError, RSA_ENCRYPTION,
    RSASSA_PSS, RsaEncryption, SECP256R1, SECP384R1, SECP521R1, X25519,
};
use crate::asn1::{self, Element, INTEGER, NULL, SEQUENCE};

/// A public key, as a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    spki: Vec<u8>,
    key_bytes: Vec<u8>,
    kind: KeyKind,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if it is not one. A key of an unknown kind is read and has the kind
    /// [`KeyKind::Other`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::parse(der).map_err(|reason| KeyError::Malformed {
            reason: format!("public key: {reason}"),
        })
    }

    /// Makes the public key of a point on the curve of `self`: an originator's ephemeral key (RFC 5753, 3.1.1;
    /// RFC 8418, 3).
    ///
    /// # Errors
    /// [`KeyError`] if `self` is no key for key agreement or `point` cannot be a point of its curve.
    pub fn with_point(&self, point: &[u8]) -> Result<Self, KeyError> {
        let spki = match (self.kind, curve_oid(self.kind)) {
            (KeyKind::X25519, _) => bare_spki(X25519, point),
            (_, Some(curve)) => ec_spki(curve, point),
            (kind, None) => {
                return Err(KeyError::UnsupportedKey {
                    what: kind.to_string(),
                });
            }
        };
        Self::from_spki_der(&spki)
    }

    /// Returns the SubjectPublicKeyInfo.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// Returns the content of the subjectPublicKey BIT STRING.
    pub fn key_bytes(&self) -> &[u8] {
        &self.key_bytes
    }

    /// Returns the kind of key.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Returns the kind of key if it is one that can be made here.
    pub fn key_algorithm(&self) -> Option<KeyAlgorithm> {
        KeyAlgorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.kind() == self.kind)
    }

    /// Returns the SHA-1 digest of the subjectPublicKey BIT STRING (RFC 5280, 4.2.1.2, method 1).
    pub fn subject_key_identifier(&self) -> [u8; 20] {
        let mut identifier = [0; 20];
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &self.key_bytes);
        identifier.copy_from_slice(digest.as_ref());
        identifier
    }

    /// Encrypts a content-encryption key with RSA.
    ///
    /// # Errors
    /// [`KeyTransportError`] if this is not an RSA key of 2048 to 8192 bits or `plaintext` is too long for it.
    pub fn rsa_encrypt(
        &self,
        encryption: &RsaEncryption,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, KeyTransportError> {
        let unsupported = || KeyTransportError::Unsupported {
            key: self.kind,
            operation: "RSA encryption".to_owned(),
        };
        if !matches!(self.kind, KeyKind::Rsa { .. }) {
            return Err(unsupported());
        }
        let key = PublicEncryptingKey::from_der(&self.spki).map_err(|_| unsupported())?;
        let mut out = vec![0; key.key_size_bytes()];
        let written = match encryption {
            RsaEncryption::Pkcs1v15 => Pkcs1PublicEncryptingKey::new(key)
                .and_then(|key| key.encrypt(plaintext, &mut out).map(|written| written.len())),
            RsaEncryption::Oaep {
                digest,
                mgf1_digest,
                label,
            } => {
                let algorithm = oaep_algorithm(*digest, *mgf1_digest)?;
                OaepPublicEncryptingKey::new(key).and_then(|key| {
                    key.encrypt(algorithm, plaintext, &mut out, Some(label))
                        .map(|written| written.len())
                })
            }
        };
        out.truncate(written.map_err(|_| KeyTransportError::Failed)?);
        Ok(out)
    }

    /// Returns this DSA key with the parameters p, q and g of another one, from which it inherits them (RFC 3279, 2.3.2;
    /// RFC 5280, 6.1.4 (e)); `None` unless this one has none and the other one has.
    pub fn with_parameters_of(&self, issuer: &Self) -> Option<Self> {
        let (KeyKind::Dsa { bits: 0 }, KeyKind::Dsa { bits: 1.. }) = (self.kind, issuer.kind) else {
            return None;
        };
        let mut fields = Element::parse_as(SEQUENCE, &issuer.spki).ok()?.children().ok()?;
        let algorithm = fields.expect(SEQUENCE).ok()?.raw;
        let spki = asn1::tlv(SEQUENCE, &[algorithm, &asn1::bit_string(&self.key_bytes)]);
        Self::from_spki_der(&spki).ok()
    }

    /// Tells whether the key is an elliptic curve point in uncompressed form, the only one that `ring` reads.
    pub(crate) fn is_uncompressed_point(&self) -> bool {
        self.key_bytes.first() == Some(&4)
    }

    /// Tells whether the key is written in the one form that its standard demands (RFC 3279, 2.3.1: NULL parameters; RFC 5480,
    /// 2.2: an uncompressed point), so that two writings of one key cannot be taken for two keys.
    pub fn is_canonical(&self) -> bool {
        match self.kind {
            KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 => self.is_uncompressed_point(),
            KeyKind::Rsa { .. } => self
                .spki
                .windows(RSA_WITH_NULL.len())
                .take(8)
                .any(|algorithm| algorithm == RSA_WITH_NULL),
            _ => true,
        }
    }

    fn parse(der: &[u8]) -> Result<Self, String> {
        let mut fields = Element::parse_as(SEQUENCE, der)?.children()?;
        let algorithm_der = fields.expect(SEQUENCE)?.raw;
        let key_bytes = fields.next()?.bit_string()?;
        fields.finish()?;
        let (algorithm, parameters) = asn1::parse_algorithm(algorithm_der)?;
        let kind = match algorithm {
            RSA_ENCRYPTION => KeyKind::Rsa {
                bits: rsa_bits(key_bytes)?,
            },
            RSASSA_PSS => KeyKind::RsaPss {
                bits: rsa_bits(key_bytes)?,
            },
            EC_PUBLIC_KEY => match parameters.map(Element::parse).transpose()?.map(Element::oid) {
                Some(Ok(curve)) => ec_kind(curve, key_bytes)?,
                // Curves given by their parameters instead of their name.
                _ => KeyKind::Other(EC_PUBLIC_KEY),
            },
            ED25519 | X25519 if key_bytes.len() != 32 => {
                return Err(format!(
                    "an Ed25519 or X25519 key has 32 bytes, not {}",
                    key_bytes.len()
                ));
            }
            ED25519 => KeyKind::Ed25519,
            X25519 => KeyKind::X25519,
            DSA => match parameters {
                // Inherited from the issuer's key.
                None | Some([NULL, 0]) => KeyKind::Dsa { bits: 0 },
                Some(parameters) => KeyKind::Dsa {
                    bits: dsa_bits(parameters, key_bytes)?,
                },
            },
            other => KeyKind::Other(other),
        };
        Ok(Self {
            spki: der.to_vec(),
            key_bytes: key_bytes.to_vec(),
            kind,
        })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PublicKey({} {})",
            self.kind,
            hex::encode(self.subject_key_identifier())
        )
    }
}

/// Encodes the SubjectPublicKeyInfo of a key whose algorithm has no parameters (RFC 8410, 4).
pub(super) fn bare_spki(algorithm: ObjectIdentifier, key: &[u8]) -> Vec<u8> {
    let algorithm = asn1::algorithm_identifier(algorithm, &[]);
    asn1::tlv(SEQUENCE, &[&algorithm, &asn1::bit_string(key)])
}

/// Encodes the SubjectPublicKeyInfo of a point on a named curve.
pub(super) fn ec_spki(curve: ObjectIdentifier, point: &[u8]) -> Vec<u8> {
    let algorithm = asn1::algorithm_identifier(EC_PUBLIC_KEY, &asn1::oid(curve));
    asn1::tlv(SEQUENCE, &[&algorithm, &asn1::bit_string(point)])
}

pub(super) fn curve_oid(kind: KeyKind) -> Option<ObjectIdentifier> {
    match kind {
        KeyKind::EcP256 => Some(SECP256R1),
        KeyKind::EcP384 => Some(SECP384R1),
        KeyKind::EcP521 => Some(SECP521R1),
        _ => None,
    }
}

fn ec_kind(curve: ObjectIdentifier, point: &[u8]) -> Result<KeyKind, String> {
    let (kind, field_len) = match curve {
        SECP256R1 => (KeyKind::EcP256, 32),
        SECP384R1 => (KeyKind::EcP384, 48),
        SECP521R1 => (KeyKind::EcP521, 66),
        other => return Ok(KeyKind::Other(other)),
    };
    let expected = match point.first() {
        Some(4) => 2 * field_len + 1,
        Some(2 | 3) => field_len + 1,
        _ => return Err("not an elliptic curve point".to_owned()),
    };
    if point.len() == expected {
        Ok(kind)
    } else {
        Err(format!(
            "a point on {kind} has {expected} bytes, not {}",
            point.len()
        ))
    }
}

/// Checks the lengths of Dss-Parms and public key, so that no verification costs more than one of 4096 bits.
fn dsa_bits(parameters: &[u8], key: &[u8]) -> Result<u32, String> {
    let mut fields = Element::parse_as(SEQUENCE, parameters)?.children()?;
    let mut number = || fields.next().and_then(Element::integer).and_then(positive_bits);
    let (p, q, g) = (number()?, number()?, number()?);
    fields.finish()?;
    let y = positive_bits(Element::parse_as(INTEGER, key)?.integer()?)?;
    if !(512..=4096).contains(&p) || !(160..=256).contains(&q) || g > p || y > p {
        return Err(format!("DSA parameters of {p} and {q} bits"));
    }
    Ok(p)
}

fn positive_bits(number: &[u8]) -> Result<u32, String> {
    if number.first().is_none_or(|byte| byte & 0x80 != 0) {
        return Err("a negative DSA parameter".to_owned());
    }
    let number = number.strip_prefix(&[0]).unwrap_or(number);
    let bits = number.len() * 8 - number.first().map_or(0, |byte| byte.leading_zeros() as usize);
    u32::try_from(bits).map_err(|_| "a DSA parameter is too long".to_owned())
}

fn rsa_bits(key: &[u8]) -> Result<u32, String> {
    let mut fields = Element::parse_as(SEQUENCE, key)?.children()?;
    let modulus = fields.next()?.integer()?;
    let exponent = fields.next()?.integer()?;
    fields.finish()?;
    if [modulus, exponent]
        .iter()
        .any(|number| number.first().is_none_or(|byte| byte & 0x80 != 0))
    {
        return Err("an RSA modulus or exponent is negative".to_owned());
    }
    let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    u32::try_from(bits).map_err(|_| "the RSA modulus is too long".to_owned())
}

/// The algorithm of an RSA key, with its parameters.
const RSA_WITH_NULL: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
