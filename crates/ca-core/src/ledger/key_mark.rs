//! What a ledger says of keys that were certified before.

use super::{RevocationReason, SerialNumber};

/// Something on record that stands against certifying a key again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMark {
    /// The subject key identifier of the key.
    pub key_id: [u8; 20],
    /// The certificate that it is about.
    pub serial: SerialNumber,
    /// For which reason it was revoked, if that says that the key is known to others.
    pub compromised: Option<RevocationReason>,
    /// Whether the key was archived with it.
    pub archived: bool,
}

impl RevocationReason {
    /// Tells whether it says that others may have the private key.
    pub fn is_of_key(self) -> bool {
        matches!(
            self,
            Self::KeyCompromise | Self::CaCompromise | Self::AaCompromise
        )
    }
}
