//! PKCS#8, PKCS#1 and SEC1: the forms in which private keys come, brought to one.

use std::sync::OnceLock;

use aws_lc_rs::agreement;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use super::ec::Curve;
use super::private::Secret;
use super::public::{bare_spki, ec_spki};
use super::{
    EC_PUBLIC_KEY, ED25519, KeyError, KeyKind, RSA_ENCRYPTION, RSASSA_PSS, ReadOptions, SECP256R1, SECP384R1,
    SECP521R1, X25519,
};
use crate::asn1::{self, Element, INTEGER, NULL, OCTET_STRING, SEQUENCE};
use crate::backend;

/// A private key, parsed and in our own encoding.
pub(super) struct Parsed {
    pub(super) secret: Secret,
    pub(super) spki: Vec<u8>,
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
}

/// Reads a PrivateKeyInfo (RFC 5208, 5) or OneAsymmetricKey (RFC 5958, 2).
pub(super) fn parse_pkcs8(der: &[u8], options: ReadOptions) -> Result<Parsed, KeyError> {
    let info = PrivateKeyInfo::parse(der).map_err(|reason| KeyError::Malformed {
        reason: format!("PKCS#8 private key: {reason}"),
    })?;
    match info.algorithm {
        RSA_ENCRYPTION | RSASSA_PSS => parse_rsa(&info, options),
        EC_PUBLIC_KEY => parse_ec(&info),
        ED25519 => parse_ed25519(&info),
        X25519 => parse_x25519(&info),
        other => Err(KeyError::UnsupportedKey {
            what: format!("algorithm {other}"),
        }),
    }
}

/// Puts a PKCS#1 RSAPrivateKey into PKCS#8.
pub(super) fn wrap_pkcs1(rsa_private_key: &[u8]) -> Zeroizing<Vec<u8>> {
    private_key_info(
        &asn1::algorithm_identifier(RSA_ENCRYPTION, &[NULL, 0]),
        rsa_private_key,
    )
}

/// Puts a SEC1 ECPrivateKey (RFC 5915), which names its curve, into PKCS#8.
pub(super) fn wrap_sec1(ec_private_key: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let curve = EcPrivateKey::parse(ec_private_key).map_err(malformed_ec)?.curve;
    let curve = curve.ok_or_else(|| malformed_ec("it does not name its curve".to_owned()))?;
    Ok(private_key_info(
        &asn1::algorithm_identifier(EC_PUBLIC_KEY, &asn1::oid(curve)),
        ec_private_key,
    ))
}

/// The form of a private key in DER, told by its first fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// EncryptedPrivateKeyInfo (RFC 5958, 3).
    EncryptedPkcs8,
    /// RSAPrivateKey (RFC 8017, A.1.2).
    Pkcs1,
    /// PrivateKeyInfo or OneAsymmetricKey.
    Pkcs8,
    /// ECPrivateKey (RFC 5915).
    Sec1,
}

impl Form {
    /// Recognises a private key; `None` is something else.
    pub(super) fn of(der: &[u8]) -> Option<Self> {
        let mut fields = Element::parse_as(SEQUENCE, der).ok()?.children().ok()?;
        let first = fields.next().ok()?;
        let second = fields.next().ok()?;
        if first.tag == SEQUENCE {
            asn1::parse_algorithm(first.raw).ok()?;
            let is_encrypted = second.tag == OCTET_STRING && fields.is_finished();
            return is_encrypted.then_some(Self::EncryptedPkcs8);
        }
        let version = first.small_integer().ok()?;
        match second.tag {
            OCTET_STRING if version == 1 => Some(Self::Sec1),
            INTEGER if version <= 1 => fields.expect(INTEGER).ok().map(|_| Self::Pkcs1),
            SEQUENCE if version <= 1 => fields.expect(OCTET_STRING).ok().map(|_| Self::Pkcs8),
            _ => None,
        }
    }
}

struct PrivateKeyInfo<'a> {
    algorithm: ObjectIdentifier,
    algorithm_der: &'a [u8],
    parameters: Option<&'a [u8]>,
    private_key: &'a [u8],
    public_key: Option<&'a [u8]>,
}

impl<'a> PrivateKeyInfo<'a> {
    fn parse(der: &'a [u8]) -> Result<Self, String> {
        let mut fields = Element::parse_as(SEQUENCE, der)?.children()?;
        let version = fields.next()?.small_integer()?;
        if version > 1 {
            return Err(format!("unknown version {version}"));
        }
        let algorithm_der = fields.expect(SEQUENCE)?.raw;
        let private_key = fields.expect(OCTET_STRING)?.value;
        fields.optional(0xa0)?;
        // publicKey is [1] IMPLICIT BIT STRING.
        let public_key = fields
            .optional(0x81)?
            .and_then(|element| element.value.strip_prefix(&[0]));
        fields.finish()?;
        let (algorithm, parameters) = asn1::parse_algorithm(algorithm_der)?;
        Ok(Self {
            algorithm,
            algorithm_der,
            parameters,
            private_key,
            public_key,
        })
    }
}

struct EcPrivateKey<'a> {
    scalar: &'a [u8],
    curve: Option<ObjectIdentifier>,
    point: Option<&'a [u8]>,
}

impl<'a> EcPrivateKey<'a> {
    fn parse(der: &'a [u8]) -> Result<Self, String> {
        let mut fields = Element::parse_as(SEQUENCE, der)?.children()?;
        if fields.next()?.small_integer()? != 1 {
            return Err("unknown version".to_owned());
        }
        let scalar = fields.expect(OCTET_STRING)?.value;
        let curve = match fields.optional(0xa0)? {
            Some(parameters) => Some(Element::parse(parameters.value)?.oid()?),
            None => None,
        };
        let point = match fields.optional(0xa1)? {
            Some(public_key) => Some(Element::parse(public_key.value)?.bit_string()?),
            None => None,
        };
        fields.finish()?;
        Ok(Self { scalar, curve, point })
    }
}

fn parse_rsa(info: &PrivateKeyInfo<'_>, options: ReadOptions) -> Result<Parsed, KeyError> {
    let (bits, public_key) = rsa_public_part(info.private_key).map_err(|reason| KeyError::Malformed {
        reason: format!("RSA private key: {reason}"),
    })?;
    if (1024..2048).contains(&bits) && info.algorithm == RSA_ENCRYPTION {
        return match options.legacy {
            true => parse_short_rsa(info, &public_key),
            false => Err(KeyError::LegacyNeeded {
                what: format!("an RSA key of {bits} bits"),
            }),
        };
    }
    if !(2048..=8192).contains(&bits) {
        return Err(KeyError::UnsupportedKey {
            what: format!("RSA of {bits} bits"),
        });
    }
    let signing = RsaKeyPair::from_der(info.private_key).map_err(|_| unfit_rsa_numbers())?;
    // RSASSA-PSS keys keep their parameters, which bind the digest.
    let algorithm = match info.algorithm {
        RSASSA_PSS => info.algorithm_der.to_vec(),
        _ => asn1::algorithm_identifier(RSA_ENCRYPTION, &[NULL, 0]),
    };
    let spki = asn1::tlv(SEQUENCE, &[&algorithm, &asn1::bit_string(&public_key)]);
    let pkcs8 = private_key_info(&algorithm, info.private_key);
    Ok(Parsed {
        secret: Secret::Rsa {
            signing,
            decrypting: OnceLock::new(),
        },
        spki,
        pkcs8,
    })
}

fn parse_short_rsa(info: &PrivateKeyInfo<'_>, public_key: &[u8]) -> Result<Parsed, KeyError> {
    let algorithm = asn1::algorithm_identifier(RSA_ENCRYPTION, &[NULL, 0]);
    let pkcs8 = private_key_info(&algorithm, info.private_key);
    if !backend::is_usable_rsa_key(&pkcs8) {
        return Err(unfit_rsa_numbers());
    }
    Ok(Parsed {
        secret: Secret::ShortRsa,
        spki: asn1::tlv(SEQUENCE, &[&algorithm, &asn1::bit_string(public_key)]),
        pkcs8,
    })
}

fn unfit_rsa_numbers() -> KeyError {
    KeyError::Malformed {
        reason: "the numbers of the RSA private key do not fit together".to_owned(),
    }
}

fn parse_ec(info: &PrivateKeyInfo<'_>) -> Result<Parsed, KeyError> {
    let curve_oid = info
        .parameters
        .ok_or_else(|| "it does not name its curve".to_owned())
        .and_then(Element::parse)
        .map_err(malformed_ec)?
        .oid()
        .map_err(|_| KeyError::UnsupportedKey {
            what: "an elliptic curve given by its parameters".to_owned(),
        })?;
    let kind = match curve_oid {
        SECP256R1 => KeyKind::EcP256,
        SECP384R1 => KeyKind::EcP384,
        SECP521R1 => KeyKind::EcP521,
        other => {
            return Err(KeyError::UnsupportedKey {
                what: format!("elliptic curve {other}"),
            });
        }
    };
    let unsupported = || KeyError::UnsupportedKey {
        what: kind.to_string(),
    };
    let curve = Curve::of(kind).ok_or_else(unsupported)?;
    let key = EcPrivateKey::parse(info.private_key).map_err(malformed_ec)?;
    if key.curve.is_some_and(|inner| inner != curve_oid) {
        return Err(malformed_ec("it names two different curves".to_owned()));
    }
    // Some writers drop leading zeros of the scalar, others add one.
    let significant: Vec<u8> = key.scalar.iter().copied().skip_while(|byte| *byte == 0).collect();
    let significant = Zeroizing::new(significant);
    let padding = curve
        .scalar_len
        .checked_sub(significant.len())
        .ok_or_else(|| malformed_ec(format!("the scalar has {} bytes", significant.len())))?;
    let mut scalar = Zeroizing::new(vec![0; padding]);
    scalar.extend_from_slice(&significant);

    let out_of_range = |_| malformed_ec("the scalar is out of range".to_owned());
    let agreement =
        agreement::PrivateKey::from_private_key(curve.agreement, &scalar).map_err(out_of_range)?;
    let computed = agreement.compute_public_key().map_err(|_| unsupported())?;
    let point = computed.as_ref();
    let given = key.point.or(info.public_key);
    if given.is_some_and(|given| given.first() == Some(&4) && given != point) {
        return Err(malformed_ec(
            "its public key belongs to another private key".to_owned(),
        ));
    }
    let signing = EcdsaKeyPair::from_private_key_and_public_key(curve.signing, &scalar, point)
        .map_err(|_| unsupported())?;
    let inner = Zeroizing::new(asn1::tlv(
        SEQUENCE,
        &[
            &asn1::unsigned(1),
            &Zeroizing::new(asn1::tlv(OCTET_STRING, &[&scalar])),
            &asn1::tlv(0xa1, &[&asn1::bit_string(point)]),
        ],
    ));
    let spki = ec_spki(curve_oid, point);
    let pkcs8 = private_key_info(
        &asn1::algorithm_identifier(EC_PUBLIC_KEY, &asn1::oid(curve_oid)),
        &inner,
    );
    Ok(Parsed {
        secret: Secret::Ec { signing, agreement },
        spki,
        pkcs8,
    })
}

fn parse_ed25519(info: &PrivateKeyInfo<'_>) -> Result<Parsed, KeyError> {
    let malformed = |reason: &str| KeyError::Malformed {
        reason: format!("Ed25519 private key: {reason}"),
    };
    let seed = Element::parse_as(OCTET_STRING, info.private_key)
        .map_err(|reason| malformed(&reason))?
        .value;
    if seed.len() != 32 {
        return Err(malformed("it must have 32 bytes"));
    }
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| malformed("the library refuses it"))?;
    let public = pair.public_key().as_ref().to_vec();
    if info.public_key.is_some_and(|given| given != public) {
        return Err(malformed("its public key belongs to another private key"));
    }
    Ok(Parsed {
        secret: Secret::Ed25519(pair),
        spki: bare_spki(ED25519, &public),
        pkcs8: private_key_info(&asn1::algorithm_identifier(ED25519, &[]), info.private_key),
    })
}

/// Reads a CurvePrivateKey (RFC 8410, 7).
fn parse_x25519(info: &PrivateKeyInfo<'_>) -> Result<Parsed, KeyError> {
    let malformed = |reason: &str| KeyError::Malformed {
        reason: format!("X25519 private key: {reason}"),
    };
    let scalar = Element::parse_as(OCTET_STRING, info.private_key)
        .map_err(|reason| malformed(&reason))?
        .value;
    if scalar.len() != 32 {
        return Err(malformed("it must have 32 bytes"));
    }
    let refused = |_| malformed("the library refuses it");
    let key = agreement::PrivateKey::from_private_key(&agreement::X25519, scalar).map_err(refused)?;
    let public = key
        .compute_public_key()
        .map_err(|_| malformed("the library refuses it"))?;
    if info.public_key.is_some_and(|given| given != public.as_ref()) {
        return Err(malformed("its public key belongs to another private key"));
    }
    Ok(Parsed {
        secret: Secret::X25519(key),
        spki: bare_spki(X25519, public.as_ref()),
        pkcs8: private_key_info(&asn1::algorithm_identifier(X25519, &[]), info.private_key),
    })
}

/// Encodes a version 1 PrivateKeyInfo: OpenSSL before 3.2 and NSS read no other.
fn private_key_info(algorithm: &[u8], private_key: &[u8]) -> Zeroizing<Vec<u8>> {
    let private_key = Zeroizing::new(asn1::tlv(OCTET_STRING, &[private_key]));
    Zeroizing::new(asn1::tlv(
        SEQUENCE,
        &[&asn1::unsigned(0), algorithm, &private_key],
    ))
}

/// Returns the length of the modulus in bits, and the RSAPublicKey (RFC 8017, A.1.1).
fn rsa_public_part(rsa_private_key: &[u8]) -> Result<(usize, Vec<u8>), String> {
    let mut fields = Element::parse_as(SEQUENCE, rsa_private_key)?.children()?;
    if fields.next()?.small_integer()? != 0 {
        return Err("it has more than two primes".to_owned());
    }
    let (modulus, exponent) = (fields.next()?, fields.next()?);
    exponent.integer()?;
    let public_key = asn1::tlv(SEQUENCE, &[modulus.raw, exponent.raw]);
    let modulus = modulus.integer()?;
    let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    Ok((bits, public_key))
}

fn malformed_ec(reason: String) -> KeyError {
    KeyError::Malformed {
        reason: format!("elliptic curve private key: {reason}"),
    }
}
