//! What OpenSSL made once, by `embedded/make`: keys, digests, ciphers and files that the libraries here refuse to make.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::pem;

use super::{Made, PASSWORD};

/// The files of an identity, as `embedded/make` keeps them.
pub(super) struct Identity {
    pub(super) root: &'static str,
    /// The certificate in question, and its issuer's.
    pub(super) chain: &'static str,
    pub(super) key: &'static str,
    pub(super) p12: &'static [u8],
}

/// The identity in a folder of `embedded/`.
macro_rules! identity {
    ($name:literal) => {
        $crate::flawed::embedded::Identity {
            root: include_str!(concat!("../../../embedded/", $name, "/root.pem")),
            chain: include_str!(concat!("../../../embedded/", $name, "/chain.pem")),
            key: include_str!(concat!("../../../embedded/", $name, "/key.pem")),
            p12: include_bytes!(concat!("../../../embedded/", $name, "/identity.p12")),
        }
    };
}

/// The message in a folder of `embedded/`.
macro_rules! message {
    ($name:literal) => {
        include_bytes!(concat!("../../../embedded/", $name, "/message.eml"))
    };
}

/// The P12 in a folder of `embedded/`.
macro_rules! p12 {
    ($name:literal) => {
        include_bytes!(concat!("../../../embedded/", $name, "/identity.p12"))
    };
}

pub(super) use {identity, message, p12};

impl Identity {
    /// The identity with a message that was signed with it, or encrypted to it.
    pub(super) fn with_message(&self, message: &[u8]) -> Made {
        let certificates = |text: &str| -> Vec<Vec<u8>> {
            let all = pem::certificates(text.as_bytes()).unwrap();
            all.iter().map(|one| one.der().to_vec()).collect()
        };
        let chain = certificates(self.chain);
        Made {
            trust: certificates(self.root).remove(0),
            certificate: chain[0].clone(),
            chain,
            key: pkcs8(self.key),
            p12: Some(self.p12.to_vec()),
            password: PASSWORD,
            lists: Vec::new(),
            answers: Vec::new(),
            message: message.to_vec(),
            at: None,
        }
    }

    /// The identity with another P12, and a text to be signed.
    pub(super) fn with_p12(&self, p12: &[u8], password: &'static str) -> Made {
        Made {
            p12: Some(p12.to_vec()),
            password,
            ..self.with_message(TEXT.as_bytes())
        }
    }
}

const TEXT: &str = "From: alice@example.com\r\nTo: bob@example.com\r\nSubject: Invoice\r\nDate: Thu, 01 Jan 2026 12:00:00 +0000\r\n\
                    Message-ID: <fixture@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
                    The invoice is for 100 euros.\r\n";

/// Reads the octets of a key that no library here may want to read.
fn pkcs8(text: &str) -> Vec<u8> {
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).unwrap()
}

/// Changes the structure that a message carries in base64.
pub(super) fn change(message: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let text = std::str::from_utf8(message).unwrap();
    let (head, body) = text
        .split_once("\r\n\r\n")
        .or_else(|| text.split_once("\n\n"))
        .unwrap();
    let mut structure = STANDARD
        .decode(body.lines().map(str::trim).collect::<String>())
        .unwrap();
    change(&mut structure);
    let mut out = format!("{head}\r\n\r\n");
    for line in STANDARD.encode(structure).as_bytes().chunks(76) {
        out.push_str(std::str::from_utf8(line).unwrap());
        out.push_str("\r\n");
    }
    out.into_bytes()
}
