//! Encrypting and decrypting piece by piece, in constant memory.

use std::fmt;

use aws_lc_rs::cipher::{self, UnboundCipherKey};

use super::{CipherError, ContentCipher, ContentKey};
use crate::backend::GcmDirection;
use crate::random;

mod cbc;
mod gcm;
pub(crate) mod legacy;

use self::cbc::{CbcDecryptor, CbcEncryptor};
use self::gcm::Gcm;
use self::legacy::LegacyDecryptor;

/// How many bytes of room the output of `update_into` needs beyond the length of its input.
pub const UPDATE_ROOM: usize = BLOCK;

/// Encrypts content piece by piece.
pub struct Encryptor {
    cipher: ContentCipher,
    parameters_der: Vec<u8>,
    state: Encryption,
}

impl Encryptor {
    /// Begins an encryption with a random initialisation vector.
    ///
    /// # Errors
    /// [`CipherError`] if the cipher is for reading only or the key does not fit.
    pub fn new(cipher: ContentCipher, key: &ContentKey) -> Result<Self, CipherError> {
        if !cipher.can_encrypt() {
            return Err(CipherError::ReadOnly { cipher });
        }
        let mut iv = vec![0; cipher.iv_len()];
        random::fill(&mut iv)?;
        Self::with_iv(cipher, key, &iv)
    }

    /// Returns the DER encoding of the AlgorithmIdentifier's parameters.
    pub fn parameters_der(&self) -> &[u8] {
        &self.parameters_der
    }

    /// Encrypts a piece, appending to `out` what can already be given.
    ///
    /// # Errors
    /// [`CipherError`] if the content grows longer than the cipher takes or the library fails.
    pub fn update(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), CipherError> {
        append(out, plaintext.len() + UPDATE_ROOM, |room| {
            self.update_into(plaintext, room)
        })
    }

    /// Encrypts a piece into the beginning of `out`, which must have [`UPDATE_ROOM`] bytes more than `plaintext`, and
    /// returns how many bytes it has written. Unlike [`Encryptor::update`] it need not clear a buffer before it is
    /// filled, so one buffer serves for all pieces at no cost.
    ///
    /// # Errors
    /// As [`Encryptor::update`], and [`CipherError::NoRoom`].
    pub fn update_into(&mut self, plaintext: &[u8], out: &mut [u8]) -> Result<usize, CipherError> {
        check_room(plaintext, out)?;
        match &mut self.state {
            Encryption::Cbc(mode) => mode.update(plaintext, out),
            Encryption::Gcm(mode) => mode.update(plaintext, out),
        }
    }

    /// Ends the encryption, appending the rest to `out`, and returns the authentication tag of an authenticated
    /// cipher. `aad` is the additional authenticated data; other ciphers ignore it.
    ///
    /// # Errors
    /// [`CipherError`] if the library fails.
    pub fn finish(self, aad: &[u8], out: &mut Vec<u8>) -> Result<Option<Vec<u8>>, CipherError> {
        match self.state {
            Encryption::Cbc(mode) => {
                append(out, BLOCK, |room| mode.finish(room))?;
                Ok(None)
            }
            Encryption::Gcm(mode) => Ok(Some(mode.tag(aad)?.to_vec())),
        }
    }

    fn with_iv(cipher: ContentCipher, key: &ContentKey, iv: &[u8]) -> Result<Self, CipherError> {
        check_key_length(cipher, key)?;
        let failed = |_| CipherError::DecryptionFailed;
        let (state, parameters_der) = if cipher.is_authenticated() {
            let mode = Gcm::new(GcmDirection::Seal, cipher, key, iv)?;
            (Encryption::Gcm(mode), gcm::parameters(iv))
        } else {
            let mode = CbcEncryptor::new(cipher, key, iv.try_into().map_err(failed)?)?;
            // An OCTET STRING of 16 bytes (RFC 3565, 4.1).
            (Encryption::Cbc(mode), [&[0x04, 16][..], iv].concat())
        };
        Ok(Self {
            cipher,
            parameters_der,
            state,
        })
    }
}

impl fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryptor")
            .field("cipher", &self.cipher)
            .finish_non_exhaustive()
    }
}

/// Decrypts content piece by piece. Nothing it gives may be trusted before `finish` has succeeded.
pub struct Decryptor {
    cipher: ContentCipher,
    state: Decryption,
}

impl Decryptor {
    /// Begins a decryption. `parameters_der` are the AlgorithmIdentifier's parameters.
    ///
    /// # Errors
    /// [`CipherError`] if the parameters are malformed or the key does not fit.
    pub fn new(cipher: ContentCipher, key: &ContentKey, parameters_der: &[u8]) -> Result<Self, CipherError> {
        // The key length of RC2 is not bound to its parameters.
        if !matches!(cipher, ContentCipher::Rc2Cbc { .. }) {
            check_key_length(cipher, key)?;
        }
        let state = if cipher.is_authenticated() {
            let (nonce, tag_len) = gcm::read_parameters(cipher, parameters_der)?;
            Decryption::Gcm {
                mode: Gcm::new(GcmDirection::Open, cipher, key, &nonce)?,
                tag_len,
            }
        } else {
            let iv = legacy::iv(cipher, parameters_der)?;
            match <[u8; BLOCK]>::try_from(&iv[..]) {
                Ok(iv) => Decryption::Cbc(CbcDecryptor::new(cipher, key, iv)?),
                Err(_) => Decryption::Legacy(LegacyDecryptor::new(cipher, key, &iv)?),
            }
        };
        Ok(Self { cipher, state })
    }

    /// Decrypts a piece, appending to `out` what can already be given.
    ///
    /// # Errors
    /// [`CipherError`] if the content grows longer than the cipher takes or the library fails.
    pub fn update(&mut self, ciphertext: &[u8], out: &mut Vec<u8>) -> Result<(), CipherError> {
        append(out, ciphertext.len() + UPDATE_ROOM, |room| {
            self.update_into(ciphertext, room)
        })
    }

    /// Decrypts a piece into the beginning of `out`, which must have [`UPDATE_ROOM`] bytes more than `ciphertext`, and
    /// returns how many bytes it has written. Unlike [`Decryptor::update`] it need not clear a buffer before it is
    /// filled, so one buffer serves for all pieces at no cost.
    ///
    /// # Errors
    /// As [`Decryptor::update`], and [`CipherError::NoRoom`].
    pub fn update_into(&mut self, ciphertext: &[u8], out: &mut [u8]) -> Result<usize, CipherError> {
        check_room(ciphertext, out)?;
        match &mut self.state {
            Decryption::Cbc(mode) => mode.update(ciphertext, out),
            Decryption::Gcm { mode, .. } => mode.update(ciphertext, out),
            Decryption::Legacy(mode) => mode.update(ciphertext, out),
        }
    }

    /// Ends the decryption, appending the rest to `out`. `aad` and `tag` belong to authenticated ciphers; others
    /// ignore them.
    ///
    /// # Errors
    /// [`CipherError::DecryptionFailed`] for every kind of damage: all that was given before is then worthless.
    pub fn finish(self, aad: &[u8], tag: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), CipherError> {
        match self.state {
            Decryption::Cbc(mode) => append(out, BLOCK, |room| mode.finish(room)),
            Decryption::Gcm { mode, tag_len } => {
                let tag = tag
                    .filter(|tag| tag.len() == tag_len)
                    .ok_or(CipherError::DecryptionFailed)?;
                mode.check(aad, tag)
            }
            Decryption::Legacy(mode) => append(out, BLOCK, |room| mode.finish(room)),
        }
    }
}

impl fmt::Debug for Decryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decryptor")
            .field("cipher", &self.cipher)
            .finish_non_exhaustive()
    }
}

enum Encryption {
    Cbc(CbcEncryptor),
    Gcm(Gcm),
}

enum Decryption {
    Cbc(CbcDecryptor),
    Gcm { mode: Gcm, tag_len: usize },
    Legacy(LegacyDecryptor),
}

/// Gives `operation` `room` bytes at the end of `out` and keeps those that it has written.
fn append(
    out: &mut Vec<u8>,
    room: usize,
    operation: impl FnOnce(&mut [u8]) -> Result<usize, CipherError>,
) -> Result<(), CipherError> {
    let start = out.len();
    out.resize(start + room, 0);
    let written = operation(out.get_mut(start..).unwrap_or_default());
    out.truncate(start + written.as_ref().copied().unwrap_or(0));
    written.map(|_| ())
}

fn check_room(input: &[u8], out: &[u8]) -> Result<(), CipherError> {
    let needed = input.len().saturating_add(UPDATE_ROOM);
    if out.len() < needed {
        return Err(CipherError::NoRoom {
            needed,
            actual: out.len(),
        });
    }
    Ok(())
}

fn check_key_length(cipher: ContentCipher, key: &ContentKey) -> Result<(), CipherError> {
    let (expected, actual) = (cipher.key_len(), key.as_bytes().len());
    if expected == actual {
        Ok(())
    } else {
        Err(CipherError::WrongKeyLength {
            cipher,
            expected,
            actual,
        })
    }
}

/// The key of any AES cipher, in whichever mode.
fn engine_key(cipher: ContentCipher, key: &ContentKey) -> Result<UnboundCipherKey, CipherError> {
    let algorithm = match cipher.key_len() {
        16 => &cipher::AES_128,
        24 => &cipher::AES_192,
        _ => &cipher::AES_256,
    };
    UnboundCipherKey::new(algorithm, key.as_bytes()).map_err(|_| CipherError::DecryptionFailed)
}

/// The longest block of any cipher here, in bytes.
const BLOCK: usize = 16;

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    const ALL: [ContentCipher; 5] = [
        ContentCipher::Aes128Cbc,
        ContentCipher::Aes192Cbc,
        ContentCipher::Aes256Cbc,
        ContentCipher::Aes128Gcm,
        ContentCipher::Aes256Gcm,
    ];

    fn encrypt(
        cipher: ContentCipher,
        key: &ContentKey,
        content: &[u8],
        piece: usize,
    ) -> (Vec<u8>, Vec<u8>, Option<Vec<u8>>) {
        let mut encryptor = Encryptor::new(cipher, key).unwrap();
        let parameters = encryptor.parameters_der().to_vec();
        let mut out = Vec::new();
        for piece in content.chunks(piece) {
            encryptor.update(piece, &mut out).unwrap();
        }
        let tag = encryptor.finish(b"aad", &mut out).unwrap();
        (parameters, out, tag)
    }

    fn decrypt(
        cipher: ContentCipher,
        key: &ContentKey,
        parameters: &[u8],
        content: &[u8],
        tag: Option<&[u8]>,
    ) -> Result<Vec<u8>, CipherError> {
        let mut decryptor = Decryptor::new(cipher, key, parameters)?;
        let mut out = Vec::new();
        for piece in content.chunks(7) {
            decryptor.update(piece, &mut out)?;
        }
        decryptor.finish(b"aad", tag, &mut out)?;
        Ok(out)
    }

    #[test]
    fn any_chunking_round_trips_and_damage_is_noticed() {
        for cipher in ALL {
            let key = ContentKey::generate(cipher).unwrap();
            for length in [0, 1, 15, 16, 17, 100] {
                let content: Vec<u8> = (0..length).collect();
                let (parameters, mut sealed, tag) = encrypt(cipher, &key, &content, 5);
                assert_eq!(
                    decrypt(cipher, &key, &parameters, &sealed, tag.as_deref()).unwrap(),
                    content,
                    "{cipher}"
                );
                assert_eq!(
                    decrypt(
                        cipher,
                        &key,
                        &parameters,
                        &sealed[..sealed.len().saturating_sub(1)],
                        tag.as_deref()
                    )
                    .is_err(),
                    length > 0 || !cipher.is_authenticated(),
                    "{cipher} cut short"
                );
                if cipher.is_authenticated() && length > 0 {
                    sealed[0] ^= 1;
                    assert_eq!(
                        decrypt(cipher, &key, &parameters, &sealed, tag.as_deref()),
                        Err(CipherError::DecryptionFailed)
                    );
                }
            }
        }
    }

    /// NIST SP 800-38A, F.2.1 and F.2.5: the first block of CBC-AES128 and CBC-AES256.
    #[test]
    fn cbc_known_answers() {
        let iv = hex::decode("000102030405060708090a0b0c0d0e0f").unwrap();
        let plaintext = hex::decode("6bc1bee22e409f96e93d7e117393172a").unwrap();
        for (cipher, key, expected) in [
            (
                ContentCipher::Aes128Cbc,
                "2b7e151628aed2a6abf7158809cf4f3c",
                "7649abac8119b246cee98e9b12e9197d",
            ),
            (
                ContentCipher::Aes256Cbc,
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd6",
            ),
        ] {
            let key = ContentKey::from_bytes(Zeroizing::new(hex::decode(key).unwrap()));
            let mut encryptor = Encryptor::with_iv(cipher, &key, &iv).unwrap();
            let mut out = Vec::new();
            encryptor.update(&plaintext, &mut out).unwrap();
            encryptor.finish(b"", &mut out).unwrap();
            assert_eq!(hex::encode(&out[..16]), expected);
        }
    }

    #[test]
    fn the_tag_is_as_long_as_the_parameters_say() {
        let cipher = ContentCipher::Aes128Gcm;
        let key = ContentKey::generate(cipher).unwrap();
        let (parameters, sealed, tag) = encrypt(cipher, &key, b"content", 3);
        let tag = tag.unwrap();
        let shorter = [&[0x30, 14][..], &parameters[2..16]].concat();
        let of_14 = [&[0x30, 17][..], &parameters[2..18], &[14]].concat();
        let of_11 = [&[0x30, 17][..], &parameters[2..18], &[11]].concat();
        for (parameters, len) in [(&parameters, 16), (&of_14, 14), (&shorter, 12)] {
            for given in 0..=16 {
                let result = decrypt(cipher, &key, parameters, &sealed, Some(&tag[..given]));
                assert_eq!(result.is_ok(), given == len, "{given} of {len}");
            }
            let mut wrong = tag[..len].to_vec();
            wrong[len - 1] ^= 1;
            assert!(decrypt(cipher, &key, parameters, &sealed, Some(&wrong)).is_err());
            assert!(decrypt(cipher, &key, parameters, &sealed, None).is_err());
        }
        assert!(matches!(
            Decryptor::new(cipher, &key, &of_11),
            Err(CipherError::MalformedParameters { .. })
        ));
    }

    #[test]
    fn a_short_buffer_is_refused() {
        for cipher in ALL {
            let key = ContentKey::generate(cipher).unwrap();
            let mut encryptor = Encryptor::new(cipher, &key).unwrap();
            let mut decryptor = Decryptor::new(cipher, &key, encryptor.parameters_der()).unwrap();
            let no_room = CipherError::NoRoom {
                needed: 116,
                actual: 115,
            };
            assert_eq!(
                encryptor.update_into(&[0; 100], &mut [0; 115]),
                Err(no_room.clone())
            );
            assert_eq!(decryptor.update_into(&[0; 100], &mut [0; 115]), Err(no_room));
            assert!(encryptor.update_into(&[0; 100], &mut [0; 116]).is_ok());
        }
    }

    #[test]
    fn old_ciphers_are_for_reading_only() {
        for cipher in [
            ContentCipher::DesEde3Cbc,
            ContentCipher::DesCbc,
            ContentCipher::Rc2Cbc { effective_bits: 40 },
        ] {
            let key = ContentKey::generate(cipher).unwrap();
            assert!(matches!(
                Encryptor::new(cipher, &key),
                Err(CipherError::ReadOnly { .. })
            ));
            assert!(cipher.to_string().parse::<ContentCipher>().is_err());
        }
        assert_eq!(
            "aes-256-gcm".parse::<ContentCipher>().unwrap(),
            ContentCipher::Aes256Gcm
        );
    }

    /// RC2 with 40 effective bits and Triple DES, as `openssl enc` writes them.
    #[test]
    fn reads_what_openssl_wrote() {
        let iv = [0x11; 8];
        let parameters = [&[0x04, 8][..], &iv].concat();
        let key = ContentKey::from_bytes(Zeroizing::new((1..=24).collect()));
        // echo -n 'old content' | openssl enc -des-ede3-cbc -K 0102..18 -iv 1111111111111111
        let sealed = hex::decode(TRIPLE_DES).unwrap();
        assert_eq!(
            decrypt(ContentCipher::DesEde3Cbc, &key, &parameters, &sealed, None).unwrap(),
            b"old content"
        );
        // The same with -rc2-40-cbc -K 0102030405 -provider legacy -provider default.
        let parameters = [&[0x30, 14, 0x02, 2, 0, 160, 0x04, 8][..], &iv].concat();
        let cipher = ContentCipher::from_oid(
            &ContentCipher::Rc2Cbc { effective_bits: 0 }.oid(),
            Some(&parameters),
        )
        .unwrap();
        assert_eq!(cipher, ContentCipher::Rc2Cbc { effective_bits: 40 });
        let key = ContentKey::from_bytes(Zeroizing::new((1..=5).collect()));
        let sealed = hex::decode(RC2_40).unwrap();
        assert_eq!(
            decrypt(cipher, &key, &parameters, &sealed, None).unwrap(),
            b"old content"
        );
    }

    const TRIPLE_DES: &str = "50d1af8c9fe48a767c202b4e47567e1e";
    const RC2_40: &str = "a27895dd740b5d9ea954958965510a8a";
}
