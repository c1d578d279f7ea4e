//! Galois/Counter Mode piece by piece (NIST SP 800-38D).

use der::asn1::OctetStringRef;
use der::{Decode, Reader, SliceReader};
use zeroize::Zeroizing;

use crate::backend::{FULL_TAG, Gcm as Context, GcmDirection};
use crate::cipher::{CipherError, ContentCipher, ContentKey};

/// One direction of the mode.
pub(super) struct Gcm {
    cipher: ContentCipher,
    key: ContentKey,
    nonce: Vec<u8>,
    context: Context,
    /// How many bytes there have been.
    len: u64,
}

impl Gcm {
    pub(super) fn new(
        direction: GcmDirection,
        cipher: ContentCipher,
        key: &ContentKey,
        nonce: &[u8],
    ) -> Result<Self, CipherError> {
        Ok(Self {
            cipher,
            key: key.clone(),
            nonce: nonce.to_vec(),
            context: Context::new(direction, key.as_bytes(), nonce).ok_or(CipherError::DecryptionFailed)?,
            len: 0,
        })
    }

    /// Encrypts or decrypts into `out`, which is no shorter than `input`.
    pub(super) fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize, CipherError> {
        let len = self.len.checked_add(input.len() as u64);
        // Beyond this length the 32 bits of the counter would begin anew (5.2.1.1).
        let len = len
            .filter(|len| *len <= LONGEST)
            .ok_or(CipherError::TooLong { cipher: self.cipher })?;
        self.context
            .update(input, out)
            .ok_or(CipherError::DecryptionFailed)?;
        self.len = len;
        Ok(input.len())
    }

    /// Ends an encryption and gives the tag in its full length.
    pub(super) fn tag(self, aad: &[u8]) -> Result<[u8; FULL_TAG], CipherError> {
        let share = self.share_of(aad).ok_or(CipherError::DecryptionFailed)?;
        let mut tag = self.context.tag().ok_or(CipherError::DecryptionFailed)?;
        add(&mut tag, &share);
        Ok(tag)
    }

    /// Ends a decryption by comparing the tag, whose length the parameters have given.
    pub(super) fn check(self, aad: &[u8], tag: &[u8]) -> Result<(), CipherError> {
        let share = self.share_of(aad).ok_or(CipherError::DecryptionFailed)?;
        let mut tag = tag.to_vec();
        add(&mut tag, &share);
        self.context.check(&tag).ok_or(CipherError::DecryptionFailed)
    }

    /// Returns what the additional data adds to the tag.
    ///
    /// The mode wants it before the content, but a message carries it behind (RFC 5083, 2.1). The tag is a sum: with the
    /// additional data A and the ciphertext C of n blocks, whose hash key is H, it is A·Hⁿ⁺¹ + C·H + L·H + a mask (6.4, 7.1),
    /// where L holds both lengths. So A adds the same, whatever the content is: the difference between the tags with and
    /// without it over as many zeros. Mail has no such attributes as a rule; where it has, the content's length is gone
    /// through twice more.
    fn share_of(&self, aad: &[u8]) -> Option<[u8; FULL_TAG]> {
        if aad.is_empty() {
            return Some([0; FULL_TAG]);
        }
        let mut share = self.tag_over_zeros(aad)?;
        add(&mut share, &self.tag_over_zeros(&[])?);
        Some(share)
    }

    fn tag_over_zeros(&self, aad: &[u8]) -> Option<[u8; FULL_TAG]> {
        let mut context = Context::new(GcmDirection::Seal, self.key.as_bytes(), &self.nonce)?;
        context.authenticate(aad)?;
        let zeros = [0; CACHED];
        // Key stream comes out, which would open the content.
        let mut out = Zeroizing::new([0; CACHED]);
        let mut left = self.len;
        while left > 0 {
            let len = left.min(CACHED as u64);
            context.update(zeros.get(..len as usize)?, &mut out[..])?;
            left -= len;
        }
        context.tag()
    }
}

/// GCMParameters { aes-nonce, aes-ICVlen 16 } (RFC 5084, 3.2); the nonce is shorter than 100 bytes.
pub(super) fn parameters(nonce: &[u8]) -> Vec<u8> {
    let len = nonce.len() as u8;
    [&[0x30, len + 5, 0x04, len][..], nonce, &[0x02, 0x01, 16]].concat()
}

/// Reads the nonce and the length of the tag.
pub(super) fn read_parameters(
    cipher: ContentCipher,
    parameters_der: &[u8],
) -> Result<(Vec<u8>, usize), CipherError> {
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
    if !(1..=LONGEST_NONCE).contains(&nonce.len()) {
        return Err(malformed("expected a nonce of 1 to 64 bytes"));
    }
    if !(SHORTEST_TAG..=FULL_TAG).contains(&tag_len) {
        return Err(malformed("expected a tag of 12 to 16 bytes"));
    }
    Ok((nonce, tag_len))
}

/// Adds in the mode's field; `sum` may be shorter, as a tag may.
fn add(sum: &mut [u8], other: &[u8; FULL_TAG]) {
    sum.iter_mut().zip(other).for_each(|(sum, byte)| *sum ^= byte);
}

/// RFC 5084, 3.2: 12 to 16 bytes.
const SHORTEST_TAG: usize = 12;
/// RFC 5084, 3.2 recommends 12 bytes and bounds none.
const LONGEST_NONCE: usize = 64;
/// 2³⁹ - 256 bits (NIST SP 800-38D, 5.2.1.1).
const LONGEST: u64 = (1 << 36) - 32;
/// So much stays in the processor's first cache.
const CACHED: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B: the test cases with a nonce of 96
    /// bits. Those with additional data leave out the last four bytes of the content.
    #[test]
    fn known_answers() {
        for (cipher, key, plaintext, ciphertext, aad, tag) in VECTORS {
            let nonce = if key.starts_with("00") {
                vec![0; 12]
            } else {
                hex::decode("cafebabefacedbaddecaf888").unwrap()
            };
            let key = ContentKey::from_bytes(Zeroizing::new(hex::decode(key).unwrap()));
            let [mut plaintext, mut ciphertext, aad] =
                [plaintext, ciphertext, aad].map(|text| hex::decode(text).unwrap());
            if !aad.is_empty() {
                plaintext.truncate(60);
                ciphertext.truncate(60);
            }
            for piece in [1, 7, 16, 17, 64] {
                let mut sealing = Gcm::new(GcmDirection::Seal, cipher, &key, &nonce).unwrap();
                let mut opening = Gcm::new(GcmDirection::Open, cipher, &key, &nonce).unwrap();
                let (sealed, opened) = (
                    run(&mut sealing, &plaintext, piece),
                    run(&mut opening, &ciphertext, piece),
                );
                assert_eq!(hex::encode(sealed), hex::encode(&ciphertext));
                assert_eq!(hex::encode(opened), hex::encode(&plaintext));
                assert_eq!(hex::encode(sealing.tag(&aad).unwrap()), tag);
                assert_eq!(opening.check(&aad, &hex::decode(tag).unwrap()), Ok(()));
                let mut wrong = Gcm::new(GcmDirection::Open, cipher, &key, &nonce).unwrap();
                run(&mut wrong, &ciphertext, piece);
                let more = [&aad[..], b"x"].concat();
                assert_eq!(
                    wrong.check(&more, &hex::decode(tag).unwrap()),
                    Err(CipherError::DecryptionFailed)
                );
            }
        }
    }

    /// Test cases 5, 6, 17 and 18 of the same appendix: nonces of 8 and of 60 bytes.
    #[test]
    fn nonces_of_other_lengths() {
        for (cipher, key, nonce, ciphertext, tag) in NONCES {
            let key = ContentKey::from_bytes(Zeroizing::new(hex::decode(key).unwrap()));
            let nonce = hex::decode(nonce).unwrap();
            let read = read_parameters(cipher, &parameters(&nonce)).unwrap();
            assert_eq!(read, (nonce.clone(), FULL_TAG));
            let mut mode = Gcm::new(GcmDirection::Seal, cipher, &key, &nonce).unwrap();
            let plaintext = hex::decode(PLAINTEXT).unwrap();
            assert_eq!(hex::encode(run(&mut mode, &plaintext[..60], 7)), ciphertext);
            assert_eq!(hex::encode(mode.tag(&hex::decode(AAD).unwrap()).unwrap()), tag);
        }
        for len in [0, 65] {
            assert!(read_parameters(ContentCipher::Aes128Gcm, &parameters(&vec![0; len])).is_err());
        }
    }

    /// The additional data behind more content than is worked on at once, against the call that takes all in one.
    #[test]
    fn additional_data_behind_long_content() {
        use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
        let (cipher, key) = (ContentCipher::Aes256Gcm, [7; 32]);
        for len in [CACHED - 1, CACHED, 3 * CACHED + 5] {
            let content: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let mut whole = content.clone();
            let expected = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap())
                .seal_in_place_separate_tag(
                    Nonce::assume_unique_for_key([9; 12]),
                    Aad::from(b"attributes"),
                    &mut whole,
                )
                .unwrap();
            let key = ContentKey::from_bytes(Zeroizing::new(key.to_vec()));
            let mut mode = Gcm::new(GcmDirection::Seal, cipher, &key, &[9; 12]).unwrap();
            assert!(run(&mut mode, &content, 1000) == whole);
            assert_eq!(mode.tag(b"attributes").unwrap(), expected.as_ref());
        }
    }

    #[test]
    fn content_ends_before_the_counter_does() {
        let cipher = ContentCipher::Aes256Gcm;
        let key = ContentKey::generate(cipher).unwrap();
        let mut mode = Gcm::new(GcmDirection::Seal, cipher, &key, &[0; 12]).unwrap();
        mode.len = LONGEST - 16;
        let mut out = [0; 64];
        let too_long = Err(CipherError::TooLong { cipher });
        assert_eq!(mode.update(&[0; 17], &mut out), too_long);
        assert_eq!(mode.update(&[0; 16], &mut out), Ok(16));
        assert_eq!(mode.update(&[0], &mut out), too_long);
        mode.len = u64::MAX;
        assert_eq!(mode.update(&[0], &mut out), too_long);
    }

    fn run(mode: &mut Gcm, input: &[u8], piece: usize) -> Vec<u8> {
        let mut out = vec![0; input.len()];
        for (piece, room) in input.chunks(piece).zip(out.chunks_mut(piece)) {
            assert_eq!(mode.update(piece, room), Ok(piece.len()));
        }
        out
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
    /// Cipher, key, nonce, ciphertext, tag.
    const NONCES: [(ContentCipher, &str, &str, &str, &str); 4] = [
        (
            ContentCipher::Aes128Gcm,
            KEY_128,
            SHORT_NONCE,
            "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598",
            "3612d2e79e3b0785561be14aaca2fccb",
        ),
        (
            ContentCipher::Aes128Gcm,
            KEY_128,
            LONG_NONCE,
            "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca701e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5",
            "619cc5aefffe0bfa462af43c1699d050",
        ),
        (
            ContentCipher::Aes256Gcm,
            KEY_256,
            SHORT_NONCE,
            "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f",
            "3a337dbf46a792c45e454913fe2ea8f2",
        ),
        (
            ContentCipher::Aes256Gcm,
            KEY_256,
            LONG_NONCE,
            "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f",
            "a44a8266ee1c8eb0c8b5d4cf5ae9f19a",
        ),
    ];
    const SHORT_NONCE: &str = "cafebabefacedbad";
    const LONG_NONCE: &str = "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b";
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
