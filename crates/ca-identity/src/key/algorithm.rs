//! Names of the keys that are made here and of those met elsewhere.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512, OaepAlgorithm,
};
use der::asn1::ObjectIdentifier;

use super::KeyTransportError;
use crate::digest::DigestAlgorithm;

/// A kind of key that can be made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// ECDSA and ECDH on P-256.
    EcP256,
    /// ECDSA and ECDH on P-384.
    EcP384,
    /// ECDSA and ECDH on P-521.
    EcP521,
    /// Ed25519 (RFC 8410): signatures only.
    Ed25519,
}

/// A key algorithm name that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error(
    "unknown key algorithm \"{name}\": use rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521 or ed25519"
)]
pub struct UnknownKeyAlgorithm {
    /// The name as given, shortened to its first characters.
    pub name: String,
}

impl KeyAlgorithm {
    /// All kinds of key, in the order of their names in listings.
    pub const ALL: [Self; 7] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::EcP256,
        Self::EcP384,
        Self::EcP521,
        Self::Ed25519,
    ];

    /// Tells whether mail can be encrypted to such a key.
    pub fn can_encrypt(self) -> bool {
        self != Self::Ed25519
    }

    /// Tells whether this is RSA of any size.
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    /// Returns the kind of such a key.
    pub fn kind(self) -> KeyKind {
        match self {
            Self::Rsa2048 => KeyKind::Rsa { bits: 2048 },
            Self::Rsa3072 => KeyKind::Rsa { bits: 3072 },
            Self::Rsa4096 => KeyKind::Rsa { bits: 4096 },
            Self::EcP256 => KeyKind::EcP256,
            Self::EcP384 => KeyKind::EcP384,
            Self::EcP521 => KeyKind::EcP521,
            Self::Ed25519 => KeyKind::Ed25519,
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

impl FromStr for KeyAlgorithm {
    type Err = UnknownKeyAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownKeyAlgorithm> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.to_string() == name)
            .ok_or_else(|| UnknownKeyAlgorithm {
                name: name.chars().take(32).collect(),
            })
    }
}

/// A kind of key that may be met in a certificate or a key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA, for any scheme (`rsaEncryption`).
    Rsa {
        /// The length of the modulus in bits.
        bits: u32,
    },
    /// RSA that may be used with RSASSA-PSS only (`id-RSASSA-PSS`, RFC 4055).
    RsaPss {
        /// The length of the modulus in bits.
        bits: u32,
    },
    /// Elliptic curve P-256.
    EcP256,
    /// Elliptic curve P-384.
    EcP384,
    /// Elliptic curve P-521.
    EcP521,
    /// Ed25519.
    Ed25519,
    /// X25519 (RFC 8410): key agreement only.
    X25519,
    /// DSA, for checking old signatures only.
    Dsa {
        /// The length of the prime p in bits; 0 where the parameters are the issuer's (RFC 3279, 2.3.2).
        bits: u32,
    },
    /// Anything else: its algorithm, or its curve where the algorithm is an elliptic curve.
    Other(ObjectIdentifier),
}

impl KeyKind {
    /// Tells whether this is RSA, of either identifier.
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa { .. } | Self::RsaPss { .. })
    }

    /// Tells whether such keys agree on a secret (RFC 5753, RFC 8418).
    pub fn is_key_agreement(self) -> bool {
        self.is_ec() || self == Self::X25519
    }

    /// Tells whether this is one of the elliptic curves that ECDSA and ECDH use here.
    pub fn is_ec(self) -> bool {
        matches!(self, Self::EcP256 | Self::EcP384 | Self::EcP521)
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "rsa-{bits}"),
            Self::RsaPss { bits } => write!(f, "rsa-pss-{bits}"),
            Self::EcP256 => f.write_str("ec-p256"),
            Self::EcP384 => f.write_str("ec-p384"),
            Self::EcP521 => f.write_str("ec-p521"),
            Self::Ed25519 => f.write_str("ed25519"),
            Self::X25519 => f.write_str("x25519"),
            Self::Dsa { bits: 0 } => f.write_str("dsa"),
            Self::Dsa { bits } => write!(f, "dsa-{bits}"),
            Self::Other(oid) => write!(f, "{oid}"),
        }
    }
}

/// How RSA encrypts a content-encryption key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RsaEncryption {
    /// RSAES-PKCS1-v1_5 (RFC 8017, 7.2).
    Pkcs1v15,
    /// RSAES-OAEP (RFC 8017, 7.1).
    Oaep {
        /// The digest of the label.
        digest: DigestAlgorithm,
        /// The digest of the mask generation function MGF1.
        mgf1_digest: DigestAlgorithm,
        /// The label (`pSourceFunc` of RFC 4055, 4.1), which is empty as a rule.
        label: Vec<u8>,
    },
}

/// Returns the OAEP of the library, which has it only with the same digest for label and mask.
pub(super) fn oaep_algorithm(
    digest: DigestAlgorithm,
    mgf1_digest: DigestAlgorithm,
) -> Result<&'static OaepAlgorithm, KeyTransportError> {
    match digest {
        _ if digest != mgf1_digest => Err(KeyTransportError::UnsupportedOaep { digest, mgf1_digest }),
        DigestAlgorithm::Sha1 => Ok(&OAEP_SHA1_MGF1SHA1),
        DigestAlgorithm::Sha256 => Ok(&OAEP_SHA256_MGF1SHA256),
        DigestAlgorithm::Sha384 => Ok(&OAEP_SHA384_MGF1SHA384),
        DigestAlgorithm::Sha512 => Ok(&OAEP_SHA512_MGF1SHA512),
        DigestAlgorithm::Md5 | DigestAlgorithm::Sha224 => {
            Err(KeyTransportError::UnsupportedOaep { digest, mgf1_digest })
        }
    }
}
