//! The file of one contact: JSON that people can read.

use chrono::{DateTime, Utc};
use identity::digest::{DigestAlgorithm, digest};
use identity::{Certificate, Mailbox};
use serde::{Deserialize, Serialize};
use smime::contacts::{Announcement, Contact, KnownCertificate, Root, Source};

/// What the files' names end in.
pub(super) const EXTENSION: &str = "json";

/// Names the file of an address: the address in lower case, what could leave the directory or trouble a shell
/// percent-encoded.
pub(super) fn name(address: &Mailbox) -> String {
    let key = Contact::key(address);
    let mut name = String::with_capacity(key.len());
    for (at, character) in key.chars().enumerate() {
        let unsafe_here = character.is_control()
            || character.is_whitespace()
            || matches!(character, '/' | '\\' | '%' | '"' | '\'')
            || (at == 0 && matches!(character, '.' | '-'));
        if unsafe_here {
            let mut buffer = [0; 4];
            for byte in character.encode_utf8(&mut buffer).bytes() {
                name.push_str(&format!("%{byte:02X}"));
            }
        } else {
            name.push(character);
        }
    }
    // File systems end at 255 bytes.
    if name.len() > LONGEST {
        let cut = name.floor_char_boundary(LONGEST - 40);
        name.truncate(cut);
        let digest = hex::encode(digest(DigestAlgorithm::Sha256, key.as_bytes()));
        name.push_str("%~");
        name.extend(digest.chars().take(32));
    }
    format!("{name}.{EXTENSION}")
}

/// Writes a contact.
pub(super) fn encode(contact: &Contact) -> String {
    let certificates = contact.certificates().iter().map(CertificateEntry::new).collect();
    let announced = contact.announcement().map(|announcement| AnnouncementEntry {
        ciphers: announcement.ciphers.iter().map(ToString::to_string).collect(),
        signed_at: announcement.signed_at,
    });
    let file = ContactFile {
        format: FORMAT,
        email: contact.address().to_string(),
        announced,
        certificates,
    };
    // These types hold strings, numbers and lists only, which always serialise.
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads a contact; the error is what is wrong, after "the file".
pub(super) fn decode(bytes: &[u8]) -> Result<Contact, String> {
    let file: ContactFile =
        serde_json::from_slice(bytes).map_err(|error| format!("cannot be read as a contact: {error}"))?;
    if file.format != FORMAT {
        return Err(format!(
            "has the format {}, and this version of cachet knows {FORMAT}",
            file.format
        ));
    }
    let address = Mailbox::parse(&file.email).map_err(|error| format!("is damaged: {error}"))?;
    let certificates = file
        .certificates
        .iter()
        .map(CertificateEntry::decode)
        .collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() {
        return Err("holds no certificate".to_owned());
    }
    let announcement = file.announced.map(|announced| {
        // A later version may know more ciphers.
        let ciphers = announced.ciphers.iter().filter_map(|name| name.parse().ok());
        Announcement::new(ciphers.collect(), announced.signed_at)
    });
    Ok(Contact::from_parts(address, certificates, announcement))
}

#[derive(Deserialize, Serialize)]
struct ContactFile {
    format: u32,
    email: String,
    #[serde(default)]
    announced: Option<AnnouncementEntry>,
    certificates: Vec<CertificateEntry>,
}

#[derive(Deserialize, Serialize)]
struct AnnouncementEntry {
    ciphers: Vec<String>,
    signed_at: Option<DateTime<Utc>>,
}

/// What stands before `sha256` is for people.
#[derive(Deserialize, Serialize)]
struct CertificateEntry {
    #[serde(skip_deserializing)]
    subject: String,
    #[serde(skip_deserializing)]
    issuer: String,
    #[serde(skip_deserializing)]
    serial: String,
    #[serde(skip_deserializing)]
    not_after: DateTime<Utc>,
    sha256: String,
    learned: DateTime<Utc>,
    source: String,
    #[serde(default)]
    root: Option<RootEntry>,
    pem: String,
}

#[derive(Deserialize, Serialize)]
struct RootEntry {
    subject: String,
    key_sha256: String,
}

impl CertificateEntry {
    fn new(known: &KnownCertificate) -> Self {
        let certificate = &known.certificate;
        Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial_hex(),
            not_after: certificate.not_after(),
            sha256: hex::encode(certificate.fingerprint_sha256()),
            learned: known.learned,
            source: known.source.as_str().to_owned(),
            root: known.root.as_ref().map(|root| RootEntry {
                subject: root.subject.clone(),
                key_sha256: hex::encode(root.key_sha256),
            }),
            pem: identity::pem::encode("CERTIFICATE", certificate.der()),
        }
    }

    fn decode(&self) -> Result<KnownCertificate, String> {
        let mut found = identity::pem::certificates(self.pem.as_bytes())
            .map_err(|error| format!("holds a certificate that cannot be read: {error}"))?;
        let certificate: Certificate = match (found.pop(), found.is_empty()) {
            (Some(certificate), true) => certificate,
            _ => return Err("should hold one certificate in each \"pem\"".to_owned()),
        };
        if hex::encode(certificate.fingerprint_sha256()) != self.sha256.to_ascii_lowercase() {
            return Err("holds a certificate whose SHA-256 fingerprint is not the one beside it".to_owned());
        }
        let source = Source::from_name(&self.source)
            .ok_or_else(|| format!("names the unknown source \"{}\"", self.source.escape_debug()))?;
        let root = match &self.root {
            None => None,
            Some(root) => {
                let key = hex::decode(&root.key_sha256)
                    .ok()
                    .and_then(|key| key.try_into().ok());
                let key = key.ok_or("holds a root's \"key_sha256\" that is none")?;
                Some(Root::new(root.subject.clone(), key))
            }
        };
        Ok(KnownCertificate::new(certificate, source, self.learned, root))
    }
}

const FORMAT: u32 = 1;

/// In bytes, the extension and the name of a temporary beside it left room for.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_directory_and_tell_addresses_apart() {
        for (address, expected) in [
            ("Alice@Example.org", "alice@example.org.json"),
            ("zoe@münchen.example", "zoe@xn--mnchen-3ya.example.json"),
            ("a/b@example.org", "a%2Fb@example.org.json"),
            ("-rf@example.org", "%2Drf@example.org.json"),
            ("o'neill%x@example.org", "o%27neill%25x@example.org.json"),
        ] {
            assert_eq!(name(&Mailbox::parse(address).unwrap()), expected);
        }
        let long = |last: char| {
            let local: String = "'".repeat(63) + &last.to_string();
            let domain = format!("{}.{}.example", "d".repeat(60), "e".repeat(60));
            name(&Mailbox::parse(&format!("{local}@{domain}")).unwrap())
        };
        assert!(long('a').len() <= 220, "{}", long('a').len());
        assert_ne!(long('a'), long('b'));
    }
}
