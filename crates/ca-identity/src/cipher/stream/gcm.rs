//! Galois/Counter Mode piece by piece (NIST SP 800-38D), which neither library offers: the counter mode of the one and
//! GHASH of the other, joined as the standard draws them.

use aws_lc_rs::aead::NONCE_LEN;
use aws_lc_rs::cipher::{EncryptionContext, StreamingEncryptingKey};
use aws_lc_rs::iv::FixedLength;
use der::asn1::OctetStringRef;
use der::{Decode, Reader, SliceReader};
use ghash::universal_hash::UniversalHash;
use ghash::{Block, GHash};
use zeroize::Zeroizing;

use super::{BLOCK, engine_key};
use crate::cipher::{CipherError, ContentCipher, ContentKey};

/// The counter mode and the hash over its ciphertext, which are the same in both directions.
pub(super) struct Gcm {
    cipher: ContentCipher,
    stream: StreamingEncryptingKey,
    hash: CiphertextHash,
    /// The encrypted first counter block, which masks the tag.
    mask: Zeroizing<[u8; BLOCK]>,
}

impl Gcm {
    pub(super) fn new(
        cipher: ContentCipher,
        key: &ContentKey,
        nonce: &[u8; NONCE_LEN],
    ) -> Result<Self, CipherError> {
        // The hash key is the encrypted zero block (7.1, step 1).
        let mut hash_key = Zeroizing::new([0; BLOCK]);
        next_block(&mut counter_mode(cipher, key, [0; BLOCK])?, &mut hash_key)?;
        // The counter begins at one, and that block masks the tag (7.1, steps 2 and 6).
        let mut first = [0; BLOCK];
        let (prefix, counter) = first.split_at_mut(NONCE_LEN);
        prefix.copy_from_slice(nonce);
        counter.copy_from_slice(&1_u32.to_be_bytes());
        let mut stream = counter_mode(cipher, key, first)?;
        let mut mask = Zeroizing::new([0; BLOCK]);
        next_block(&mut stream, &mut mask)?;
        Ok(Self {
            cipher,
            stream,
            hash: CiphertextHash::new(hash_key),
            mask,
        })
    }

    /// Encrypts into `out`, which has [`BLOCK`] bytes more than `plaintext`.
    pub(super) fn encrypt(&mut self, plaintext: &[u8], out: &mut [u8]) -> Result<usize, CipherError> {
        self.check_length(plaintext)?;
        let mut rest = out;
        for piece in plaintext.chunks(CACHED) {
            self.apply_counter_mode(piece, rest)?;
            let (ciphertext, after) = rest.split_at_mut(piece.len());
            self.hash.update(ciphertext);
            rest = after;
        }
        Ok(plaintext.len())
    }

    /// Decrypts into `out`, which has [`BLOCK`] bytes more than `ciphertext`.
    pub(super) fn decrypt(&mut self, ciphertext: &[u8], out: &mut [u8]) -> Result<usize, CipherError> {
        self.check_length(ciphertext)?;
        let mut rest = out;
        for piece in ciphertext.chunks(CACHED) {
            self.hash.update(piece);
            self.apply_counter_mode(piece, rest)?;
            rest = rest.split_at_mut(piece.len()).1;
        }
        Ok(ciphertext.len())
    }

    /// Returns the tag in its full length.
    pub(super) fn tag(self, aad: &[u8]) -> [u8; FULL_TAG] {
        let mut tag = self.hash.finish(aad);
        for (byte, mask) in tag.iter_mut().zip(self.mask.iter()) {
            *byte ^= mask;
        }
        tag
    }

    fn apply_counter_mode(&mut self, input: &[u8], out: &mut [u8]) -> Result<(), CipherError> {
        self.stream
            .update(input, out)
            .map(|_| ())
            .map_err(|_| CipherError::DecryptionFailed)
    }

    /// Beyond this length the 32 bits of the counter would begin anew (5.2.1.1). Within it, a counter of 128 bits, as
    /// the library has, counts the same.
    fn check_length(&self, piece: &[u8]) -> Result<(), CipherError> {
        match self.hash.len.checked_add(piece.len() as u64) {
            Some(len) if len <= LONGEST => Ok(()),
            _ => Err(CipherError::TooLong { cipher: self.cipher }),
        }
    }
}

/// GHASH over the ciphertext. The additional data, which the standard puts before it, comes last here, as its
/// attributes do in a message (RFC 5083, 2.1).
struct CiphertextHash {
    key: Zeroizing<[u8; BLOCK]>,
    hash: GHash,
    /// The beginning of a block, `len` modulo the block's length.
    partial: [u8; BLOCK],
    /// How many bytes there have been.
    len: u64,
}

impl CiphertextHash {
    fn new(key: Zeroizing<[u8; BLOCK]>) -> Self {
        Self {
            hash: GHash::new(&Block::from(*key)),
            key,
            partial: [0; BLOCK],
            len: 0,
        }
    }

    fn update(&mut self, mut data: &[u8]) {
        let filled = self.filled();
        self.len += data.len() as u64;
        if filled > 0 {
            let room = self.partial.get_mut(filled..).unwrap_or_default();
            let (begin, rest) = data.split_at(room.len().min(data.len()));
            room.iter_mut().zip(begin).for_each(|(room, byte)| *room = *byte);
            if begin.len() < room.len() {
                return;
            }
            self.hash.update(&[Block::from(self.partial)]);
            data = rest;
        }
        let (blocks, rest) = Block::slice_as_chunks(data);
        self.hash.update(blocks);
        self.partial
            .iter_mut()
            .zip(rest)
            .for_each(|(room, byte)| *room = *byte);
    }

    /// The polynomial of the additional data A, the ciphertext C of n blocks and their lengths L is
    /// (A·Hⁿ + C + L)·H, where A and C stand for the values of GHASH over them alone (6.4).
    fn finish(self, aad: &[u8]) -> [u8; FULL_TAG] {
        let filled = self.filled();
        let Self {
            key,
            mut hash,
            partial,
            len,
        } = self;
        hash.update_padded(partial.get(..filled).unwrap_or_default());
        let mut sum = <[u8; BLOCK]>::from(hash.finalize());
        if !aad.is_empty() {
            let mut of_aad = GHash::new(&Block::from(*key));
            of_aad.update_padded(aad);
            let of_aad = of_aad.finalize().into();
            let shifted = times(&of_aad, &power(&key, len.div_ceil(BLOCK as u64)));
            sum.iter_mut().zip(shifted).for_each(|(sum, byte)| *sum ^= byte);
        }
        let lengths = (u128::from(aad.len() as u64 * 8) << 64) | u128::from(len * 8);
        let total = u128::from_be_bytes(sum) ^ lengths;
        times(&total.to_be_bytes(), &key)
    }

    fn filled(&self) -> usize {
        // Less than the block's length.
        (self.len % BLOCK as u64) as usize
    }
}

/// Compares a tag of the expected length, in constant time, with the beginning of the right one (SP 800-38D, 7.2).
pub(super) fn check_tag(right: &[u8; FULL_TAG], tag: &[u8]) -> Result<(), CipherError> {
    right
        .get(..tag.len())
        .filter(|begin| begin.len() >= SHORTEST_TAG)
        .and_then(|begin| aws_lc_rs::constant_time::verify_slices_are_equal(begin, tag).ok())
        .ok_or(CipherError::DecryptionFailed)
}

/// GCMParameters { aes-nonce, aes-ICVlen 16 } (RFC 5084, 3.2).
pub(super) fn parameters(nonce: &[u8; NONCE_LEN]) -> Vec<u8> {
    [&[0x30, 17, 0x04, 12][..], nonce, &[0x02, 0x01, 16]].concat()
}

/// Reads the nonce and the length of the tag.
pub(super) fn read_parameters(
    cipher: ContentCipher,
    parameters_der: &[u8],
) -> Result<([u8; NONCE_LEN], usize), CipherError> {
    let malformed = |reason: &str| CipherError::MalformedParameters {
        cipher,
        reason: reason.to_owned(),
    };
    let mut reader = SliceReader::new(parameters_der).map_err(|_| malformed("no parameters"))?;
    let (nonce, tag_len) = reader
        .sequence(|inner| -> der::Result<_> {
            let nonce = <&OctetStringRef>::decode(inner)?.as_bytes().to_vec();
            // DEFAULT 12
            let tag_len = if inner.is_finished() {
                12
            } else {
                u8::decode(inner)?
            };
            Ok((nonce, usize::from(tag_len)))
        })
        .map_err(|_| malformed("not GCMParameters"))?;
    let nonce = nonce
        .try_into()
        .map_err(|_| malformed("expected a nonce of 12 bytes"))?;
    if !(SHORTEST_TAG..=FULL_TAG).contains(&tag_len) {
        return Err(malformed("expected a tag of 12 to 16 bytes"));
    }
    Ok((nonce, tag_len))
}

fn counter_mode(
    cipher: ContentCipher,
    key: &ContentKey,
    first: [u8; BLOCK],
) -> Result<StreamingEncryptingKey, CipherError> {
    let context = EncryptionContext::Iv128(FixedLength::from(first));
    StreamingEncryptingKey::less_safe_ctr(engine_key(cipher, key)?, context)
        .map_err(|_| CipherError::DecryptionFailed)
}

/// Draws one block of key stream.
fn next_block(stream: &mut StreamingEncryptingKey, block: &mut [u8; BLOCK]) -> Result<(), CipherError> {
    let mut out = Zeroizing::new([0; 2 * BLOCK]);
    stream
        .update(&[0; BLOCK], &mut out[..])
        .map_err(|_| CipherError::DecryptionFailed)?;
    block
        .iter_mut()
        .zip(out.iter())
        .for_each(|(to, from)| *to = *from);
    Ok(())
}

/// Multiplies in the field of GHASH: the hash of a single block is its product with the key.
fn times(a: &[u8; BLOCK], b: &[u8; BLOCK]) -> [u8; BLOCK] {
    let mut hash = GHash::new(&Block::from(*b));
    hash.update(&[Block::from(*a)]);
    hash.finalize().into()
}

/// Raises to a power by squaring. Only the exponent, which is no secret, decides on the steps.
fn power(base: &[u8; BLOCK], mut exponent: u64) -> [u8; BLOCK] {
    let mut result = ONE;
    let mut square = Zeroizing::new(*base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(&result, &square);
        }
        *square = times(&square, &square);
        exponent >>= 1;
    }
    result
}

pub(super) const FULL_TAG: usize = 16;
/// RFC 5084, 3.2: 12 to 16 bytes.
const SHORTEST_TAG: usize = 12;
/// 2³⁹ - 256 bits (NIST SP 800-38D, 5.2.1.1).
const LONGEST: u64 = (1 << 36) - 32;
/// So much stays in the processor's first cache between enciphering and hashing.
const CACHED: usize = 8 << 10;
/// The field's one: the bits of a block are written from the lowest power to the highest.
const ONE: [u8; BLOCK] = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

#[cfg(test)]
mod tests {
    use super::*;

    /// McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B: the test cases with a nonce of 96
    /// bits. Those with additional data leave out the last four bytes of the content.
    #[test]
    fn known_answers() {
        for (cipher, key, plaintext, ciphertext, aad, tag) in VECTORS {
            let nonce = if key.starts_with("00") {
                [0; NONCE_LEN]
            } else {
                hex::decode("cafebabefacedbaddecaf888")
                    .unwrap()
                    .try_into()
                    .unwrap()
            };
            let key = ContentKey::from_bytes(Zeroizing::new(hex::decode(key).unwrap()));
            let [mut plaintext, mut ciphertext, aad] =
                [plaintext, ciphertext, aad].map(|text| hex::decode(text).unwrap());
            if !aad.is_empty() {
                plaintext.truncate(60);
                ciphertext.truncate(60);
            }
            for piece in [1, 7, 16, 17, 64] {
                let mut sealing = Gcm::new(cipher, &key, &nonce).unwrap();
                let mut opening = Gcm::new(cipher, &key, &nonce).unwrap();
                let (mut sealed, mut opened) = (vec![], vec![]);
                let mut out = [0; 80];
                for piece in plaintext.chunks(piece) {
                    let len = sealing.encrypt(piece, &mut out).unwrap();
                    sealed.extend_from_slice(&out[..len]);
                }
                for piece in ciphertext.chunks(piece) {
                    let len = opening.decrypt(piece, &mut out).unwrap();
                    opened.extend_from_slice(&out[..len]);
                }
                assert_eq!(hex::encode(sealed), hex::encode(&ciphertext));
                assert_eq!(hex::encode(opened), hex::encode(&plaintext));
                assert_eq!(hex::encode(sealing.tag(&aad)), tag);
                assert_eq!(hex::encode(opening.tag(&aad)), tag);
            }
        }
    }

    #[test]
    fn content_ends_before_the_counter_does() {
        let cipher = ContentCipher::Aes256Gcm;
        let key = ContentKey::generate(cipher).unwrap();
        let mut mode = Gcm::new(cipher, &key, &[0; NONCE_LEN]).unwrap();
        mode.hash.len = LONGEST - 16;
        let mut out = [0; 64];
        assert_eq!(
            mode.encrypt(&[0; 17], &mut out),
            Err(CipherError::TooLong { cipher })
        );
        assert_eq!(mode.encrypt(&[0; 16], &mut out), Ok(16));
        assert_eq!(mode.decrypt(&[0], &mut out), Err(CipherError::TooLong { cipher }));
    }

    #[test]
    fn powers() {
        let base = *b"any field member";
        let mut product = ONE;
        for exponent in 0..20 {
            assert_eq!(power(&base, exponent), product);
            product = times(&product, &base);
        }
    }

    type Vector = (
        ContentCipher,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
    );

    const VECTORS: [Vector; 12] = [
        (
            ContentCipher::Aes128Gcm,
            "00000000000000000000000000000000",
            "",
            "",
            "",
            "58e2fccefa7e3061367f1d57a4e7455a",
        ),
        (
            ContentCipher::Aes128Gcm,
            "00000000000000000000000000000000",
            ZERO_BLOCK,
            "0388dace60b6a392f328c2b971b2fe78",
            "",
            "ab6e47d42cec13bdf53a67b21257bddf",
        ),
        (
            ContentCipher::Aes128Gcm,
            KEY_128,
            PLAINTEXT,
            CIPHERTEXT_128,
            "",
            "4d5c2af327cd64a62cf35abd2ba6fab4",
        ),
        (
            ContentCipher::Aes128Gcm,
            KEY_128,
            PLAINTEXT,
            CIPHERTEXT_128,
            AAD,
            "5bc94fbc3221a5db94fae95ae7121a47",
        ),
        (
            ContentCipher::Aes192Gcm,
            "000000000000000000000000000000000000000000000000",
            "",
            "",
            "",
            "cd33b28ac773f74ba00ed1f312572435",
        ),
        (
            ContentCipher::Aes192Gcm,
            "000000000000000000000000000000000000000000000000",
            ZERO_BLOCK,
            "98e7247c07f0fe411c267e4384b0f600",
            "",
            "2ff58d80033927ab8ef4d4587514f0fb",
        ),
        (
            ContentCipher::Aes192Gcm,
            KEY_192,
            PLAINTEXT,
            CIPHERTEXT_192,
            "",
            "9924a7c8587336bfb118024db8674a14",
        ),
        (
            ContentCipher::Aes192Gcm,
            KEY_192,
            PLAINTEXT,
            CIPHERTEXT_192,
            AAD,
            "2519498e80f1478f37ba55bd6d27618c",
        ),
        (
            ContentCipher::Aes256Gcm,
            "0000000000000000000000000000000000000000000000000000000000000000",
            "",
            "",
            "",
            "530f8afbc74536b9a963b4f1c4cb738b",
        ),
        (
            ContentCipher::Aes256Gcm,
            "0000000000000000000000000000000000000000000000000000000000000000",
            ZERO_BLOCK,
            "cea7403d4d606b6e074ec5d3baf39d18",
            "",
            "d0d1c8a799996bf0265b98b5d48ab919",
        ),
        (
            ContentCipher::Aes256Gcm,
            KEY_256,
            PLAINTEXT,
            CIPHERTEXT_256,
            "",
            "b094dac5d93471bdec1a502270e3cc6c",
        ),
        (
            ContentCipher::Aes256Gcm,
            KEY_256,
            PLAINTEXT,
            CIPHERTEXT_256,
            AAD,
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ),
    ];
    const ZERO_BLOCK: &str = "00000000000000000000000000000000";
    const KEY_128: &str = "feffe9928665731c6d6a8f9467308308";
    const KEY_192: &str = "feffe9928665731c6d6a8f9467308308feffe9928665731c";
    const KEY_256: &str = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    const AAD: &str = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
    const PLAINTEXT: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
    const CIPHERTEXT_128: &str = "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985";
    const CIPHERTEXT_192: &str = "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710acade256";
    const CIPHERTEXT_256: &str = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";
}
