//! Bytes per second of the digest and the ciphers, through the streaming calls and through the bare calls of the same
//! library, over pieces of the length that the message engine feeds.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, EncryptionContext, StreamingDecryptingKey, StreamingEncryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use divan::Bencher;
use divan::counter::BytesCount;
use identity::cipher::{Decryptor, Encryptor, UPDATE_ROOM};
use identity::digest::Hasher;
use identity::{ContentCipher, ContentKey, DigestAlgorithm};

fn main() {
    divan::main();
}

#[divan::bench_group(sample_count = 200)]
mod sha256 {
    use super::*;

    #[divan::bench]
    fn bare(bencher: Bencher<'_, '_>) {
        pieces(bencher, || {
            let mut context = ring::digest::Context::new(&ring::digest::SHA256);
            move |piece: &[u8], _: &mut [u8]| {
                context.update(piece);
                0
            }
        });
    }

    #[divan::bench]
    fn streaming(bencher: Bencher<'_, '_>) {
        pieces(bencher, || {
            let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
            move |piece: &[u8], _: &mut [u8]| {
                hasher.update(piece);
                0
            }
        });
    }
}

#[divan::bench_group(sample_count = 200)]
mod aes_256_cbc {
    use super::*;

    #[divan::bench]
    fn encrypt_bare(bencher: Bencher<'_, '_>) {
        pieces(bencher, || {
            let context = EncryptionContext::Iv128(FixedLength::from([0; 16]));
            let mut key = StreamingEncryptingKey::less_safe_cbc_pkcs7(engine_key(), context).unwrap();
            move |piece: &[u8], out: &mut [u8]| key.update(piece, out).unwrap().written().len()
        });
    }

    #[divan::bench]
    fn encrypt_streaming(bencher: Bencher<'_, '_>) {
        encrypt(bencher, ContentCipher::Aes256Cbc);
    }

    #[divan::bench]
    fn decrypt_bare(bencher: Bencher<'_, '_>) {
        pieces(bencher, || {
            let context = DecryptionContext::Iv128(FixedLength::from([0; 16]));
            let mut key = StreamingDecryptingKey::cbc_pkcs7(engine_key(), context).unwrap();
            move |piece: &[u8], out: &mut [u8]| key.update(piece, out).unwrap().written().len()
        });
    }

    #[divan::bench]
    fn decrypt_streaming(bencher: Bencher<'_, '_>) {
        decrypt(bencher, ContentCipher::Aes256Cbc);
    }
}

#[divan::bench_group(sample_count = 200)]
mod aes_256_gcm {
    use super::*;

    /// The library seals in one call only: each piece by itself, in place.
    #[divan::bench]
    fn encrypt_bare(bencher: Bencher<'_, '_>) {
        pieces(bencher, || {
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[1; 32]).unwrap());
            move |_: &[u8], out: &mut [u8]| {
                let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
                let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), out);
                tag.unwrap().as_ref().len()
            }
        });
    }

    #[divan::bench]
    fn encrypt_streaming(bencher: Bencher<'_, '_>) {
        encrypt(bencher, ContentCipher::Aes256Gcm);
    }

    #[divan::bench]
    fn decrypt_streaming(bencher: Bencher<'_, '_>) {
        decrypt(bencher, ContentCipher::Aes256Gcm);
    }
}

fn encrypt(bencher: Bencher<'_, '_>, cipher: ContentCipher) {
    let key = ContentKey::generate(cipher).unwrap();
    pieces(bencher, || {
        let mut encryptor = Encryptor::new(cipher, &key).unwrap();
        move |piece: &[u8], out: &mut [u8]| encryptor.update_into(piece, out).unwrap()
    });
}

fn decrypt(bencher: Bencher<'_, '_>, cipher: ContentCipher) {
    let key = ContentKey::generate(cipher).unwrap();
    let parameters = Encryptor::new(cipher, &key).unwrap().parameters_der().to_vec();
    pieces(bencher, || {
        let mut decryptor = Decryptor::new(cipher, &key, &parameters).unwrap();
        move |piece: &[u8], out: &mut [u8]| decryptor.update_into(piece, out).unwrap()
    });
}

/// Feeds 4 MiB in pieces to what `begin` makes.
fn pieces<O: FnMut(&[u8], &mut [u8]) -> usize>(bencher: Bencher<'_, '_>, begin: impl Fn() -> O) {
    let piece = vec![0x5a; PIECE];
    let mut out = vec![0; PIECE + UPDATE_ROOM];
    bencher.counter(BytesCount::new(PIECE * PIECES)).bench_local(|| {
        let mut operation = begin();
        for _ in 0..PIECES {
            divan::black_box(operation(&piece, &mut out));
        }
    });
}

fn engine_key() -> UnboundCipherKey {
    UnboundCipherKey::new(&AES_256, &[1; 32]).unwrap()
}

const PIECE: usize = 128 << 10;
const PIECES: usize = 32;
