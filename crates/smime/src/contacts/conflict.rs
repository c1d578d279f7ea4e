//! When a certificate contradicts what is known of a contact.

use std::fmt;

use identity::{Certificate, Mailbox};

use super::KnownCertificate;
use crate::encrypt::unsuitable;

/// A certificate that contradicts a known one, and was therefore not taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("{address} is known by a certificate of {known}; the one of {offered} was not taken over: {reason}")]
pub struct Conflict {
    /// The contact's address.
    pub address: String,
    /// The certificate that stays.
    pub known: Box<Offer>,
    /// The one that was refused.
    pub offered: Box<Offer>,
    /// What contradicts.
    pub reason: ConflictReason,
}

/// One of the two certificates of a [`Conflict`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// The issuer (RFC 4514, escaped).
    pub issuer: String,
    /// The SHA-256 fingerprint.
    pub sha256: [u8; 32],
    /// The subject of the trusted root above it, if it led to one.
    pub root: Option<String>,
}

/// What contradicts in a [`Conflict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConflictReason {
    /// Another issuer.
    OtherIssuer,
    /// Another trusted root, whatever the issuer is called.
    OtherRoot,
    /// The known certificate led to a trusted root and the new one leads to none: its issuer's name proves nothing.
    Unproven,
}

impl fmt::Display for ConflictReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherIssuer => "it is another issuer's",
            Self::OtherRoot => "it stands below another root",
            Self::Unproven => "it leads to no trusted root, as the known one did",
        })
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.issuer)?;
        if let Some(root) = &self.root {
            write!(f, " (root \"{root}\")")?;
        }
        write!(f, ", SHA-256 {}", hex::encode(self.sha256))
    }
}

impl Conflict {
    pub(super) fn new(
        address: &Mailbox,
        known: &KnownCertificate,
        offered: &KnownCertificate,
        reason: ConflictReason,
    ) -> Self {
        let describe = |of: &KnownCertificate| {
            Box::new(Offer {
                issuer: of.certificate.issuer().to_string(),
                sha256: of.certificate.fingerprint_sha256(),
                root: of.root.as_ref().map(|root| root.subject.clone()),
            })
        };
        Self {
            address: address.to_string(),
            known: describe(known),
            offered: describe(offered),
            reason,
        }
    }
}

/// Tells how `offered` contradicts `known`, if it does.
pub(super) fn reason(known: &KnownCertificate, offered: &KnownCertificate) -> Option<ConflictReason> {
    let (old, new) = (&known.certificate, &offered.certificate);
    if old == new {
        return None;
    }
    match (&known.root, &offered.root) {
        (Some(a), Some(b)) if a.key_sha256 != b.key_sha256 => return Some(ConflictReason::OtherRoot),
        (Some(_), None) => return Some(ConflictReason::Unproven),
        _ => {}
    }
    // A pair of certificates, one for signing and one for encryption, may come from two issuing CAs of one root.
    let pair = unsuitable(old).is_empty() != unsuitable(new).is_empty();
    if pair && known.root.is_some() {
        return None;
    }
    if !old.issuer().matches(new.issuer()) {
        return Some(ConflictReason::OtherIssuer);
    }
    // Nobody has checked the known one: two issuers may go by one name.
    (known.root.is_none() && other_issuing_key(old, new)).then_some(ConflictReason::OtherIssuer)
}

fn other_issuing_key(old: &Certificate, new: &Certificate) -> bool {
    match (old.authority_key_identifier(), new.authority_key_identifier()) {
        (Some(old), Some(new)) => old != new,
        _ => false,
    }
}
