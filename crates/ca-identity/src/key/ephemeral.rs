//! Ephemeral elliptic curve keys for key agreement (RFC 5753).

use zeroize::Zeroizing;

use super::{KeyTransportError, PublicKey};

/// A key pair for one key agreement.
pub struct EphemeralKey {
    public_point: Vec<u8>,
}

impl EphemeralKey {
    /// Makes a key on the curve of `peer`.
    ///
    /// # Errors
    /// [`KeyTransportError::Unsupported`] if `peer` is not P-256, P-384 or P-521.
    pub fn generate(_peer: &PublicKey) -> Result<Self, KeyTransportError> {
        todo!()
    }

    /// Returns the uncompressed point, as it stands in `OriginatorPublicKey`.
    pub fn public_point(&self) -> &[u8] {
        &self.public_point
    }

    /// Returns the shared secret Z (the x coordinate), not yet passed through a key derivation function.
    ///
    /// # Errors
    /// [`KeyTransportError`] if the curves differ or the peer's point is not on the curve.
    pub fn agree(&self, _peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyTransportError> {
        todo!()
    }
}
