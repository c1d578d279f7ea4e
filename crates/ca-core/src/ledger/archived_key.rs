//! What a ledger keeps of keys that recovery agents can open.

use super::SerialNumber;
use chrono::{DateTime, Utc};

/// The private key of an encryption certificate, sealed to recovery agents.
#[derive(Clone, PartialEq, Eq)]
pub struct ArchivedKey {
    /// The certificate's serial.
    pub serial: SerialNumber,
    /// The sealed key, once for each group of agents that can open it.
    pub sealed: Vec<SealedKey>,
    /// When it was recorded, in real time.
    pub at: DateTime<Utc>,
}

/// A key, sealed to a group of recovery agents.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// The agents.
    pub agents: Vec<AgentName>,
    /// Whether it takes all of them together; else each can open it alone.
    pub together: bool,
    /// An S/MIME message (RFC 8551) with the key within.
    pub message: Vec<u8>,
}

/// A recovery agent, as records name him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentName {
    /// The subject of his certificate (RFC 4514).
    pub subject: String,
    /// SHA-256 of his certificate, in hexadecimal.
    pub sha256: String,
}

impl std::fmt::Debug for ArchivedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let groups: Vec<_> = self.sealed.iter().map(|sealed| &sealed.agents).collect();
        write!(f, "ArchivedKey({}, {groups:?})", self.serial)
    }
}

impl std::fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedKey({:?}, together: {})", self.agents, self.together)
    }
}
