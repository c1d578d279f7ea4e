//! Revocation lists (RFC 5280, 5).

use identity::{PrivateKey, SignatureScheme};

use super::der::*;
use super::kit::{ISSUING, Kit, ROOT, common};

/// A list of the authority between, or of the root.
pub(super) struct List {
    pub(super) of_root: bool,
    pub(super) this_update: &'static str,
    pub(super) next_update: &'static str,
    /// Whether the certificate in question is on it, since when, and why (RFC 5280, 5.3.1).
    pub(super) revoked: Option<(&'static str, u8)>,
    /// How many others are on it.
    pub(super) others: u32,
    /// Signed by somebody else.
    pub(super) forged: bool,
}

impl List {
    /// The sound lists of both authorities, with nobody on them.
    pub(super) fn both() -> Vec<Self> {
        let empty = |of_root| Self {
            of_root,
            this_update: "2025-12-01T00:00:00Z",
            next_update: "2119-01-01T00:00:00Z",
            revoked: None,
            others: 0,
            forged: false,
        };
        vec![empty(false), empty(true)]
    }

    pub(super) fn sign(&self, kit: &Kit) -> Vec<u8> {
        let (name, key) = if self.of_root {
            (common(ROOT), &kit.root_key)
        } else {
            (common(ISSUING), &kit.issuer_key)
        };
        let mut entries = Vec::new();
        for number in 0..self.others {
            let serial = [&[0x22][..], &number.to_be_bytes()].concat();
            entries.extend(sequence(&[&integer(&serial), &time("2025-06-01T00:00:00Z")]));
        }
        if let Some((since, reason)) = self.revoked {
            let reason = sequence(&[&oid("2.5.29.21"), &octets(&[0x0a, 1, reason])]);
            entries.extend(sequence(&[
                &integer(&kit.leaf.serial),
                &time(since),
                &sequence(&[&reason]),
            ]));
        }
        let entries = if entries.is_empty() {
            Vec::new()
        } else {
            sequence(&[&entries])
        };
        let identifier = key.public_key().subject_key_identifier();
        let extensions = tlv(
            0xa0,
            &[&sequence(&[
                &sequence(&[
                    &oid("2.5.29.35"),
                    &octets(&sequence(&[&tlv(0x80, &[&identifier])])),
                ]),
                &sequence(&[&oid("2.5.29.20"), &octets(&integer(&[1]))]),
            ])],
        );
        let tbs = sequence(&[
            &integer(&[1]),
            &ecdsa_sha256(),
            &name,
            &time(self.this_update),
            &time(self.next_update),
            &entries,
            &extensions,
        ]);
        let signer: PrivateKey = if self.forged {
            super::kit::p256()
        } else {
            key.clone()
        };
        let scheme = SignatureScheme::default_for(signer.public_key()).unwrap();
        let signature = signer.sign(&scheme, &tbs).unwrap();
        sequence(&[&tbs, &ecdsa_sha256(), &bits(&signature)])
    }
}
