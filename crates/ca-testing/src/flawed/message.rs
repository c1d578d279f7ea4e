//! Signed messages, put together by hand: multipart/signed over a SignedData (RFC 8551, 3.5.3; RFC 5652, 5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::PrivateKey;
use identity::digest::{DigestAlgorithm, digest};

use super::der::*;

/// Who signs.
pub(super) struct Signer<'a> {
    pub(super) key: &'a PrivateKey,
    /// The issuer's name and the content of the serial number in his certificate.
    pub(super) issuer: &'a [u8],
    pub(super) serial: &'a [u8],
    /// Spoils his signature.
    pub(super) bad: bool,
}

/// What a message is made of.
pub(super) struct Message<'a> {
    pub(super) from: &'a str,
    pub(super) micalg: &'a str,
    pub(super) signers: Vec<Signer<'a>>,
    /// As they are sent along.
    pub(super) certificates: Vec<&'a [u8]>,
    /// The signing time.
    pub(super) at: &'a str,
    /// Puts other words into the message than were signed.
    pub(super) tampered: bool,
    pub(super) opaque: bool,
    /// The digest algorithm that is announced for all.
    pub(super) digest_algorithm: Vec<u8>,
}

const SIGNED: &str = "Content-Type: text/plain; charset=utf-8\r\n\r\nThe invoice is for 100 euros.\r\n";
const BOUNDARY: &str = "----fixture";

impl Message<'_> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let content = SIGNED.as_bytes();
        let structure = self.signed_data(content);
        let encoded = STANDARD.encode(&structure);
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(76)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let base64 = lines.join("\r\n");
        let head = format!(
            "From: {}\r\nTo: bob@example.com\r\nSubject: Invoice\r\nDate: Thu, 01 Jan 2026 12:00:00 +0000\r\n\
             Message-ID: <fixture@example.com>\r\nMIME-Version: 1.0\r\n",
            self.from
        );
        if self.opaque {
            return format!(
                "{head}Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{base64}\r\n"
            )
            .into_bytes();
        }
        let shown = if self.tampered {
            SIGNED.replace("100", "900")
        } else {
            SIGNED.to_owned()
        };
        let micalg = self.micalg;
        format!(
            "{head}Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg={micalg};\r\n boundary=\"{BOUNDARY}\"\r\n\r\n\
             --{BOUNDARY}\r\n{shown}\r\n--{BOUNDARY}\r\n\
             Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=smime.p7s\r\n\r\n{base64}\r\n--{BOUNDARY}--\r\n"
        )
        .into_bytes()
    }

    fn signed_data(&self, content: &[u8]) -> Vec<u8> {
        let within = if self.opaque {
            let shown = if self.tampered {
                String::from_utf8_lossy(content)
                    .replace("100", "900")
                    .into_bytes()
            } else {
                content.to_vec()
            };
            tlv(0xa0, &[&octets(&shown)])
        } else {
            Vec::new()
        };
        let signers: Vec<Vec<u8>> = self
            .signers
            .iter()
            .map(|one| self.signer_info(one, content))
            .collect();
        let signers: Vec<&[u8]> = signers.iter().map(Vec::as_slice).collect();
        let certificates = tlv(0xa0, &self.certificates);
        let data = sequence(&[
            &integer(&[1]),
            &set(&[&self.digest_algorithm]),
            &sequence(&[&oid("1.2.840.113549.1.7.1"), &within]),
            &certificates,
            &set(&signers),
        ]);
        sequence(&[&oid("1.2.840.113549.1.7.2"), &tlv(0xa0, &[&data])])
    }

    fn signer_info(&self, signer: &Signer<'_>, content: &[u8]) -> Vec<u8> {
        let scheme = identity::SignatureScheme::default_for(signer.key.public_key())
            .unwrap()
            .with_digest(DigestAlgorithm::Sha256);
        // Ed25519 goes with SHA-512 (RFC 8419).
        let algorithm = match scheme.digest() {
            DigestAlgorithm::Sha512 => sequence(&[&oid("2.16.840.1.101.3.4.2.3")]),
            _ => sha256(),
        };
        let attribute = |kind: &str, value: &[u8]| sequence(&[&oid(kind), &set(&[value])]);
        let attributes = [
            attribute("1.2.840.113549.1.9.3", &oid("1.2.840.113549.1.7.1")),
            attribute("1.2.840.113549.1.9.5", &time(self.at)),
            attribute("1.2.840.113549.1.9.4", &octets(&digest(scheme.digest(), content))),
        ];
        let attributes: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
        // What is signed has the tag of a SET, what is sent another (RFC 5652, 5.4).
        let mut signature = signer.key.sign(&scheme, &set(&attributes)).unwrap();
        if signer.bad {
            let last = signature.len() - 1;
            signature[last] ^= 1;
        }
        sequence(&[
            &integer(&[1]),
            &sequence(&[signer.issuer, &integer(signer.serial)]),
            &algorithm,
            &tlv(0xa0, &attributes),
            &scheme.algorithm_identifier_der(),
            &octets(&signature),
        ])
    }
}
