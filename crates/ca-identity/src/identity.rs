//! An identity: a private key, its certificate and the chain above it.

use std::fmt;

use crate::certificate::Certificate;
use crate::key::{KeyError, KeyKind, PrivateKey};
use crate::passphrase::Passphrase;
use crate::pem::{self, PemError};
use crate::pkcs12::{self, Bag, Contents, Pkcs12Error, Preset, ReadOptions, leaf_and_chain};

/// A private key with its certificate and the certificates above it, leaf's issuer first.
#[derive(Clone)]
pub struct Identity {
    key: PrivateKey,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

/// Why a key and certificates make no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The private key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key belongs to another certificate.
    #[error(
        "the private key does not belong to the certificate {serial} of {subject}; give the key it was issued for"
    )]
    KeyMismatch {
        /// The certificate's serial number in hexadecimal.
        serial: String,
        /// The certificate's subject.
        subject: String,
    },
    /// There is a key but no certificate for it.
    #[error("the file holds a private key but no certificate for it: add the certificate")]
    NoCertificate,
    /// There is no private key.
    #[error("the file holds no private key{}", unread_note(.unread))]
    NoKey {
        /// What it holds that could not be used.
        unread: Vec<String>,
    },
    /// The PEM text cannot be read.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// The PKCS#12 file cannot be read.
    #[error(transparent)]
    Pkcs12(#[from] Pkcs12Error),
}

impl Identity {
    /// Puts a key, its certificate and the certificates above it together.
    ///
    /// # Errors
    /// [`IdentityError::KeyMismatch`] if the key is not the certificate's.
    pub fn new(
        key: PrivateKey,
        certificate: Certificate,
        chain: Vec<Certificate>,
    ) -> Result<Self, IdentityError> {
        if key.public_key() != certificate.public_key() {
            return Err(IdentityError::KeyMismatch {
                serial: certificate.serial_hex(),
                subject: certificate.subject().to_string(),
            });
        }
        Ok(Self {
            key,
            certificate,
            chain,
        })
    }

    /// Reads the identities of a PKCS#12 file: one for each private key that has a certificate.
    ///
    /// # Errors
    /// [`IdentityError`] if the file cannot be read, or holds no key with a certificate.
    pub fn from_pkcs12(
        bytes: &[u8],
        password: Option<&Passphrase>,
        options: ReadOptions,
    ) -> Result<Vec<Self>, IdentityError> {
        let Contents {
            keys,
            certificates,
            unread,
            ..
        } = pkcs12::read(bytes, password, options)?;
        if keys.is_empty() {
            return Err(IdentityError::NoKey { unread });
        }
        let all: Vec<Certificate> = certificates.into_iter().map(|bag| bag.certificate).collect();
        Self::pair(keys.into_iter().map(|bag| bag.key), &all)
    }

    /// Reads the identities of a PEM file with keys, certificates and chains in any order.
    ///
    /// # Errors
    /// [`IdentityError`] if the file cannot be read, or holds no key with a certificate.
    pub fn from_pem(bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<Vec<Self>, IdentityError> {
        let blocks = pem::decode(bytes)?;
        let keys: Vec<PrivateKey> = blocks
            .iter()
            .filter_map(|block| PrivateKey::from_pem_block(block, passphrase))
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(IdentityError::NoKey { unread: Vec::new() });
        }
        let certificates = pem::certificates(bytes).map_err(|error| match error {
            PemError::NoCertificate => IdentityError::NoCertificate,
            error => error.into(),
        })?;
        Self::pair(keys.into_iter(), &certificates)
    }

    /// Returns the private key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Returns the certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns the certificates above, the issuer's first, as far as they are known.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Tells whether the certificate lets the key sign mail (RFC 8550, 4.4.2).
    pub fn can_sign(&self) -> bool {
        self.certificate
            .key_usage()
            .is_none_or(|usage| usage.digital_signature || usage.non_repudiation)
    }

    /// Tells whether the certificate and the kind of key let others encrypt to it.
    pub fn can_encrypt(&self) -> bool {
        let usage = self.certificate.key_usage();
        match self.certificate.public_key().kind() {
            KeyKind::Rsa { .. } => usage.is_none_or(|usage| usage.key_encipherment),
            KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 => {
                usage.is_none_or(|usage| usage.key_agreement)
            }
            _ => false,
        }
    }

    /// Writes the identity as a PKCS#12 file.
    ///
    /// # Errors
    /// As [`pkcs12::write`].
    pub fn to_pkcs12(
        &self,
        friendly_name: &str,
        password: &Passphrase,
        preset: Preset,
        iterations: Option<u32>,
    ) -> Result<Vec<u8>, Pkcs12Error> {
        let bag = Bag {
            key: &self.key,
            certificate: &self.certificate,
        };
        pkcs12::write(&[bag], &self.chain, friendly_name, password, preset, iterations)
    }

    /// Gives each key its certificate: the public key decides, since every program labels differently.
    fn pair(keys: impl Iterator<Item = PrivateKey>, all: &[Certificate]) -> Result<Vec<Self>, IdentityError> {
        let mut identities = Vec::new();
        for key in keys {
            for certificate in all
                .iter()
                .filter(|certificate| certificate.public_key() == key.public_key())
            {
                let chain = leaf_and_chain(certificate, all);
                identities.push(Self {
                    key: key.clone(),
                    certificate: certificate.clone(),
                    chain,
                });
            }
        }
        if identities.is_empty() {
            Err(IdentityError::NoCertificate)
        } else {
            Ok(identities)
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

fn unread_note(unread: &[String]) -> String {
    if unread.is_empty() {
        String::new()
    } else {
        format!(" that can be used ({})", unread.join("; "))
    }
}
