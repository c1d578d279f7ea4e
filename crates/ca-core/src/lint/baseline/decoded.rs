//! A certificate with the fields that only a second decoder shows.

use der::Encode as _;
use der::asn1::{AnyRef, ObjectIdentifier};
use identity::{Certificate, DistinguishedName, GeneralName, Mailbox};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;

pub(super) struct Decoded<'a> {
    pub(super) certificate: &'a Certificate,
    second: X509Certificate<'a>,
}

impl<'a> Decoded<'a> {
    /// Returns nothing if the second decoder refuses it.
    pub(super) fn new(certificate: &'a Certificate) -> Option<Self> {
        let (_, second) = X509Certificate::from_der(certificate.der()).ok()?;
        Some(Self { certificate, second })
    }

    /// Returns an extension as it was decoded.
    pub(super) fn extension(&self, oid: ObjectIdentifier) -> Option<&ParsedExtension<'a>> {
        let extensions = self.second.extensions().iter();
        let named = extensions.filter(|one| one.oid.as_bytes() == oid.as_bytes());
        named.map(|one| one.parsed_extension()).next()
    }

    pub(super) fn has(&self, oid: ObjectIdentifier) -> bool {
        self.certificate.extensions().any(|one| one.oid == oid)
    }

    pub(super) fn is_critical(&self, oid: ObjectIdentifier) -> bool {
        let mut extensions = self.certificate.extensions();
        extensions.any(|one| one.oid == oid && one.critical)
    }

    pub(super) fn is_root(&self) -> bool {
        self.certificate.is_self_issued()
    }

    /// Returns the subject, then the directory names beside it, which have the same rules (SBR 7.1.4.2.1).
    pub(super) fn names(&self) -> impl Iterator<Item = &DistinguishedName> {
        let beside = self.certificate.subject_alt_names().iter();
        let beside = beside.filter_map(|name| match name {
            GeneralName::Directory(name) => Some(name),
            _ => None,
        });
        std::iter::once(self.certificate.subject()).chain(beside)
    }

    /// Tells whether an address is among the alternative names.
    pub(super) fn names_mailbox(&self, address: &str) -> bool {
        let Ok(wanted) = Mailbox::parse(address) else {
            return false;
        };
        self.certificate
            .subject_alt_names()
            .iter()
            .any(|name| match name {
                GeneralName::Rfc822(one) | GeneralName::SmtpUtf8(one) => {
                    Mailbox::parse(one).is_ok_and(|one| one.canonical() == wanted.canonical())
                }
                _ => false,
            })
    }

    /// Returns how long it is valid, both ends included.
    pub(super) fn seconds(&self) -> i64 {
        let period = self.certificate.not_after() - self.certificate.not_before();
        period.num_seconds().saturating_add(1)
    }

    /// Returns the public exponent of an RSA key, big-endian, without leading zeros.
    pub(super) fn rsa_exponent(&self) -> Option<&[u8]> {
        let Ok(PublicKey::RSA(key)) = self.second.public_key().parsed() else {
            return None;
        };
        let start = key.exponent.iter().position(|byte| *byte != 0);
        key.exponent.get(start?..)
    }

    /// Returns the AlgorithmIdentifier of the key, as it is written.
    pub(super) fn public_key_algorithm(&self) -> Option<Vec<u8>> {
        let fields: Vec<AnyRef<'_>> = der::Decode::from_der(self.certificate.public_key().spki_der()).ok()?;
        fields.first()?.to_der().ok()
    }
}
