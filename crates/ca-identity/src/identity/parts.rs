//! Keys and certificates as files hold them, before they are put together.

use std::cmp::Reverse;

use super::{Identity, IdentityError, chain};
use crate::certificate::Certificate;
use crate::key::{PrivateKey, ReadOptions};
use crate::passphrase::Passphrase;
use crate::pem::{self, PemError};
use crate::pkcs12::{self, Contents};

/// The keys and certificates of one file or of several: a key and its certificate need not come in one.
#[derive(Clone, Debug, Default)]
pub struct IdentityParts {
    keys: Vec<Labelled<PrivateKey>>,
    certificates: Vec<Labelled<Certificate>>,
    unread: Vec<String>,
}

impl IdentityParts {
    /// Reads a file of any kind: PKCS#12, PEM, a private key in DER, certificates in DER or p7b.
    ///
    /// # Errors
    /// [`IdentityError`] if the file cannot be read, or holds neither a key nor a certificate.
    pub fn read(
        bytes: &[u8],
        password: Option<&Passphrase>,
        options: ReadOptions,
    ) -> Result<Self, IdentityError> {
        if pem::is_pem(bytes) {
            return Self::from_pem(bytes, password, options);
        }
        if let Some(key) = PrivateKey::from_der(bytes, password, options) {
            return Ok(Self {
                keys: vec![Labelled(key?, None)],
                ..Self::default()
            });
        }
        match pem::certificates(bytes) {
            Ok(certificates) => Ok(Self {
                certificates: unlabelled(certificates),
                ..Self::default()
            }),
            Err(_) => Self::from_pkcs12(bytes, password, options),
        }
    }

    /// Adds what another file holds.
    pub fn add(&mut self, mut other: Self) {
        self.keys.append(&mut other.keys);
        self.certificates.append(&mut other.certificates);
        self.unread.append(&mut other.unread);
    }

    /// Tells whether there is a private key.
    pub fn has_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Tells whether the key of an identity is among the keys.
    pub fn have_key_of(&self, identity: &Identity) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|Labelled(key, _)| key.public_key() == identity.key().public_key())
    }

    /// Tells whether each key has a certificate here.
    pub fn are_complete(&self) -> bool {
        self.has_key()
            && self.keys.iter().all(|Labelled(key, _)| {
                let mut certificates = self.certificates.iter();
                certificates.any(|Labelled(found, _)| found.public_key() == key.public_key())
            })
    }

    /// Gives each key its certificates, and each certificate its chain.
    ///
    /// # Errors
    /// [`IdentityError::NoKey`] and [`IdentityError::NoCertificate`] if there is no key with a certificate.
    pub fn into_identities(self) -> Result<Vec<Identity>, IdentityError> {
        let Self {
            keys,
            certificates,
            unread,
        } = self;
        if keys.is_empty() {
            return Err(IdentityError::NoKey { unread });
        }
        let mut all: Vec<Certificate> = Vec::new();
        for Labelled(certificate, _) in &certificates {
            if !all.contains(certificate) {
                all.push(certificate.clone());
            }
        }
        let mut identities: Vec<Identity> = Vec::new();
        for Labelled(key, label) in keys {
            // Some programs write a key once for each of its certificates.
            if identities
                .iter()
                .any(|found| found.key.public_key() == key.public_key())
            {
                continue;
            }
            let labelled = |certificate: &Certificate| {
                label.is_some()
                    && certificates
                        .iter()
                        .any(|Labelled(found, id)| found == certificate && *id == label)
            };
            let mut own: Vec<&Certificate> = all
                .iter()
                .filter(|certificate| certificate.public_key() == key.public_key())
                .collect();
            own.sort_by_key(|certificate| Reverse((labelled(certificate), certificate.not_before())));
            identities.extend(own.into_iter().map(|certificate| Identity {
                key: key.clone(),
                certificate: certificate.clone(),
                chain: chain::above(certificate, &all),
            }));
        }
        if identities.is_empty() {
            Err(IdentityError::NoCertificate { unread })
        } else {
            Ok(identities)
        }
    }

    pub(super) fn from_pkcs12(
        bytes: &[u8],
        password: Option<&Passphrase>,
        options: ReadOptions,
    ) -> Result<Self, IdentityError> {
        let Contents {
            keys,
            certificates,
            unread,
            ..
        } = pkcs12::read(bytes, password, options)?;
        let keys = keys.into_iter().map(|bag| Labelled(bag.key, bag.local_key_id));
        let certificates = certificates
            .into_iter()
            .map(|bag| Labelled(bag.certificate, bag.local_key_id));
        Ok(Self {
            keys: keys.collect(),
            certificates: certificates.collect(),
            unread,
        })
    }

    pub(super) fn from_pem(
        bytes: &[u8],
        passphrase: Option<&Passphrase>,
        options: ReadOptions,
    ) -> Result<Self, IdentityError> {
        let blocks = pem::decode(bytes)?;
        let keys: Vec<Labelled<PrivateKey>> = blocks
            .iter()
            .filter_map(|block| PrivateKey::from_pem_block(block, passphrase, options))
            .map(|key| key.map(|key| Labelled(key, None)))
            .collect::<Result<_, _>>()?;
        let certificates = match pem::certificates(bytes) {
            Err(PemError::NoCertificate) => Vec::new(),
            other => other?,
        };
        Ok(Self {
            keys,
            certificates: unlabelled(certificates),
            unread: Vec::new(),
        })
    }
}

/// Something from a file with the label that ties key and certificate together.
#[derive(Clone, Debug)]
struct Labelled<T>(T, Option<Vec<u8>>);

fn unlabelled(certificates: Vec<Certificate>) -> Vec<Labelled<Certificate>> {
    certificates
        .into_iter()
        .map(|certificate| Labelled(certificate, None))
        .collect()
}
