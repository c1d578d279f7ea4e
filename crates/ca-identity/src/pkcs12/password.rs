//! The forms in which programs put a password into key derivation.

use zeroize::Zeroizing;

use crate::passphrase::Passphrase;

/// One way of reading what a person typed.
pub(super) struct Candidate {
    /// For the key derivation of PKCS#12: UTF-16, big-endian, with its terminator (RFC 7292, B.1).
    pub(super) utf16: Zeroizing<Vec<u8>>,
    /// For PBKDF2 (RFC 8018, 3; RFC 9579): UTF-8.
    pub(super) utf8: Zeroizing<Vec<u8>>,
}

/// Returns the readings to try, the standard's own first.
pub(super) fn candidates(password: Option<&Passphrase>) -> Vec<Candidate> {
    match password {
        Some(password) if !password.is_empty() => {
            let mut candidates = vec![standard(password.as_str())];
            if !password.is_ascii() {
                // OpenSSL before 1.1 widened each byte of the UTF-8.
                let widened: Vec<u8> = password
                    .as_bytes()
                    .iter()
                    .flat_map(|byte| [0, *byte])
                    .chain([0, 0])
                    .collect();
                candidates.push(Candidate {
                    utf16: Zeroizing::new(widened),
                    utf8: utf8(password.as_str()),
                });
            }
            candidates
        }
        // An empty password is a terminator, an absent one is nothing at all; writers disagree which they mean.
        _ => vec![
            standard(""),
            Candidate {
                utf16: Zeroizing::default(),
                utf8: Zeroizing::default(),
            },
        ],
    }
}

/// RFC 7292's reading.
pub(super) fn standard(password: &str) -> Candidate {
    let mut utf16 = Zeroizing::new(Vec::with_capacity(2 * password.len() + 2));
    for unit in password.encode_utf16().chain([0]) {
        utf16.extend_from_slice(&unit.to_be_bytes());
    }
    Candidate {
        utf16,
        utf8: utf8(password),
    }
}

fn utf8(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.as_bytes().to_vec())
}
