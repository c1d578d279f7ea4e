//! What ECDSA and the key agreements need of each curve.

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521, X25519};
use aws_lc_rs::digest as aws_digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm,
};
use zeroize::Zeroizing;

use super::{KeyKind, KeyTransportError, PublicKey};

pub(crate) struct Curve {
    pub(super) agreement: &'static agreement::Algorithm,
    pub(super) signing: &'static EcdsaSigningAlgorithm,
    pub(crate) verification: &'static EcdsaVerificationAlgorithm,
    pub(super) scalar_len: usize,
    digest: &'static aws_digest::Algorithm,
}

impl Curve {
    pub(crate) fn of(kind: KeyKind) -> Option<&'static Self> {
        match kind {
            KeyKind::EcP256 => Some(&P256),
            KeyKind::EcP384 => Some(&P384),
            KeyKind::EcP521 => Some(&P521),
            _ => None,
        }
    }

    /// Brings a digest of any length to the one length that the library combines with the curve.
    ///
    /// ECDSA takes the leftmost bits of the digest, as many as the group order has, as a number (FIPS 186-5, 6.4.1):
    /// cutting a longer digest to the length of the order, or putting zeros before a shorter one, changes nothing.
    pub(crate) fn fit(&self, digest: &[u8]) -> Option<aws_digest::Digest> {
        let len = self.digest.output_len();
        let mut fitted = vec![0; len.saturating_sub(digest.len())];
        fitted.extend(digest.iter().take(len));
        aws_digest::Digest::import_less_safe(&fitted, self.digest).ok()
    }
}

/// Returns the key agreement of a kind of key.
pub(super) fn agreement(kind: KeyKind) -> Option<&'static agreement::Algorithm> {
    match kind {
        KeyKind::X25519 => Some(&X25519),
        _ => Curve::of(kind).map(|curve| curve.agreement),
    }
}

/// Computes the shared secret Z of ECDH. The library refuses points off the curve and, of X25519, those that give
/// zero (RFC 7748, 6.1).
pub(super) fn agree(
    kind: KeyKind,
    private: &agreement::PrivateKey,
    peer: &PublicKey,
) -> Result<Zeroizing<Vec<u8>>, KeyTransportError> {
    if peer.kind() != kind {
        return Err(KeyTransportError::Unsupported {
            key: peer.kind(),
            operation: format!("key agreement with a {kind} key"),
        });
    }
    let point = agreement::UnparsedPublicKey::new(private.algorithm(), peer.key_bytes());
    agreement::agree(private, point, KeyTransportError::Failed, |secret| {
        Ok(Zeroizing::new(secret.to_vec()))
    })
}

static P256: Curve = Curve {
    agreement: &ECDH_P256,
    signing: &ECDSA_P256_SHA256_ASN1_SIGNING,
    verification: &ECDSA_P256_SHA256_ASN1,
    scalar_len: 32,
    digest: &aws_digest::SHA256,
};

static P384: Curve = Curve {
    agreement: &ECDH_P384,
    signing: &ECDSA_P384_SHA384_ASN1_SIGNING,
    verification: &ECDSA_P384_SHA384_ASN1,
    scalar_len: 48,
    digest: &aws_digest::SHA384,
};

static P521: Curve = Curve {
    agreement: &ECDH_P521,
    signing: &ECDSA_P521_SHA512_ASN1_SIGNING,
    verification: &ECDSA_P521_SHA512_ASN1,
    scalar_len: 66,
    digest: &aws_digest::SHA512,
};
