//! Answers of OCSP responders (RFC 6960, 4.2.1), here of the authorities themselves.

use identity::digest::{DigestAlgorithm, digest};
use identity::{PrivateKey, SignatureScheme};

use super::der::*;
use super::kit::{ISSUING, Kit, ROOT, common, p256};

/// An answer of the authority between on the certificate in question, or of the root on that authority.
pub(super) struct Answer {
    pub(super) of_root: bool,
    pub(super) status: Status,
    pub(super) this_update: &'static str,
    pub(super) next_update: &'static str,
    /// On a certificate with another serial number.
    pub(super) of_another: bool,
    /// Signed by somebody else.
    pub(super) forged: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Status {
    Good,
    /// Since when, and why (RFC 5280, 5.3.1).
    Revoked(&'static str, u8),
    Unknown,
}

impl Answer {
    /// The sound answers of both authorities: good.
    pub(super) fn both() -> Vec<Self> {
        let good = |of_root| Self {
            of_root,
            status: Status::Good,
            this_update: "2025-12-01T00:00:00Z",
            next_update: "2119-01-01T00:00:00Z",
            of_another: false,
            forged: false,
        };
        vec![good(false), good(true)]
    }

    pub(super) fn sign(&self, kit: &Kit) -> Vec<u8> {
        let (name, key, serial) = if self.of_root {
            (common(ROOT), &kit.root_key, &kit.issuing.serial)
        } else {
            (common(ISSUING), &kit.issuer_key, &kit.leaf.serial)
        };
        let serial = if self.of_another { &[0x33; 16] } else { &serial[..] };
        // SHA-1 of the key's bits, which is also the authorities' key identifier (RFC 5280, 4.2.1.2).
        let key_hash = key_hash(key);
        let identifier = sequence(&[
            &sequence(&[&oid("1.3.14.3.2.26"), &[0x05, 0x00]]),
            &octets(&digest(DigestAlgorithm::Sha1, &name)),
            &octets(&key_hash),
            &integer(serial),
        ]);
        let status = match self.status {
            Status::Good => tlv(0x80, &[]),
            Status::Revoked(since, reason) => {
                tlv(0xa1, &[&general(since), &tlv(0xa0, &[&[0x0a, 1, reason]])])
            }
            Status::Unknown => tlv(0x82, &[]),
        };
        let single = sequence(&[
            &identifier,
            &status,
            &general(self.this_update),
            &tlv(0xa0, &[&general(self.next_update)]),
        ]);
        let data = sequence(&[
            &tlv(0xa2, &[&octets(&key_hash)]),
            &general(self.this_update),
            &sequence(&[&single]),
        ]);
        let signer = if self.forged { p256() } else { key.clone() };
        let scheme = SignatureScheme::default_for(signer.public_key()).unwrap();
        let signature = signer.sign(&scheme, &data).unwrap();
        let basic = sequence(&[&data, &ecdsa_sha256(), &bits(&signature)]);
        let bytes = sequence(&[&oid("1.3.6.1.5.5.7.48.1.1"), &octets(&basic)]);
        sequence(&[&[0x0a, 0x01, 0x00], &tlv(0xa0, &[&bytes])])
    }
}

/// The digest of the key's bits, which end its SubjectPublicKeyInfo.
fn key_hash(key: &PrivateKey) -> Vec<u8> {
    let spki = key.public_key().spki_der();
    // An uncompressed point of P-256, as all authorities here have it, takes 65 octets (RFC 5480, 2.2).
    digest(DigestAlgorithm::Sha1, &spki[spki.len() - 65..])
}

/// GeneralizedTime, as OCSP has it for every year.
fn general(text: &str) -> Vec<u8> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    tlv(0x18, &[format!("{digits}Z").as_bytes()])
}
