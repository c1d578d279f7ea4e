//! Certificates as their fields' bytes: whatever is put into them is what is signed.

use identity::{PrivateKey, SignatureScheme};

use super::der::*;

/// The fields of a certificate (RFC 5280, 4.1), each encoded unless said otherwise.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    /// `[0]` and the version.
    pub(super) version: Vec<u8>,
    /// The content of the serial number.
    pub(super) serial: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) not_before: Vec<u8>,
    pub(super) not_after: Vec<u8>,
    pub(super) subject: Vec<u8>,
    pub(super) public_key: Vec<u8>,
    pub(super) extensions: Vec<Extension>,
    /// The algorithm within what is signed; by default the signer's.
    pub(super) inner_algorithm: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub(super) struct Extension {
    pub(super) kind: &'static str,
    /// The BOOLEAN, encoded; empty: FALSE.
    pub(super) critical: Vec<u8>,
    pub(super) value: Vec<u8>,
}

pub(super) const AUTHORITY_KEY: &str = "2.5.29.35";
pub(super) const SUBJECT_KEY: &str = "2.5.29.14";
pub(super) const CONSTRAINTS: &str = "2.5.29.19";
pub(super) const KEY_USAGE: &str = "2.5.29.15";
pub(super) const EXTENDED_USAGE: &str = "2.5.29.37";
pub(super) const ALTERNATIVE_NAMES: &str = "2.5.29.17";
pub(super) const POLICIES: &str = "2.5.29.32";
pub(super) const NAME_CONSTRAINTS: &str = "2.5.29.30";

pub(super) const CRITICAL: &[u8] = &[0x01, 0x01, 0xff];

impl Certificate {
    /// Puts an extension in the place of the one of its kind, or to the others.
    pub(super) fn put(&mut self, kind: &'static str, critical: bool, value: Vec<u8>) {
        let critical = if critical { CRITICAL.to_vec() } else { Vec::new() };
        let new = Extension {
            kind,
            critical,
            value,
        };
        match self.extensions.iter_mut().find(|one| one.kind == kind) {
            Some(old) => *old = new,
            None => self.extensions.push(new),
        }
    }

    pub(super) fn drop(&mut self, kind: &str) {
        self.extensions.retain(|one| one.kind != kind);
    }

    /// Encodes and signs it.
    pub(super) fn sign(&self, key: &PrivateKey) -> Vec<u8> {
        let scheme = SignatureScheme::default_for(key.public_key()).unwrap();
        self.sign_with(key, &scheme)
    }

    pub(super) fn sign_with(&self, key: &PrivateKey, scheme: &SignatureScheme) -> Vec<u8> {
        let algorithm = scheme.algorithm_identifier_der();
        let tbs = self.tbs(self.inner_algorithm.as_ref().unwrap_or(&algorithm));
        let signature = key.sign(scheme, &tbs).unwrap();
        sequence(&[&tbs, &algorithm, &bits(&signature)])
    }

    fn tbs(&self, algorithm: &[u8]) -> Vec<u8> {
        let all: Vec<Vec<u8>> = self
            .extensions
            .iter()
            .map(|one| sequence(&[&oid(one.kind), &one.critical, &octets(&one.value)]))
            .collect();
        let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        let extensions = if all.is_empty() {
            Vec::new()
        } else {
            tlv(0xa3, &[&sequence(&all)])
        };
        sequence(&[
            &self.version,
            &integer(&self.serial),
            algorithm,
            &self.issuer,
            &sequence(&[&self.not_before, &self.not_after]),
            &self.subject,
            &self.public_key,
            &extensions,
        ])
    }
}

/// The key usage bits, of which the first is digitalSignature (RFC 5280, 4.2.1.3).
pub(super) fn key_usage(set: &[u8]) -> Vec<u8> {
    let octet = set.iter().fold(0_u8, |octet, bit| octet | (0x80 >> bit));
    let unused = u8::try_from(octet.trailing_zeros().min(7)).unwrap();
    vec![0x03, 0x02, unused, octet]
}

pub(super) const DIGITAL_SIGNATURE: u8 = 0;
pub(super) const NON_REPUDIATION: u8 = 1;
pub(super) const KEY_ENCIPHERMENT: u8 = 2;
pub(super) const KEY_AGREEMENT: u8 = 4;
pub(super) const KEY_CERT_SIGN: u8 = 5;
pub(super) const CRL_SIGN: u8 = 6;

/// basicConstraints of an authority.
pub(super) fn authority(path_length: Option<u8>) -> Vec<u8> {
    let length = path_length.map_or_else(Vec::new, |length| integer(&[length]));
    sequence(&[CRITICAL, &length])
}

pub(super) fn extended_usage(purposes: &[&str]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = purposes.iter().map(|purpose| oid(purpose)).collect();
    sequence(&all.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

pub(super) const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
pub(super) const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
pub(super) const ANY_PURPOSE: &str = "2.5.29.37.0";

/// rfc822Names.
pub(super) fn addresses(all: &[&str]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = all.iter().map(|one| tlv(0x81, &[one.as_bytes()])).collect();
    sequence(&all.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// nameConstraints to and against mail domains.
pub(super) fn name_constraints(permitted: &[&str], excluded: &[&str]) -> Vec<u8> {
    let subtrees = |tag: u8, all: &[&str]| -> Vec<u8> {
        if all.is_empty() {
            return Vec::new();
        }
        let all: Vec<Vec<u8>> = all
            .iter()
            .map(|one| sequence(&[&tlv(0x81, &[one.as_bytes()])]))
            .collect();
        tlv(tag, &all.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    sequence(&[&subtrees(0xa0, permitted), &subtrees(0xa1, excluded)])
}
