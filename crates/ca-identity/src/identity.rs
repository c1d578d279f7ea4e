//! An identity: a private key, its certificate and the chain above it.

use std::fmt;

use der::asn1::ObjectIdentifier;

use crate::certificate::Certificate;
use crate::key::{KeyError, KeyKind, PrivateKey, ReadOptions};
use crate::passphrase::Passphrase;
use crate::pem::PemError;
use crate::pkcs12::{self, Bag, Pkcs12Error, Preset};

mod chain;
mod parts;

pub use parts::IdentityParts;

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
    #[error("the file holds a private key but no certificate for it{}: add the certificate", unread_note(.unread))]
    NoCertificate {
        /// What it holds that could not be used.
        unread: Vec<String>,
    },
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
    /// The public key decides which certificate belongs to a key. Where several do (an identity renewed with the same key), each
    /// makes an identity: the one with the key's `localKeyId` comes first, then the newest.
    ///
    /// # Errors
    /// [`IdentityError`] if the file cannot be read, or holds no key with a certificate.
    pub fn from_pkcs12(
        bytes: &[u8],
        password: Option<&Passphrase>,
        options: ReadOptions,
    ) -> Result<Vec<Self>, IdentityError> {
        IdentityParts::from_pkcs12(bytes, password, options)?.into_identities()
    }

    /// Reads the identities of a PEM file with keys, certificates and chains in any order.
    ///
    /// # Errors
    /// [`IdentityError`] if the file cannot be read, or holds no key with a certificate.
    pub fn from_pem(bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<Vec<Self>, IdentityError> {
        Self::from_pem_with(bytes, passphrase, ReadOptions::default())
    }

    /// As [`Identity::from_pem`], with a say in what may be read.
    ///
    /// # Errors
    /// As [`Identity::from_pem`].
    pub fn from_pem_with(
        bytes: &[u8],
        passphrase: Option<&Passphrase>,
        options: ReadOptions,
    ) -> Result<Vec<Self>, IdentityError> {
        IdentityParts::from_pem(bytes, passphrase, options)?.into_identities()
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

    /// Tells whether the certificate lets the key sign mail (RFC 8550, 4.4.2 and 4.4.4).
    pub fn can_sign(&self) -> bool {
        let usage = self.certificate.key_usage();
        self.serves_mail()
            && self.certificate.public_key().kind() != KeyKind::X25519
            && usage.is_none_or(|usage| usage.digital_signature || usage.non_repudiation)
    }

    /// Tells whether the certificate and the kind of key let others encrypt to it.
    pub fn can_encrypt(&self) -> bool {
        if !self.serves_mail() {
            return false;
        }
        let usage = self.certificate.key_usage();
        match self.certificate.public_key().kind() {
            KeyKind::Rsa { .. } => usage.is_none_or(|usage| usage.key_encipherment),
            kind if kind.is_key_agreement() => usage.is_none_or(|usage| usage.key_agreement),
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

    /// RFC 8550, 4.4.4: an extended key usage, where there is one, names mail protection or any purpose.
    fn serves_mail(&self) -> bool {
        self.certificate
            .extended_key_usage()
            .is_none_or(|purposes| purposes.iter().any(|purpose| MAIL_PURPOSES.contains(purpose)))
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
        format!(" that can be used (it also holds {})", unread.join("; "))
    }
}

const MAIL_PURPOSES: [ObjectIdentifier; 2] = [
    // id-kp-emailProtection
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),
    // anyExtendedKeyUsage
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
];
