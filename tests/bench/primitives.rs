//! The limits: the digest and the ciphers of the same library, over memory that lies in the cache, one thread.

use std::time::Instant;

use identity::cipher::{Decryptor, Encryptor};
use identity::digest::Hasher;
use identity::{ContentCipher, ContentKey, DigestAlgorithm};

/// What bounds an operation on a message.
#[derive(Clone, Copy)]
pub(crate) enum Primitive {
    Sha256,
    CbcEncrypt,
    CbcDecrypt,
    Gcm,
}

/// Octets per second of each primitive.
pub(crate) struct Primitives {
    sha256: f64,
    cbc_encrypt: f64,
    cbc_decrypt: f64,
    gcm: f64,
}

impl Primitives {
    /// Measures them, and prints them.
    pub(crate) fn measure() -> Self {
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        let measured = Self {
            sha256: rate(|piece, _| hasher.update(piece)),
            cbc_encrypt: encryption(ContentCipher::Aes256Cbc),
            cbc_decrypt: decryption(ContentCipher::Aes256Cbc),
            gcm: encryption(ContentCipher::Aes256Gcm),
        };
        println!(
            "bare primitives: SHA-256 {:.2} GB/s, AES-256-CBC encrypt {:.2}, decrypt {:.2}, AES-256-GCM {:.2}",
            measured.sha256 / 1e9,
            measured.cbc_encrypt / 1e9,
            measured.cbc_decrypt / 1e9,
            measured.gcm / 1e9
        );
        measured
    }

    /// Octets per second.
    pub(crate) fn rate(&self, primitive: Primitive) -> f64 {
        match primitive {
            Primitive::Sha256 => self.sha256,
            Primitive::CbcEncrypt => self.cbc_encrypt,
            Primitive::CbcDecrypt => self.cbc_decrypt,
            Primitive::Gcm => self.gcm,
        }
    }
}

fn encryption(cipher: ContentCipher) -> f64 {
    let key = ContentKey::generate(cipher).unwrap();
    let mut encryptor = Encryptor::new(cipher, &key).unwrap();
    rate(|piece, out| encryptor.update(piece, out).unwrap())
}

fn decryption(cipher: ContentCipher) -> f64 {
    let key = ContentKey::generate(cipher).unwrap();
    let parameters = Encryptor::new(cipher, &key).unwrap().parameters_der().to_vec();
    let mut decryptor = Decryptor::new(cipher, &key, &parameters).unwrap();
    rate(|piece, out| decryptor.update(piece, out).unwrap())
}

/// Feeds 512 MiB in pieces of 64 KiB.
fn rate(mut feed: impl FnMut(&[u8], &mut Vec<u8>)) -> f64 {
    const PIECES: usize = 8 << 10;
    let piece = vec![0x5A; 64 << 10];
    let mut out = Vec::with_capacity(2 * piece.len());
    let started = Instant::now();
    for _ in 0..PIECES {
        out.clear();
        feed(&piece, &mut out);
    }
    (PIECES * piece.len()) as f64 / started.elapsed().as_secs_f64()
}
