//! Signature schemes and their AlgorithmIdentifiers in certificates and in CMS.

use std::fmt;

use der::asn1::ObjectIdentifier;

use crate::asn1::{self, Element, INTEGER, NULL, SEQUENCE};
use crate::digest::DigestAlgorithm;
use crate::key::{DSA, EC_PUBLIC_KEY, ED25519, KeyKind, PublicKey, RSA_ENCRYPTION, RSASSA_PSS};

/// A signature scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017, 8.1), MGF1 with the same digest, trailer field 1.
    RsaPss {
        /// The digest of the message and of MGF1.
        digest: DigestAlgorithm,
        /// The length of the salt in bytes.
        salt_len: usize,
    },
    /// ECDSA with a DER-encoded signature value (RFC 3279, 2.2.3).
    Ecdsa(DigestAlgorithm),
    /// Ed25519 (RFC 8032, RFC 8410).
    Ed25519,
    /// DSA (FIPS 186-4, RFC 3279, 2.2.2): checked, never made.
    Dsa(DigestAlgorithm),
}

/// Why a signature algorithm was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemeError {
    /// The algorithm and the digest beside it contradict each other.
    #[error("the signature algorithm ({algorithm}) does not fit the digest algorithm ({digest})")]
    DigestMismatch {
        /// The signature algorithm.
        algorithm: String,
        /// The digest algorithm named beside it.
        digest: DigestAlgorithm,
    },
    /// The AlgorithmIdentifier cannot be read.
    #[error("malformed signature algorithm: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The algorithm is not known here.
    #[error("unsupported signature algorithm {oid}")]
    Unsupported {
        /// Its identifier.
        oid: ObjectIdentifier,
    },
    /// The key is of a kind that makes no known signatures.
    #[error("a {kind} key makes no signature known here")]
    UnsupportedKey {
        /// The kind of key.
        kind: KeyKind,
    },
    /// RSASSA-PSS parameters that no library here can check.
    #[error("unsupported RSA-PSS parameters: {reason}")]
    UnsupportedPss {
        /// What is unusual about them.
        reason: String,
    },
}

impl SignatureScheme {
    /// Returns the scheme that a key signs with unless told otherwise: SHA-256 for RSA and P-256, SHA-384 for
    /// P-384, SHA-512 for P-521, Ed25519 (in CMS with SHA-512).
    ///
    /// # Errors
    /// [`SchemeError::UnsupportedKey`] for a kind of key that is not known.
    pub fn default_for(key: &PublicKey) -> Result<Self, SchemeError> {
        match key.kind() {
            KeyKind::Rsa { .. } => Ok(Self::RsaPkcs1(DigestAlgorithm::Sha256)),
            KeyKind::RsaPss { .. } => Ok(Self::rsa_pss(DigestAlgorithm::Sha256)),
            KeyKind::EcP256 => Ok(Self::Ecdsa(DigestAlgorithm::Sha256)),
            KeyKind::EcP384 => Ok(Self::Ecdsa(DigestAlgorithm::Sha384)),
            KeyKind::EcP521 => Ok(Self::Ecdsa(DigestAlgorithm::Sha512)),
            KeyKind::Ed25519 => Ok(Self::Ed25519),
            kind @ (KeyKind::X25519 | KeyKind::Dsa { .. } | KeyKind::Other(_)) => {
                Err(SchemeError::UnsupportedKey { kind })
            }
        }
    }

    /// Returns the RSASSA-PSS scheme with a salt as long as the digest.
    pub fn rsa_pss(digest: DigestAlgorithm) -> Self {
        Self::RsaPss {
            digest,
            salt_len: digest.output_len(),
        }
    }

    /// Returns the same scheme with another digest; Ed25519 stays as it is.
    #[must_use]
    pub fn with_digest(self, digest: DigestAlgorithm) -> Self {
        match self {
            Self::RsaPkcs1(_) => Self::RsaPkcs1(digest),
            Self::RsaPss { .. } => Self::rsa_pss(digest),
            Self::Ecdsa(_) => Self::Ecdsa(digest),
            Self::Ed25519 => Self::Ed25519,
            Self::Dsa(_) => Self::Dsa(digest),
        }
    }

    /// Returns the digest of the message: for Ed25519 the one that CMS names beside it (SHA-512, RFC 8419).
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1(digest)
            | Self::RsaPss { digest, .. }
            | Self::Ecdsa(digest)
            | Self::Dsa(digest) => digest,
            Self::Ed25519 => DigestAlgorithm::Sha512,
        }
    }

    /// Tells whether the scheme is one of RSA's.
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::RsaPkcs1(_) | Self::RsaPss { .. })
    }

    /// Returns the DER encoding of the AlgorithmIdentifier (RFC 4055, RFC 5758, RFC 8410).
    pub fn algorithm_identifier_der(self) -> Vec<u8> {
        match self {
            Self::RsaPkcs1(digest) => asn1::algorithm_identifier(rsa_oid(digest), &[NULL, 0]),
            Self::RsaPss { digest, salt_len } => {
                asn1::algorithm_identifier(RSASSA_PSS, &pss_parameters(digest, salt_len))
            }
            Self::Ecdsa(digest) => match ecdsa_oid(digest) {
                Some(oid) => asn1::algorithm_identifier(oid, &[]),
                // There is no ECDSA with MD5; a reader then needs the digest from beside the key algorithm.
                None => asn1::algorithm_identifier(EC_PUBLIC_KEY, &[]),
            },
            Self::Ed25519 => asn1::algorithm_identifier(ED25519, &[]),
            Self::Dsa(digest) => asn1::algorithm_identifier(dsa_oid(digest).unwrap_or(DSA), &[]),
        }
    }

    /// Reads an AlgorithmIdentifier that names both key and digest, as in a certificate.
    ///
    /// # Errors
    /// [`SchemeError`] if it is malformed or not supported.
    pub fn from_algorithm_identifier_der(der: &[u8]) -> Result<Self, SchemeError> {
        let malformed = |reason| SchemeError::Malformed { reason };
        let (oid, parameters) = asn1::parse_algorithm(der).map_err(malformed)?;
        if oid == RSASSA_PSS {
            let parameters = parameters.ok_or_else(|| malformed("RSA-PSS without parameters".to_owned()))?;
            return parse_pss(parameters);
        }
        let scheme = if let Some(digest) = ALL_DIGESTS.into_iter().find(|digest| rsa_oid(*digest) == oid) {
            Self::RsaPkcs1(digest)
        } else if let Some(digest) = ALL_DIGESTS
            .into_iter()
            .find(|digest| ecdsa_oid(*digest) == Some(oid))
        {
            Self::Ecdsa(digest)
        } else if let Some(digest) = ALL_DIGESTS
            .into_iter()
            .find(|digest| dsa_oid(*digest) == Some(oid))
        {
            Self::Dsa(digest)
        } else if oid == ED25519 {
            Self::Ed25519
        } else {
            return Err(SchemeError::Unsupported { oid });
        };
        // RSA wants NULL, the others nothing; writers confuse the two, and neither says anything.
        match parameters {
            None | Some([NULL, 0]) => Ok(scheme),
            Some(_) => Err(malformed(format!("unexpected parameters of {oid}"))),
        }
    }

    /// Reads the signatureAlgorithm of a CMS SignerInfo, whose digest may stand beside it in digestAlgorithm
    /// (`rsaEncryption`, `id-ecPublicKey`).
    ///
    /// # Errors
    /// [`SchemeError`] if it is malformed, not supported or contradicts `digest`.
    pub fn from_cms(signature_algorithm_der: &[u8], digest: DigestAlgorithm) -> Result<Self, SchemeError> {
        let (oid, _) = asn1::parse_algorithm(signature_algorithm_der)
            .map_err(|reason| SchemeError::Malformed { reason })?;
        match oid {
            RSA_ENCRYPTION => return Ok(Self::RsaPkcs1(digest)),
            EC_PUBLIC_KEY => return Ok(Self::Ecdsa(digest)),
            DSA => return Ok(Self::Dsa(digest)),
            _ => {}
        }
        let scheme = Self::from_algorithm_identifier_der(signature_algorithm_der)?;
        // Ed25519 digests inside; what stands beside it is the digest of the content only.
        if scheme != Self::Ed25519 && scheme.digest() != digest {
            return Err(SchemeError::DigestMismatch {
                algorithm: scheme.to_string(),
                digest,
            });
        }
        Ok(scheme)
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPkcs1(digest) => write!(f, "RSA PKCS#1 v1.5 with {}", digest_title(*digest)),
            Self::RsaPss { digest, salt_len } if *salt_len == digest.output_len() => {
                write!(f, "RSA-PSS with {}", digest_title(*digest))
            }
            Self::RsaPss { digest, salt_len } => {
                write!(
                    f,
                    "RSA-PSS with {} and a salt of {salt_len} bytes",
                    digest_title(*digest)
                )
            }
            Self::Ecdsa(digest) => write!(f, "ECDSA with {}", digest_title(*digest)),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Dsa(digest) => write!(f, "DSA with {}", digest_title(*digest)),
        }
    }
}

fn digest_title(digest: DigestAlgorithm) -> &'static str {
    match digest {
        DigestAlgorithm::Md5 => "MD5",
        DigestAlgorithm::Sha1 => "SHA-1",
        DigestAlgorithm::Sha224 => "SHA-224",
        DigestAlgorithm::Sha256 => "SHA-256",
        DigestAlgorithm::Sha384 => "SHA-384",
        DigestAlgorithm::Sha512 => "SHA-512",
    }
}

fn rsa_oid(digest: DigestAlgorithm) -> ObjectIdentifier {
    match digest {
        DigestAlgorithm::Md5 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4"),
        DigestAlgorithm::Sha1 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"),
        DigestAlgorithm::Sha224 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.14"),
        DigestAlgorithm::Sha256 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
        DigestAlgorithm::Sha384 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12"),
        DigestAlgorithm::Sha512 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13"),
    }
}

fn ecdsa_oid(digest: DigestAlgorithm) -> Option<ObjectIdentifier> {
    Some(match digest {
        DigestAlgorithm::Md5 => return None,
        DigestAlgorithm::Sha1 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"),
        DigestAlgorithm::Sha224 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.1"),
        DigestAlgorithm::Sha256 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        DigestAlgorithm::Sha384 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
        DigestAlgorithm::Sha512 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4"),
    })
}

fn dsa_oid(digest: DigestAlgorithm) -> Option<ObjectIdentifier> {
    Some(match digest {
        DigestAlgorithm::Sha1 => ObjectIdentifier::new_unwrap("1.2.840.10040.4.3"),
        DigestAlgorithm::Sha224 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.1"),
        DigestAlgorithm::Sha256 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.2"),
        DigestAlgorithm::Sha384 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.3"),
        DigestAlgorithm::Sha512 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.4"),
        DigestAlgorithm::Md5 => return None,
    })
}

/// Encodes RSASSA-PSS-params (RFC 4055, 3.1) with the NULL parameters that it prescribes for digests.
fn pss_parameters(digest: DigestAlgorithm, salt_len: usize) -> Vec<u8> {
    let hash = asn1::algorithm_identifier(digest.oid(), &[NULL, 0]);
    let mgf = asn1::algorithm_identifier(MGF1, &hash);
    let mut fields = Vec::new();
    // DER leaves out what equals the default: SHA-1, MGF1 with SHA-1, a salt of 20 bytes.
    if digest != DigestAlgorithm::Sha1 {
        fields.push(asn1::tlv(0xa0, &[&hash]));
        fields.push(asn1::tlv(0xa1, &[&mgf]));
    }
    if salt_len != DEFAULT_SALT_LEN {
        fields.push(asn1::tlv(0xa2, &[&asn1::unsigned(salt_len as u64)]));
    }
    let parts: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    asn1::tlv(SEQUENCE, &parts)
}

fn parse_pss(parameters: &[u8]) -> Result<SignatureScheme, SchemeError> {
    let malformed = |reason| SchemeError::Malformed {
        reason: format!("RSA-PSS parameters: {reason}"),
    };
    let unsupported = |reason| SchemeError::UnsupportedPss { reason };
    let mut fields = Element::parse_as(SEQUENCE, parameters)
        .and_then(Element::children)
        .map_err(malformed)?;
    let digest_of = |der: &[u8]| -> Result<DigestAlgorithm, SchemeError> {
        let (oid, _) = asn1::parse_algorithm(der).map_err(malformed)?;
        DigestAlgorithm::from_oid(&oid).ok_or_else(|| unsupported(format!("digest {oid}")))
    };
    let digest = match fields.optional(0xa0).map_err(malformed)? {
        Some(field) => digest_of(field.value)?,
        None => DigestAlgorithm::Sha1,
    };
    let mgf1_digest = match fields.optional(0xa1).map_err(malformed)? {
        Some(field) => match asn1::parse_algorithm(field.value).map_err(malformed)? {
            (MGF1, Some(hash)) => digest_of(hash)?,
            (MGF1, None) => return Err(malformed("MGF1 without digest".to_owned())),
            (other, _) => return Err(unsupported(format!("mask generation function {other}"))),
        },
        None => DigestAlgorithm::Sha1,
    };
    let mut number = |tag, default| match fields.optional(tag).map_err(malformed)? {
        Some(field) => Element::parse_as(INTEGER, field.value)
            .and_then(Element::small_integer)
            .map_err(malformed),
        None => Ok(default),
    };
    let salt_len = number(0xa2, DEFAULT_SALT_LEN as u32)?;
    let trailer = number(0xa3, 1)?;
    fields.finish().map_err(malformed)?;
    if digest != mgf1_digest {
        return Err(unsupported(format!("{digest} with MGF1 over {mgf1_digest}")));
    }
    if trailer != 1 {
        return Err(unsupported(format!("trailer field {trailer}")));
    }
    Ok(SignatureScheme::RsaPss {
        digest,
        salt_len: salt_len as usize,
    })
}

const ALL_DIGESTS: [DigestAlgorithm; 6] = [
    DigestAlgorithm::Md5,
    DigestAlgorithm::Sha1,
    DigestAlgorithm::Sha224,
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
];
const DEFAULT_SALT_LEN: usize = 20;
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

#[cfg(test)]
mod tests {
    use super::*;

    /// As OpenSSL writes them (`-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sha256`).
    #[test]
    fn pss_parameters_are_those_of_openssl() {
        let der = SignatureScheme::rsa_pss(DigestAlgorithm::Sha256).algorithm_identifier_der();
        assert_eq!(
            hex::encode(&der),
            "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"
        );
    }

    #[test]
    fn round_trip() {
        for digest in ALL_DIGESTS {
            for scheme in [
                SignatureScheme::RsaPkcs1(digest),
                SignatureScheme::rsa_pss(digest),
                SignatureScheme::RsaPss {
                    digest,
                    salt_len: 222,
                },
                SignatureScheme::Ecdsa(digest),
                SignatureScheme::Dsa(digest),
                SignatureScheme::Ed25519,
            ] {
                if [
                    SignatureScheme::Ecdsa(DigestAlgorithm::Md5),
                    SignatureScheme::Dsa(DigestAlgorithm::Md5),
                ]
                .contains(&scheme)
                {
                    continue;
                }
                let der = scheme.algorithm_identifier_der();
                assert_eq!(SignatureScheme::from_algorithm_identifier_der(&der), Ok(scheme));
                assert_eq!(SignatureScheme::from_cms(&der, scheme.digest()), Ok(scheme));
            }
        }
    }

    #[test]
    fn digest_beside_the_key_algorithm() {
        let rsa = asn1::algorithm_identifier(RSA_ENCRYPTION, &[NULL, 0]);
        assert_eq!(
            SignatureScheme::from_cms(&rsa, DigestAlgorithm::Sha384),
            Ok(SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha384))
        );
        let ecdsa = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256).algorithm_identifier_der();
        assert!(matches!(
            SignatureScheme::from_cms(&ecdsa, DigestAlgorithm::Sha512),
            Err(SchemeError::DigestMismatch { .. })
        ));
    }
}
