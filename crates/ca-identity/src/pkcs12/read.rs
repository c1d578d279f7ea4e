//! Reading what any program wrote.

use zeroize::Zeroizing;

use super::cost::Budget;
use super::password::{Candidate, candidates};
use super::{Pkcs12Error, mac::MacData, oids, pbe::Scheme};
use crate::asn1::{self, Element, INTEGER, OCTET_STRING, SEQUENCE, SET};
use crate::certificate::Certificate;
use crate::key::{PrivateKey, ReadOptions};
use crate::passphrase::Passphrase;
use attributes::Attributes;
use recognise::recognise;

mod attributes;
mod recognise;

/// What a PKCS#12 file holds.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The private keys.
    pub keys: Vec<KeyBag>,
    /// The certificates, in the file's order.
    pub certificates: Vec<CertificateBag>,
    /// How the whole file's integrity is protected; `None`: not at all.
    pub mac: Option<MacSummary>,
    /// What the file holds besides, or holds but cannot be used, in words.
    pub unread: Vec<String>,
}

/// A private key in a file.
#[derive(Clone, Debug)]
pub struct KeyBag {
    /// The key.
    pub key: PrivateKey,
    /// Its label.
    pub friendly_name: Option<String>,
    /// What ties it to its certificate.
    pub local_key_id: Option<Vec<u8>>,
    /// How it is encrypted, in words; `None`: not.
    pub encryption: Option<String>,
}

/// A certificate in a file.
#[derive(Clone, Debug)]
pub struct CertificateBag {
    /// The certificate.
    pub certificate: Certificate,
    /// Its label.
    pub friendly_name: Option<String>,
    /// What ties it to its key.
    pub local_key_id: Option<Vec<u8>>,
    /// How it is encrypted, in words; `None`: not.
    pub encryption: Option<String>,
}

/// The integrity protection of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacSummary {
    /// `hmac-sha256`, `pbmac1 hmac-sha256` …
    pub algorithm: String,
    /// Rounds of key derivation.
    pub iterations: u32,
}

/// Reads a PKCS#12 file, DER or BER.
///
/// Without a password, both an empty and an absent one are tried. Triple DES and SHA-1 are read always, what is weaker only with
/// [`ReadOptions::legacy`]. A certificate or key that cannot be used does not keep the rest from being read:
/// [`Contents::unread`] says so.
///
/// # Errors
/// [`Pkcs12Error`]: a wrong password, a truncated file, another kind of file and an unsupported protection are told apart.
pub fn read(
    bytes: &[u8],
    password: Option<&Passphrase>,
    options: ReadOptions,
) -> Result<Contents, Pkcs12Error> {
    recognise(bytes)?;
    let definite = asn1::to_definite(bytes).map_err(|reason| {
        // Inside a file that is all there, an element that reaches too far is damage.
        if reason == asn1::ENDS_TOO_EARLY && !asn1::is_whole(bytes) {
            Pkcs12Error::Truncated
        } else {
            Pkcs12Error::Malformed { reason }
        }
    })?;
    let definite = Zeroizing::new(definite);
    let (content, mac) = outer(&definite)?;
    let wrong = || match password {
        None => Pkcs12Error::PasswordNeeded,
        Some(_) => Pkcs12Error::WrongPassword,
    };
    let mut budget = Budget::new();
    for candidate in candidates(password) {
        if let Some(mac) = &mac
            && !mac.verifies(&candidate, content, &mut budget)?
        {
            continue;
        }
        let mut reader = Reader {
            password: &candidate,
            options,
            password_proved: mac.is_some(),
            budget: &mut budget,
            contents: Contents {
                mac: mac.as_ref().map(MacData::summary),
                ..Contents::default()
            },
            bags: 0,
        };
        match reader.authenticated_safe(content) {
            Ok(()) => return Ok(reader.contents),
            // Without a MAC only the decryption tells; the next reading of the password may be the one.
            Err(Pkcs12Error::WrongPassword) if mac.is_none() => {}
            Err(error) => return Err(error),
        }
    }
    Err(wrong())
}

/// Decrypts the content of an EncryptedPrivateKeyInfo that stands on its own, under whichever reading of the passphrase fits.
pub(crate) fn open_private_key(
    algorithm_der: &[u8],
    ciphertext: &[u8],
    passphrase: &Passphrase,
    options: ReadOptions,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    let scheme = Scheme::parse(algorithm_der, options.legacy)?;
    let mut budget = Budget::new();
    for candidate in candidates(Some(passphrase)) {
        if let Some(plaintext) = scheme.decrypt(&candidate, ciphertext, &mut budget)? {
            return Ok(plaintext);
        }
    }
    Err(Pkcs12Error::WrongPassword)
}

/// Splits the PFX: the content that the MAC covers, and the MAC.
fn outer(der: &[u8]) -> Result<(&[u8], Option<MacData>), Pkcs12Error> {
    let malformed = |reason: String| Pkcs12Error::Malformed { reason };
    let not_p12 = |looks_like| Pkcs12Error::NotPkcs12 { looks_like };
    let mut fields = Element::parse_as(SEQUENCE, der)
        .and_then(Element::children)
        .map_err(malformed)?;
    let version = match fields.next().map_err(malformed)? {
        version if version.tag == INTEGER => version.small_integer().map_err(malformed)?,
        element if element.tag == SEQUENCE => return Err(not_p12("a certificate or request in DER")),
        _ => return Err(not_p12("another ASN.1 structure")),
    };
    let auth_safe = fields.next().map_err(malformed)?;
    if version != 3 || auth_safe.tag != SEQUENCE {
        return Err(not_p12(if version == 0 || version == 1 {
            "a private key in DER"
        } else {
            "another ASN.1 structure"
        }));
    }
    let (kind, content) = content_info(auth_safe)?;
    if kind != oids::DATA {
        return Err(Pkcs12Error::Unsupported {
            what: "a signature instead of a password".to_owned(),
        });
    }
    let content = octets(content)?;
    let mac = fields
        .optional(SEQUENCE)
        .map_err(malformed)?
        .map(MacData::parse)
        .transpose()?;
    fields.finish().map_err(malformed)?;
    Ok((content, mac))
}

fn content_info(element: Element<'_>) -> Result<(der::asn1::ObjectIdentifier, Element<'_>), Pkcs12Error> {
    let malformed = |reason: String| Pkcs12Error::Malformed {
        reason: format!("ContentInfo: {reason}"),
    };
    let mut fields = element
        .expect_tag(SEQUENCE)
        .and_then(Element::children)
        .map_err(malformed)?;
    let kind = fields.next().and_then(Element::oid).map_err(malformed)?;
    let content = fields.expect(0xa0).map_err(malformed)?;
    Ok((kind, Element::parse(content.value).map_err(malformed)?))
}

fn octets(element: Element<'_>) -> Result<&[u8], Pkcs12Error> {
    element
        .expect_tag(OCTET_STRING)
        .map(|element| element.value)
        .map_err(|reason| Pkcs12Error::Malformed {
            reason: format!("content: {reason}"),
        })
}

struct Reader<'a> {
    password: &'a Candidate,
    options: ReadOptions,
    /// The MAC fits: what this password does not open is under another one.
    password_proved: bool,
    budget: &'a mut Budget,
    contents: Contents,
    bags: usize,
}

impl Reader<'_> {
    fn authenticated_safe(&mut self, content: &[u8]) -> Result<(), Pkcs12Error> {
        let malformed = |reason: String| Pkcs12Error::Malformed {
            reason: format!("AuthenticatedSafe: {reason}"),
        };
        let content = asn1::to_definite(content).map_err(malformed)?;
        let mut safes = Element::parse_as(SEQUENCE, &content)
            .and_then(Element::children)
            .map_err(malformed)?;
        while !safes.is_finished() {
            let (kind, safe) = content_info(safes.next().map_err(malformed)?)?;
            match kind {
                oids::DATA => self.safe_contents(octets(safe)?, None, 0)?,
                oids::ENCRYPTED_DATA => self.encrypted(safe)?,
                other => self.contents.unread.push(format!("content of type {other}")),
            }
        }
        Ok(())
    }

    fn encrypted(&mut self, safe: Element<'_>) -> Result<(), Pkcs12Error> {
        let malformed = |reason: String| Pkcs12Error::Malformed {
            reason: format!("EncryptedData: {reason}"),
        };
        let mut fields = safe
            .expect_tag(SEQUENCE)
            .and_then(Element::children)
            .map_err(malformed)?;
        fields.expect(INTEGER).map_err(malformed)?;
        let mut info = fields
            .expect(SEQUENCE)
            .and_then(Element::children)
            .map_err(malformed)?;
        info.next().and_then(Element::oid).map_err(malformed)?;
        let scheme = Scheme::parse(info.expect(SEQUENCE).map_err(malformed)?.raw, self.options.legacy)?;
        let ciphertext = info.next().map_err(malformed)?;
        let joined;
        let ciphertext = match ciphertext.tag {
            0x80 => ciphertext.value,
            // The pieces of a constructed string, where the tag hid its type from the conversion to definite form.
            0xa0 => {
                let mut pieces = ciphertext.children().map_err(malformed)?;
                let mut whole = Vec::new();
                while !pieces.is_finished() {
                    whole.extend_from_slice(pieces.expect(OCTET_STRING).map_err(malformed)?.value);
                }
                joined = whole;
                &joined
            }
            tag => return Err(malformed(format!("unexpected tag 0x{tag:02x}"))),
        };
        match scheme.decrypt(self.password, ciphertext, self.budget)? {
            Some(plaintext) => self.safe_contents(&plaintext, Some(&scheme.summary()), 0),
            None => self.closed("a part of the file"),
        }
    }

    /// Notes what the password does not open, or lets the next reading of the password have its turn.
    fn closed(&mut self, what: &str) -> Result<(), Pkcs12Error> {
        if !self.password_proved {
            return Err(Pkcs12Error::WrongPassword);
        }
        self.contents
            .unread
            .push(format!("{what} under another password than the file's own"));
        Ok(())
    }

    fn safe_contents(
        &mut self,
        content: &[u8],
        encryption: Option<&str>,
        depth: usize,
    ) -> Result<(), Pkcs12Error> {
        let malformed = |reason: String| Pkcs12Error::Malformed {
            reason: format!("SafeContents: {reason}"),
        };
        if depth > MAX_DEPTH {
            return Err(malformed(format!("nested more than {MAX_DEPTH} deep")));
        }
        let content = Zeroizing::new(asn1::to_definite(content).map_err(malformed)?);
        let mut bags = Element::parse_as(SEQUENCE, &content)
            .and_then(Element::children)
            .map_err(malformed)?;
        while !bags.is_finished() {
            self.bags += 1;
            if self.bags > MAX_BAGS {
                return Err(malformed(format!("more than {MAX_BAGS} bags")));
            }
            let mut fields = bags
                .expect(SEQUENCE)
                .and_then(Element::children)
                .map_err(malformed)?;
            let kind = fields.next().and_then(Element::oid).map_err(malformed)?;
            let value = fields.expect(0xa0).map_err(malformed)?.value;
            let attributes = fields.optional(SET).map_err(malformed)?;
            let attributes = attributes
                .map(Attributes::parse)
                .transpose()
                .map_err(malformed)?
                .unwrap_or_default();
            let encryption = encryption.map(str::to_owned);
            match kind {
                oids::KEY_BAG => self.key(value, attributes, encryption),
                oids::SHROUDED_KEY_BAG => self.shrouded_key(value, attributes)?,
                oids::CERT_BAG => self.certificate(value, attributes, encryption)?,
                oids::SAFE_CONTENTS_BAG => self.safe_contents(value, encryption.as_deref(), depth + 1)?,
                other => self.contents.unread.push(format!("a bag of type {other}")),
            }
        }
        Ok(())
    }

    fn shrouded_key(&mut self, value: &[u8], attributes: Attributes) -> Result<(), Pkcs12Error> {
        let malformed = |reason: String| Pkcs12Error::Malformed {
            reason: format!("EncryptedPrivateKeyInfo: {reason}"),
        };
        let mut fields = Element::parse_as(SEQUENCE, value)
            .and_then(Element::children)
            .map_err(malformed)?;
        let scheme = Scheme::parse(
            fields.expect(SEQUENCE).map_err(malformed)?.raw,
            self.options.legacy,
        )?;
        let ciphertext = fields.expect(OCTET_STRING).map_err(malformed)?.value;
        fields.finish().map_err(malformed)?;
        match scheme.decrypt(self.password, ciphertext, self.budget)? {
            Some(pkcs8) => self.key(&pkcs8, attributes, Some(scheme.summary())),
            None => self.closed("a private key")?,
        }
        Ok(())
    }

    fn key(&mut self, pkcs8: &[u8], attributes: Attributes, encryption: Option<String>) {
        match PrivateKey::from_pkcs8_der_with(pkcs8, self.options) {
            Ok(key) => self.contents.keys.push(KeyBag {
                key,
                friendly_name: attributes.friendly_name,
                local_key_id: attributes.local_key_id,
                encryption,
            }),
            Err(error) => self.contents.unread.push(format!("a private key: {error}")),
        }
    }

    fn certificate(
        &mut self,
        value: &[u8],
        attributes: Attributes,
        encryption: Option<String>,
    ) -> Result<(), Pkcs12Error> {
        let malformed = |reason: String| Pkcs12Error::Malformed {
            reason: format!("CertBag: {reason}"),
        };
        let mut fields = Element::parse_as(SEQUENCE, value)
            .and_then(Element::children)
            .map_err(malformed)?;
        let kind = fields.next().and_then(Element::oid).map_err(malformed)?;
        let wrapped = fields.expect(0xa0).map_err(malformed)?.value;
        if kind != oids::X509_CERTIFICATE {
            self.contents.unread.push(format!("a certificate of type {kind}"));
            return Ok(());
        }
        let der = Element::parse_as(OCTET_STRING, wrapped).map_err(malformed)?.value;
        match Certificate::from_der(der) {
            Ok(certificate) => self.contents.certificates.push(CertificateBag {
                certificate,
                friendly_name: attributes.friendly_name,
                local_key_id: attributes.local_key_id,
                encryption,
            }),
            Err(error) => self.contents.unread.push(format!("a certificate: {error}")),
        }
        Ok(())
    }
}

const MAX_BAGS: usize = 10_000;
const MAX_DEPTH: usize = 4;
