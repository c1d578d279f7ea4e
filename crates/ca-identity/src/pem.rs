//! PEM text (RFC 7468), read leniently, and the forms in which certificates come as files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::asn1::{self, Element, SEQUENCE};
use crate::certificate::{Certificate, CertificateError};

/// The longest file accepted, in bytes.
pub const MAX_FILE_LENGTH: usize = 64 << 20;

/// A block of a PEM text.
#[derive(Clone)]
pub struct Block {
    /// The text between `-----BEGIN ` and `-----`.
    pub label: String,
    /// The header lines of RFC 1421 (`Proc-Type: 4,ENCRYPTED`), which old private key files have.
    pub headers: Vec<String>,
    /// The decoded content (it may be a secret).
    pub der: Zeroizing<Vec<u8>>,
}

/// Why a PEM text or a file of certificates could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// A certificate in it is malformed.
    #[error("certificate {index} of the file: {source}")]
    Certificate {
        /// Its place, counting from 1.
        index: usize,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// A block is malformed.
    #[error("malformed PEM block \"{label}\": {reason}")]
    Malformed {
        /// Its label.
        label: String,
        /// What is wrong.
        reason: String,
    },
    /// A PKCS#7 structure is malformed.
    #[error("malformed PKCS#7 file of certificates: {reason}")]
    MalformedPkcs7 {
        /// What is wrong.
        reason: String,
    },
    /// The file holds no certificate.
    #[error("no certificate found: expected PEM (\"-----BEGIN CERTIFICATE-----\"), DER or PKCS#7 (.p7b)")]
    NoCertificate,
    /// The file is too long.
    #[error("the file has {length} bytes, more than {maximum}: check that it is the right one")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The longest accepted, in bytes.
        maximum: usize,
    },
}

/// Returns all blocks of a text, skipping what stands between them.
///
/// Line endings of any kind, indentation, a byte order mark and lines of any length are accepted.
///
/// # Errors
/// [`PemError`] if a block has no end or is not base64. A text without blocks gives an empty list.
pub fn decode(text: &[u8]) -> Result<Vec<Block>, PemError> {
    check_length(text)?;
    let mut blocks = Vec::new();
    let mut open: Option<OpenBlock> = None;
    for line in text.split(|byte| matches!(byte, b'\n' | b'\r')) {
        let line = line.trim_ascii();
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        match open.take() {
            None => open = boundary(line, b"-----BEGIN ").map(OpenBlock::new),
            Some(mut block) => {
                if let Some(label) = boundary(line, b"-----END ") {
                    if label != block.label {
                        return Err(block.malformed("its END line has another label"));
                    }
                    blocks.push(block.close()?);
                } else {
                    block.line(line)?;
                    open = Some(block);
                }
            }
        }
    }
    match open {
        Some(block) => Err(block.malformed("its END line is missing: the file may be cut off")),
        None => Ok(blocks),
    }
}

/// Encodes one block with lines of 64 characters.
pub fn encode(label: &str, der: &[u8]) -> String {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    // Sized beforehand, so that a secret is not left behind in an outgrown buffer.
    let mut text = String::with_capacity(base64.len() + base64.len() / 64 + 2 * label.len() + 40);
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for line in base64.as_bytes().chunks(64) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// Tells whether a file looks like PEM text.
pub fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

/// Reads all certificates of a file: PEM blocks, one or several DER certificates, or PKCS#7 certs-only (BER or
/// DER, binary or PEM).
///
/// # Errors
/// [`PemError`]; [`PemError::NoCertificate`] if there is none.
pub fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, PemError> {
    check_length(bytes)?;
    let mut found = Vec::new();
    if bytes.first() == Some(&SEQUENCE) {
        if let Some(members) = certs_only_members(bytes)? {
            collect(&members, &mut found)?;
        } else {
            let mut cursor = asn1::Cursor::new(bytes);
            while !cursor.is_finished() {
                let index = found.len() + 1;
                let element = cursor.next().map_err(|reason| PemError::Certificate {
                    index,
                    source: CertificateError::Malformed {
                        field: "outer structure",
                        reason,
                    },
                })?;
                collect(&[element.raw.to_vec()], &mut found)?;
            }
        }
    } else {
        for block in decode(bytes)? {
            match block.label.as_str() {
                "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                    collect(&[first_element(&block.der)], &mut found)?;
                }
                "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => {
                    let members =
                        certs_only_members(&block.der)?.ok_or_else(|| PemError::MalformedPkcs7 {
                            reason: "not a SignedData".to_owned(),
                        })?;
                    collect(&members, &mut found)?;
                }
                _ => {}
            }
        }
    }
    if found.is_empty() {
        Err(PemError::NoCertificate)
    } else {
        Ok(found)
    }
}

/// Encodes certificates as PEM blocks.
pub fn encode_certificates(certificates: &[Certificate]) -> String {
    certificates
        .iter()
        .map(|certificate| encode("CERTIFICATE", certificate.der()))
        .collect()
}

/// Encodes certificates as a PKCS#7 certs-only SignedData (`.p7b`; RFC 5652, 5.1; RFC 8551, 3.2.2), in DER.
pub fn certs_only(certificates: &[Certificate]) -> Vec<u8> {
    let mut members: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    members.sort_unstable();
    members.dedup();
    let signed_data = asn1::tlv(
        SEQUENCE,
        &[
            &asn1::unsigned(1),
            &asn1::tlv(asn1::SET, &[]),
            &asn1::tlv(SEQUENCE, &[&asn1::oid(ID_DATA)]),
            &asn1::tlv(0xa0, &members),
            &asn1::tlv(asn1::SET, &[]),
        ],
    );
    asn1::tlv(
        SEQUENCE,
        &[&asn1::oid(ID_SIGNED_DATA), &asn1::tlv(0xa0, &[&signed_data])],
    )
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

struct OpenBlock {
    label: String,
    headers: Vec<String>,
    base64: Zeroizing<Vec<u8>>,
}

impl OpenBlock {
    fn new(label: String) -> Self {
        Self {
            label,
            headers: Vec::new(),
            base64: Zeroizing::new(Vec::new()),
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), PemError> {
        if self.base64.is_empty() && line.contains(&b':') {
            if self.headers.len() >= MAX_HEADERS {
                return Err(self.malformed("it has too many header lines"));
            }
            self.headers.push(String::from_utf8_lossy(line).into_owned());
            return Ok(());
        }
        self.base64
            .extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
        Ok(())
    }

    fn close(self) -> Result<Block, PemError> {
        let der = STANDARD
            .decode(self.base64.as_slice())
            .map_err(|error| self.malformed(&format!("it is not base64: {error}")))?;
        Ok(Block {
            label: self.label,
            headers: self.headers,
            der: Zeroizing::new(der),
        })
    }

    fn malformed(&self, reason: &str) -> PemError {
        PemError::Malformed {
            label: self.label.clone(),
            reason: reason.to_owned(),
        }
    }
}

fn boundary(line: &[u8], prefix: &[u8]) -> Option<String> {
    let label = line.strip_prefix(prefix)?.strip_suffix(b"-----")?;
    if label.len() > 64 || !label.iter().all(|byte| (0x20..0x7f).contains(byte)) {
        return None;
    }
    Some(String::from_utf8_lossy(label).into_owned())
}

fn collect(members: &[Vec<u8>], found: &mut Vec<Certificate>) -> Result<(), PemError> {
    for der in members {
        let certificate = Certificate::from_der(der).map_err(|source| PemError::Certificate {
            index: found.len() + 1,
            source,
        })?;
        found.push(certificate);
    }
    Ok(())
}

/// OpenSSL's TRUSTED CERTIFICATE carries its own settings behind the certificate.
fn first_element(der: &[u8]) -> Vec<u8> {
    let first = asn1::Cursor::new(der).next();
    first.map_or_else(|_| der.to_vec(), |element| element.raw.to_vec())
}

/// Returns the certificates of a SignedData in a ContentInfo, or `None` for another structure.
fn certs_only_members(bytes: &[u8]) -> Result<Option<Vec<Vec<u8>>>, PemError> {
    let Ok(der) = asn1::to_definite(bytes) else {
        return Ok(None);
    };
    let Ok(content_type) = Element::parse_as(SEQUENCE, &der)
        .and_then(Element::children)
        .and_then(|mut fields| fields.next()?.oid())
    else {
        return Ok(None);
    };
    if content_type != ID_SIGNED_DATA {
        return Ok(None);
    }
    signed_data_certificates(&der)
        .map(Some)
        .map_err(|reason| PemError::MalformedPkcs7 { reason })
}

fn signed_data_certificates(content_info: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut fields = Element::parse_as(SEQUENCE, content_info)?.children()?;
    fields.next()?;
    let content = fields.expect(0xa0)?;
    let mut fields = Element::parse_as(SEQUENCE, content.value)?.children()?;
    fields.expect(asn1::INTEGER)?;
    fields.expect(asn1::SET)?;
    fields.expect(SEQUENCE)?;
    let mut members = Vec::new();
    if let Some(set) = fields.optional(0xa0)? {
        let mut set = set.children()?;
        while !set.is_finished() {
            let member = set.next()?;
            // Other choices of CertificateChoices are attribute certificates and obsolete forms.
            if member.tag == SEQUENCE {
                members.push(member.raw.to_vec());
            }
        }
    }
    Ok(members)
}

fn check_length(bytes: &[u8]) -> Result<(), PemError> {
    if bytes.len() > MAX_FILE_LENGTH {
        return Err(PemError::TooLong {
            length: bytes.len(),
            maximum: MAX_FILE_LENGTH,
        });
    }
    Ok(())
}

const MAX_HEADERS: usize = 16;
const ID_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ID_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_reading() {
        let text = encode("DATA", &[1, 2, 3]);
        let variants = [
            text.clone(),
            text.replace('\n', "\r\n"),
            format!("\u{feff}{text}"),
            format!("subject=/CN=x\n\n  {}\ntrailing", text.replace('\n', "\n  ")),
            text.replace("AQID", "AQ\nID"),
        ];
        for variant in variants {
            let blocks = decode(variant.as_bytes()).unwrap();
            assert_eq!(blocks.len(), 1, "{variant:?}");
            assert_eq!(
                (blocks[0].label.as_str(), blocks[0].der.as_slice()),
                ("DATA", &[1, 2, 3][..])
            );
        }
    }

    #[test]
    fn damaged_blocks_are_refused() {
        let text = encode("DATA", &[1, 2, 3]);
        for damaged in [
            text.replace("-----END", "----END"),
            text.replace("AQID", "A?ID"),
            text.replace("END DATA", "END X"),
        ] {
            assert!(
                matches!(decode(damaged.as_bytes()), Err(PemError::Malformed { .. })),
                "{damaged}"
            );
        }
        assert!(matches!(certificates(b"hello"), Err(PemError::NoCertificate)));
    }

    #[test]
    fn lines_of_64() {
        let text = encode("DATA", &[0; 100]);
        assert!(text.lines().all(|line| line.len() <= 64));
        assert_eq!(decode(text.as_bytes()).unwrap()[0].der.as_slice(), &[0; 100]);
    }
}
