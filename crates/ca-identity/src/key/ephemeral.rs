//! Ephemeral keys for key agreement (RFC 5753, RFC 8418).

use std::fmt;

use aws_lc_rs::agreement;
use zeroize::Zeroizing;

use super::ec;
use super::{KeyKind, KeyTransportError, PublicKey};

/// A key pair for one key agreement.
pub struct EphemeralKey {
    kind: KeyKind,
    private: agreement::PrivateKey,
    public_point: Vec<u8>,
}

impl EphemeralKey {
    /// Makes a key on the curve of `peer`.
    ///
    /// # Errors
    /// [`KeyTransportError::Unsupported`] if `peer` is not P-256, P-384, P-521 or X25519.
    pub fn generate(peer: &PublicKey) -> Result<Self, KeyTransportError> {
        let kind = peer.kind();
        let algorithm = ec::agreement(kind).ok_or_else(|| KeyTransportError::Unsupported {
            key: kind,
            operation: "key agreement".to_owned(),
        })?;
        let private = agreement::PrivateKey::generate(algorithm).map_err(|_| KeyTransportError::Failed)?;
        let public = private
            .compute_public_key()
            .map_err(|_| KeyTransportError::Failed)?;
        Ok(Self {
            kind,
            private,
            public_point: public.as_ref().to_vec(),
        })
    }

    /// Returns the uncompressed point or the key of X25519, as it stands in `OriginatorPublicKey`.
    pub fn public_point(&self) -> &[u8] {
        &self.public_point
    }

    /// Returns the shared secret Z (the x coordinate, or the output of X25519), not yet passed through a key derivation function.
    ///
    /// # Errors
    /// [`KeyTransportError`] if the curves differ, the peer's point is not on the curve, or the secret of X25519
    /// is zero.
    pub fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyTransportError> {
        ec::agree(self.kind, &self.private, peer)
    }
}

impl fmt::Debug for EphemeralKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EphemeralKey({}, redacted)", self.kind)
    }
}
