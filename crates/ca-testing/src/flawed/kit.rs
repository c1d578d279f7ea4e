//! A sound identity, chain and message, of which a case changes one thing.

use identity::{KeyAlgorithm, PrivateKey};

use super::answer::Answer;
use super::certificate::*;
use super::der::*;
use super::list::List;
use super::message::{Message, Signer};
use super::{Made, PASSWORD};

/// Everything that a case can change.
pub(super) struct Kit {
    /// The certificate in question, unsigned.
    pub(super) leaf: Certificate,
    pub(super) leaf_key: PrivateKey,
    /// Who signs it.
    pub(super) issuer_key: PrivateKey,
    /// Signs the leaf in place of the authority between.
    lower_key: Option<PrivateKey>,
    /// The authority between, unsigned.
    pub(super) issuing: Certificate,
    pub(super) root: Certificate,
    pub(super) root_key: PrivateKey,
    /// Replaces the signed certificate.
    pub(super) after_signing: Option<fn(Vec<u8>) -> Vec<u8>>,
    /// The same of the authority between.
    pub(super) after_issuing: Option<fn(Vec<u8>) -> Vec<u8>>,
    /// Signs the leaf with this scheme.
    pub(super) scheme: Option<identity::SignatureScheme>,
    /// Orders and chooses what is sent along, given leaf and issuing.
    pub(super) sent: fn(Vec<Vec<u8>>) -> Vec<Vec<u8>>,
    /// Further certificates at the end, made by the case.
    pub(super) strangers: Vec<Vec<u8>>,
    /// Other roots: in place of the root.
    pub(super) trust: Option<Vec<u8>>,
    pub(super) lists: Vec<List>,
    pub(super) answers: Vec<Answer>,
    pub(super) at: Option<&'static str>,
    pub(super) signed_at: &'static str,
    pub(super) from: &'static str,
    pub(super) micalg: &'static str,
    pub(super) tampered: bool,
    pub(super) opaque: bool,
    pub(super) bad_signature: bool,
    pub(super) second_signer: bool,
    pub(super) digest_algorithm: Vec<u8>,
    pub(super) edit_message: Option<fn(Vec<u8>) -> Vec<u8>>,
}

pub(super) fn p256() -> PrivateKey {
    PrivateKey::generate(KeyAlgorithm::EcP256).unwrap()
}

pub(super) fn common(text: &str) -> Vec<u8> {
    name(&[(COMMON_NAME, UTF8, text)])
}

pub(super) const ROOT: &str = "Fixture Root CA";
pub(super) const ISSUING: &str = "Fixture Issuing CA";

/// An authority's certificate.
pub(super) fn authority_of(
    subject: &str,
    issuer: &str,
    key: &PrivateKey,
    issuer_key: &PrivateKey,
    path_length: Option<u8>,
) -> Certificate {
    let mut certificate = bare(common(subject), common(issuer), key, issuer_key);
    certificate.put(CONSTRAINTS, true, authority(path_length));
    certificate.put(KEY_USAGE, true, key_usage(&[KEY_CERT_SIGN, CRL_SIGN]));
    certificate
}

/// A certificate with identifiers of keys alone.
pub(super) fn bare(
    subject: Vec<u8>,
    issuer: Vec<u8>,
    key: &PrivateKey,
    issuer_key: &PrivateKey,
) -> Certificate {
    let identifier = issuer_key.public_key().subject_key_identifier();
    let mut serial: [u8; 16] = identity::random::bytes().unwrap();
    serial[0] = serial[0] & 0x3f | 0x40;
    let mut certificate = Certificate {
        version: tlv(0xa0, &[&integer(&[2])]),
        serial: serial.to_vec(),
        issuer,
        not_before: time("2020-01-01T00:00:00Z"),
        not_after: time("2120-01-01T00:00:00Z"),
        subject,
        public_key: key.public_key().spki_der().to_vec(),
        extensions: Vec::new(),
        inner_algorithm: None,
    };
    certificate.put(
        SUBJECT_KEY,
        false,
        octets(&key.public_key().subject_key_identifier()),
    );
    certificate.put(AUTHORITY_KEY, false, sequence(&[&tlv(0x80, &[&identifier])]));
    certificate
}

impl Kit {
    pub(super) fn new() -> Self {
        let (root_key, issuer_key, leaf_key) = (p256(), p256(), p256());
        let root = authority_of(ROOT, ROOT, &root_key, &root_key, None);
        let mut issuing = authority_of(ISSUING, ROOT, &issuer_key, &root_key, Some(0));
        issuing.put(EXTENDED_USAGE, false, extended_usage(&[EMAIL_PROTECTION]));
        let mut leaf = bare(common("Alice"), common(ISSUING), &leaf_key, &issuer_key);
        leaf.put(KEY_USAGE, true, key_usage(&[DIGITAL_SIGNATURE, KEY_AGREEMENT]));
        leaf.put(EXTENDED_USAGE, false, extended_usage(&[EMAIL_PROTECTION]));
        leaf.put(ALTERNATIVE_NAMES, false, addresses(&["alice@example.com"]));
        leaf.put(
            POLICIES,
            false,
            sequence(&[&sequence(&[&oid("1.3.6.1.4.1.32473.9.1")])]),
        );
        Self {
            leaf,
            leaf_key,
            issuer_key,
            lower_key: None,
            issuing,
            root,
            root_key,
            after_signing: None,
            after_issuing: None,
            scheme: None,
            sent: |all| all,
            strangers: Vec::new(),
            trust: None,
            lists: Vec::new(),
            answers: Vec::new(),
            at: None,
            signed_at: "2026-01-01T12:00:00Z",
            from: "alice@example.com",
            micalg: "sha-256",
            tampered: false,
            opaque: false,
            bad_signature: false,
            second_signer: false,
            digest_algorithm: sha256(),
            edit_message: None,
        }
    }

    /// Lets another authority than the one between sign the certificate.
    pub(super) fn issuer_key_of_leaf(&mut self, key: PrivateKey) {
        self.lower_key = Some(key);
    }

    /// Gives the certificate a key of another kind.
    pub(super) fn key_of(&mut self, algorithm: KeyAlgorithm) {
        let key = PrivateKey::generate(algorithm).unwrap();
        let usage: &[u8] = match algorithm {
            KeyAlgorithm::Ed25519 => &[DIGITAL_SIGNATURE],
            KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => &[DIGITAL_SIGNATURE, KEY_AGREEMENT],
            _ => &[DIGITAL_SIGNATURE, KEY_ENCIPHERMENT],
        };
        self.leaf.public_key = key.public_key().spki_der().to_vec();
        self.leaf.put(
            SUBJECT_KEY,
            false,
            octets(&key.public_key().subject_key_identifier()),
        );
        self.leaf.put(KEY_USAGE, true, key_usage(usage));
        self.leaf_key = key;
    }

    pub(super) fn finish(self) -> Made {
        let signer = self.lower_key.as_ref().unwrap_or(&self.issuer_key);
        let mut certificate = match &self.scheme {
            Some(scheme) => self.leaf.sign_with(signer, scheme),
            None => self.leaf.sign(signer),
        };
        if let Some(change) = self.after_signing {
            certificate = change(certificate);
        }
        let mut issuing = self.issuing.sign(&self.root_key);
        if let Some(change) = self.after_issuing {
            issuing = change(issuing);
        }
        let mut chain = (self.sent)(vec![certificate.clone(), issuing.clone()]);
        chain.extend(self.strangers.iter().cloned());
        let mut signers = vec![Signer {
            key: &self.leaf_key,
            issuer: &self.leaf.issuer,
            serial: &self.leaf.serial,
            bad: self.bad_signature,
        }];
        if self.second_signer {
            signers.push(Signer {
                key: &self.leaf_key,
                issuer: &self.leaf.issuer,
                serial: &self.leaf.serial,
                bad: true,
            });
        }
        let message = Message {
            from: self.from,
            micalg: self.micalg,
            signers,
            certificates: chain.iter().map(Vec::as_slice).collect(),
            at: self.signed_at,
            tampered: self.tampered,
            opaque: self.opaque,
            digest_algorithm: self.digest_algorithm.clone(),
        }
        .encode();
        let lists = self.lists.iter().map(|list| list.sign(&self)).collect();
        let answers = self.answers.iter().map(|answer| answer.sign(&self)).collect();
        Made {
            trust: self
                .trust
                .clone()
                .unwrap_or_else(|| self.root.sign(&self.root_key)),
            certificate,
            chain,
            lists,
            answers,
            p12: None,
            password: PASSWORD,
            message: match self.edit_message {
                Some(change) => change(message),
                None => message,
            },
            at: self.at,
            key: self.leaf_key.pkcs8_der().to_vec(),
        }
    }
}
