//! Checking signatures, by another library than the one that makes them wherever there is one.

use aws_lc_rs::digest as aws_digest;
use aws_lc_rs::signature as aws;
use dsa::pkcs8::DecodePublicKey as _;
use dsa::pkcs8::der::Decode as _;
use p521::ecdsa::signature::hazmat::PrehashVerifier as _;
use ring::signature as ring_signature;

use crate::digest::{DigestAlgorithm, digest};
use crate::key::{Curve, KeyKind, PublicKey};
use crate::signature::{SchemeError, SignatureScheme};

/// Why a signature was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The signature does not fit the message and the key.
    #[error("the signature does not fit the message and the key")]
    BadSignature,
    /// The signature algorithm could not be understood.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
    /// No library here can check this combination.
    #[error("cannot check a signature by a {key} key made with {scheme}")]
    Unsupported {
        /// The kind of key.
        key: KeyKind,
        /// The scheme.
        scheme: SignatureScheme,
    },
}

/// Checks a signature, by whatever library can.
///
/// Weak digests are checked like any other: whether they count is the caller's decision.
///
/// # Errors
/// [`VerifyError`] unless the signature is good.
pub fn verify(
    key: &PublicKey,
    scheme: &SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    match verify_independently(key, scheme, message, signature) {
        Err(VerifyError::Unsupported { .. }) if *scheme != SignatureScheme::Ed25519 => {
            verify_digest(key, scheme, &digest(scheme.digest(), message), signature)
        }
        result => result,
    }
}

/// Checks a signature as [`verify`] does, by the quickest library that can: for certificates and lists, of which a message
/// brings many, and which others made. (ring takes five times as long for P-384.)
pub(crate) fn verify_quickly(
    key: &PublicKey,
    scheme: &SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    match (key.kind(), scheme) {
        (KeyKind::EcP384 | KeyKind::EcP521, SignatureScheme::Ecdsa(algorithm)) => {
            match verify_digest(key, scheme, &digest(*algorithm, message), signature) {
                Err(VerifyError::Unsupported { .. }) => verify(key, scheme, message, signature),
                result => result,
            }
        }
        _ => verify(key, scheme, message, signature),
    }
}

/// Checks a signature with a library other than the one that makes signatures here.
///
/// # Errors
/// [`VerifyError::Unsupported`] if only the signing library could check it; else as [`verify`].
pub fn verify_independently(
    key: &PublicKey,
    scheme: &SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    if let (KeyKind::EcP521, SignatureScheme::Ecdsa(DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512)) =
        (key.kind(), scheme)
    {
        return verify_p521(key, &digest(scheme.digest(), message), signature);
    }
    if let SignatureScheme::Dsa(_) = scheme {
        return verify_dsa(key, scheme, &digest(scheme.digest(), message), signature);
    }
    let algorithm = ring_algorithm(key, *scheme).ok_or_else(|| unsupported(key, scheme))?;
    ring_signature::UnparsedPublicKey::new(algorithm, key.key_bytes())
        .verify(message, signature)
        .map_err(|_| VerifyError::BadSignature)
}

/// Checks a signature over a digest that the caller has computed with `scheme.digest()`: for content too long to
/// hold in memory. Ed25519 cannot be checked so.
///
/// # Errors
/// As [`verify`].
pub fn verify_digest(
    key: &PublicKey,
    scheme: &SignatureScheme,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let unsupported = || unsupported(key, scheme);
    if digest.len() != scheme.digest().output_len() {
        return Err(VerifyError::BadSignature);
    }
    if let SignatureScheme::Dsa(_) = scheme {
        return verify_dsa(key, scheme, digest, signature);
    }
    let (algorithm, digest): (&'static dyn aws::VerificationAlgorithm, _) = match (key.kind(), scheme) {
        (kind, SignatureScheme::Ecdsa(_)) => {
            let curve = Curve::of(kind).ok_or_else(unsupported)?;
            (curve.verification, curve.fit(digest))
        }
        (KeyKind::Rsa { bits }, SignatureScheme::RsaPkcs1(algorithm)) => {
            let parameters = aws_pkcs1(bits, *algorithm).ok_or_else(unsupported)?;
            (parameters, import(*algorithm, digest))
        }
        (
            KeyKind::Rsa { bits } | KeyKind::RsaPss { bits },
            SignatureScheme::RsaPss {
                digest: algorithm,
                salt_len,
            },
        ) => {
            let parameters = aws_pss(bits, *algorithm, *salt_len).ok_or_else(unsupported)?;
            let digest = import(*algorithm, digest).ok_or_else(unsupported)?;
            // The key type of the library wants its parameters to be constants; the parameters themselves do not.
            return aws::VerificationAlgorithm::verify_digest_sig(
                &parameters,
                key.key_bytes(),
                &digest,
                signature,
            )
            .map_err(|_| VerifyError::BadSignature);
        }
        _ => return Err(unsupported()),
    };
    let digest = digest.ok_or_else(unsupported)?;
    aws::UnparsedPublicKey::new(algorithm, key.key_bytes())
        .verify_digest(&digest, signature)
        .map_err(|_| VerifyError::BadSignature)
}

fn unsupported(key: &PublicKey, scheme: &SignatureScheme) -> VerifyError {
    VerifyError::Unsupported {
        key: key.kind(),
        scheme: *scheme,
    }
}

fn verify_p521(key: &PublicKey, digest: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    let verifier =
        p521::ecdsa::VerifyingKey::from_sec1_bytes(key.key_bytes()).map_err(|_| VerifyError::BadSignature)?;
    let signature = p521::ecdsa::Signature::from_der(signature).map_err(|_| VerifyError::BadSignature)?;
    verifier
        .verify_prehash(digest, &signature)
        .map_err(|_| VerifyError::BadSignature)
}

fn verify_dsa(
    key: &PublicKey,
    scheme: &SignatureScheme,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let KeyKind::Dsa { bits: 1.. } = key.kind() else {
        return Err(unsupported(key, scheme));
    };
    let verifier =
        dsa::VerifyingKey::from_public_key_der(key.spki_der()).map_err(|_| VerifyError::BadSignature)?;
    let signature = dsa::Signature::from_der(signature).map_err(|_| VerifyError::BadSignature)?;
    verifier
        .verify_prehash(digest, &signature)
        .map_err(|_| VerifyError::BadSignature)
}

fn ring_algorithm(
    key: &PublicKey,
    scheme: SignatureScheme,
) -> Option<&'static dyn ring_signature::VerificationAlgorithm> {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    Some(match (key.kind(), scheme) {
        (KeyKind::Rsa { bits: 2048..=8192 }, SignatureScheme::RsaPkcs1(digest)) => match digest {
            Sha1 => &ring_signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Sha256 => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
            Sha384 => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
            Sha512 => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
            _ => return None,
        },
        (KeyKind::Rsa { bits: 1024..=2047 }, SignatureScheme::RsaPkcs1(digest)) => match digest {
            Sha1 => &ring_signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Sha256 => &ring_signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            Sha512 => &ring_signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            _ => return None,
        },
        (
            KeyKind::Rsa { bits: 2048..=8192 } | KeyKind::RsaPss { bits: 2048..=8192 },
            SignatureScheme::RsaPss { digest, salt_len },
        ) if salt_len == digest.output_len() => match digest {
            Sha256 => &ring_signature::RSA_PSS_2048_8192_SHA256,
            Sha384 => &ring_signature::RSA_PSS_2048_8192_SHA384,
            Sha512 => &ring_signature::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        },
        (KeyKind::EcP256, SignatureScheme::Ecdsa(Sha256)) if key.is_uncompressed_point() => {
            &ring_signature::ECDSA_P256_SHA256_ASN1
        }
        (KeyKind::EcP256, SignatureScheme::Ecdsa(Sha384)) if key.is_uncompressed_point() => {
            &ring_signature::ECDSA_P256_SHA384_ASN1
        }
        (KeyKind::EcP384, SignatureScheme::Ecdsa(Sha256)) if key.is_uncompressed_point() => {
            &ring_signature::ECDSA_P384_SHA256_ASN1
        }
        (KeyKind::EcP384, SignatureScheme::Ecdsa(Sha384)) if key.is_uncompressed_point() => {
            &ring_signature::ECDSA_P384_SHA384_ASN1
        }
        (KeyKind::Ed25519, SignatureScheme::Ed25519) => &ring_signature::ED25519,
        _ => return None,
    })
}

fn aws_pkcs1(bits: u32, digest: DigestAlgorithm) -> Option<&'static aws::RsaParameters> {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    match (bits, digest) {
        (2048..=8192, Sha1) => Some(&aws::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (2048..=8192, Sha256) => Some(&aws::RSA_PKCS1_2048_8192_SHA256),
        (2048..=8192, Sha384) => Some(&aws::RSA_PKCS1_2048_8192_SHA384),
        (2048..=8192, Sha512) => Some(&aws::RSA_PKCS1_2048_8192_SHA512),
        (1024..=2047, Sha1) => Some(&aws::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (1024..=2047, Sha256) => Some(&aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        (1024..=2047, Sha512) => Some(&aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        _ => None,
    }
}

/// Returns the parameters with any salt that fits the key.
fn aws_pss(bits: u32, digest: DigestAlgorithm, salt_len: usize) -> Option<aws::RsaParameters> {
    if !(2048..=8192).contains(&bits) {
        return None;
    }
    let salt_len = aws::RsaPssSaltLength::Custom(u16::try_from(salt_len).ok()?);
    let parameters = match digest {
        DigestAlgorithm::Sha256 => aws::RSA_PSS_2048_8192_SHA256,
        DigestAlgorithm::Sha384 => aws::RSA_PSS_2048_8192_SHA384,
        DigestAlgorithm::Sha512 => aws::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    };
    Some(parameters.with_pss_salt_length(salt_len))
}

fn import(algorithm: DigestAlgorithm, digest: &[u8]) -> Option<aws_digest::Digest> {
    let algorithm = match algorithm {
        DigestAlgorithm::Sha1 => &aws_digest::SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha256 => &aws_digest::SHA256,
        DigestAlgorithm::Sha384 => &aws_digest::SHA384,
        DigestAlgorithm::Sha512 => &aws_digest::SHA512,
        _ => return None,
    };
    aws_digest::Digest::import_less_safe(digest, algorithm).ok()
}
